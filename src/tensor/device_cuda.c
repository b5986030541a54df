/* NVIDIA GPUs as devices: memory, one stream, and copies through a pinned buffer. */
#include "tensor/device_cuda.h"

#include "base/error.h"
#include "tensor/device.h"

#ifndef REEL_CUDA
reel_status reel_device_open_cuda(const reel_device **out, const char *options)
{
    (void)out;
    return REEL_FAIL(REEL_ERR_UNSUPPORTED, "device: cuda%.64s: this build has no CUDA kernels",
                     options);
}
#else

#include "base/log.h"

#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEVICES_MAX = 64, ALIGN = 256, OLDEST = 8 /* compute capability */ };

static const size_t STAGING = (size_t)64 << 20;

typedef struct {
    reel_device device; /* first, so that one pointer is the other */
    int index;
    reel_compute compute;
    int is_managed, has_pool, is_checked, multiprocessors;
    cudaStream_t stream;
    cublasLtHandle_t blas;
    void *scratch[REEL_SCRATCH_AREAS];
    size_t scratch_size[REEL_SCRATCH_AREAS];
    unsigned char *staging; /* pinned: copies in wait here until the device has read them */
    size_t staged;
} cuda_device;

/* Others see a device as constant; what it keeps for itself changes. */
static cuda_device *self(const reel_device *device)
{
    return (cuda_device *)(uintptr_t)device;
}

static cuda_device *current(void)
{
    const reel_device *device = reel_device_current();
    return device->kind == REEL_DEVICE_CUDA ? self(device) : NULL;
}

reel_status reel_cuda_status(int error, const char *what)
{
    if (error == cudaSuccess) {
        return REEL_OK;
    }
    cudaGetLastError(); /* one failure is told once */
    const char *text = cudaGetErrorString((cudaError_t)error);
    switch (error) {
    case cudaErrorMemoryAllocation:
        return REEL_FAIL(REEL_ERR_MEMORY, "cuda: %s: %s", what, text);
    case cudaErrorNoDevice:
    case cudaErrorInvalidDevice:
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "cuda: %s: %s", what, text);
    case cudaErrorInsufficientDriver:
    case cudaErrorNoKernelImageForDevice:
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "cuda: %s: %s", what, text);
    default:
        return REEL_FAIL(REEL_ERR_INTERNAL, "cuda: %s: %s", what, text);
    }
}

/* --- memory ---------------------------------------------------------------------------------- */

static cudaError_t take(const cuda_device *d, void **out, size_t size)
{
    if (d->is_managed) {
        return cudaMallocManaged(out, size, cudaMemAttachGlobal);
    }
    if (d->device.host_can_read) {
        return cudaHostAlloc(out, size, cudaHostAllocPortable | cudaHostAllocMapped);
    }
    return d->has_pool ? cudaMallocAsync(out, size, d->stream) : cudaMalloc(out, size);
}

static reel_status allocate(const reel_device *device, void **out, size_t size, int zeroed)
{
    const cuda_device *d = self(device);
    *out = NULL;
    size = size ? size : ALIGN;
    cudaError_t error = take(d, out, size);
    if (error == cudaErrorMemoryAllocation) { /* what was just released may still be in use */
        cudaGetLastError();
        REEL_TRY(reel_cuda_status(cudaStreamSynchronize(d->stream), "waiting for memory"));
        error = take(d, out, size);
    }
    if (error != cudaSuccess) {
        char what[64];
        snprintf(what, sizeof what, "%zu bytes", size);
        return reel_cuda_status(error, what);
    }
    return zeroed ? device->ops->zero(device, *out, size) : REEL_OK;
}

static void release(const reel_device *device, void *memory)
{
    const cuda_device *d = self(device);
    cudaError_t error = cudaSuccess;
    if (memory) {
        error = d->is_managed             ? cudaFree(memory)
                : d->device.host_can_read ? cudaFreeHost(memory)
                : d->has_pool             ? cudaFreeAsync(memory, d->stream)
                                          : cudaFree(memory);
    }
    if (error != cudaSuccess) {
        reel_log(REEL_LOG_ERROR, "cuda: releasing memory: %s", cudaGetErrorString(error));
    }
}

static reel_status scratch(void **out, cuda_device *d, reel_cuda_scratch_area area, size_t size)
{
    if (size > d->scratch_size[area]) {
        release(&d->device, d->scratch[area]);
        d->scratch_size[area] = 0;
        REEL_TRY(allocate(&d->device, &d->scratch[area], size, 0));
        d->scratch_size[area] = size;
    }
    *out = d->scratch[area];
    return REEL_OK;
}

static reel_status synchronise(const reel_device *device)
{
    cuda_device *d = self(device);
    d->staged = 0;
    return reel_cuda_status(cudaStreamSynchronize(d->stream), "waiting");
}

static reel_status copy_in(const reel_device *device, void *to, const void *from, size_t size)
{
    cuda_device *d = self(device);
    for (size_t done = 0; done < size;) {
        if (d->staged == STAGING) {
            REEL_TRY(synchronise(device));
        }
        size_t left = size - done, room = STAGING - d->staged;
        size_t piece = left < room ? left : room;
        unsigned char *at = d->staging + d->staged;
        memcpy(at, (const char *)from + done, piece);
        REEL_TRY(reel_cuda_status(
            cudaMemcpyAsync((char *)to + done, at, piece, cudaMemcpyHostToDevice, d->stream),
            "copying in"));
        d->staged += (piece + ALIGN - 1) / ALIGN * ALIGN;
        done += piece;
    }
    return device->host_can_read ? synchronise(device) : REEL_OK;
}

static reel_status copy_out(const reel_device *device, void *to, const void *from, size_t size)
{
    cuda_device *d = self(device);
    for (size_t done = 0; done < size;) {
        size_t left = size - done, piece = left < STAGING ? left : STAGING;
        REEL_TRY(reel_cuda_status(cudaMemcpyAsync(d->staging, (const char *)from + done, piece,
                                                  cudaMemcpyDeviceToHost, d->stream),
                                  "copying out"));
        REEL_TRY(synchronise(device));
        memcpy((char *)to + done, d->staging, piece);
        done += piece;
    }
    return REEL_OK;
}

/* cudaMemcpy() knows no memory that overlaps. */
static reel_status copy(const reel_device *device, void *to, const void *from, size_t size)
{
    cuda_device *d = self(device);
    const uintptr_t a = (uintptr_t)to, b = (uintptr_t)from;
    if (a != b && a < b + size && b < a + size) {
        void *between;
        REEL_TRY(scratch(&between, d, REEL_SCRATCH_COPY, size));
        REEL_TRY(reel_cuda_status(
            cudaMemcpyAsync(between, from, size, cudaMemcpyDefault, d->stream), "copying"));
        from = between;
    }
    REEL_TRY(
        reel_cuda_status(cudaMemcpyAsync(to, from, size, cudaMemcpyDefault, d->stream), "copying"));
    return device->host_can_read ? synchronise(device) : REEL_OK;
}

static reel_status zero(const reel_device *device, void *to, size_t size)
{
    REEL_TRY(reel_cuda_status(cudaMemsetAsync(to, 0, size, self(device)->stream), "zeroing"));
    return device->host_can_read ? synchronise(device) : REEL_OK;
}

static reel_status choose(const reel_device *device)
{
    return reel_cuda_status(cudaSetDevice(self(device)->index), device->name);
}

static const reel_device_ops cuda_ops = {
    .allocate = allocate,
    .release = release,
    .copy_in = copy_in,
    .copy_out = copy_out,
    .copy = copy,
    .zero = zero,
    .synchronise = synchronise,
    .select = choose,
};

/* --- what kernels ask ------------------------------------------------------------------------ */

struct CUstream_st *reel_cuda_stream(void)
{
    const cuda_device *d = current();
    return d ? d->stream : NULL;
}

reel_compute reel_cuda_compute(void)
{
    const cuda_device *d = current();
    return d ? d->compute : REEL_COMPUTE_F32;
}

int reel_cuda_multiprocessors(void)
{
    const cuda_device *d = current();
    return d ? d->multiprocessors : 1;
}

reel_status reel_cuda_blas(struct cublasLtContext **out)
{
    cuda_device *d = current();
    if (!d) {
        return REEL_FAIL(REEL_ERR_INTERNAL, "cuda: no device is selected");
    }
    if (!d->blas && cublasLtCreate(&d->blas) != CUBLAS_STATUS_SUCCESS) {
        d->blas = NULL;
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "cuda: cublasLt does not start");
    }
    *out = d->blas;
    return REEL_OK;
}

reel_status reel_cuda_scratch(void **out, reel_cuda_scratch_area area, size_t size)
{
    cuda_device *d = current();
    return d ? scratch(out, d, area, size)
             : REEL_FAIL(REEL_ERR_INTERNAL, "cuda: no device is selected");
}

reel_status reel_cuda_launched(int error, const char *what)
{
    const cuda_device *d = current();
    if (error == cudaSuccess && d && d->is_checked) {
        error = cudaStreamSynchronize(d->stream);
    }
    return reel_cuda_status(error, what);
}

/* --- opening --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    reel_compute compute;
} modes[] = {
    { "f32", REEL_COMPUTE_F32 },
    { "tf32", REEL_COMPUTE_TF32 },
    { "bf16", REEL_COMPUTE_BF16 },
};

/* What is wished for: ":1,bf16", ",f32,host". */
typedef struct {
    int index, host_can_read, is_managed;
    reel_compute compute;
} wish;

/* One word behind a comma; 0 if there is no such word. */
static int read_word(wish *out, const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strlen(modes[i].name) == length && strncmp(word, modes[i].name, length) == 0) {
            out->compute = modes[i].compute;
            return 1;
        }
    }
    out->is_managed = length == 7 && strncmp(word, "managed", length) == 0;
    out->host_can_read = out->is_managed || (length == 4 && strncmp(word, "host", length) == 0);
    return out->host_can_read;
}

static reel_status read_wish(wish *out, const char *options)
{
    const char *at = options;
    *out = (wish){ .compute = REEL_COMPUTE_TF32 };
    if (*at == ':') {
        char *end;
        long index = strtol(at + 1, &end, 10);
        if (end == at + 1 || at[1] < '0' || at[1] > '9' || index >= DEVICES_MAX) {
            goto refused;
        }
        out->index = (int)index;
        at = end;
    }
    while (*at == ',') {
        size_t length = strcspn(++at, ",");
        if (!read_word(out, at, length)) {
            goto refused;
        }
        at += length;
    }
    if (*at == 0) {
        return REEL_OK;
    }
refused:
    return REEL_FAIL(REEL_ERR_INVALID,
                     "device: is \"cuda%.64s\", expected cuda[:N][,f32|tf32|bf16]", options);
}

static reel_status find_gpu(cuda_device *d)
{
    int count = 0;
    REEL_TRY(reel_cuda_status(cudaGetDeviceCount(&count), "looking for devices"));
    if (d->index >= count) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "device: cuda:%d: the machine has %d", d->index,
                         count);
    }
    struct cudaDeviceProp about;
    REEL_TRY(reel_cuda_status(cudaGetDeviceProperties(&about, d->index), "asking a device"));
    if (about.major < OLDEST) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED,
                         "device: cuda:%d: %s has compute capability %d.%d, %d.0 is needed",
                         d->index, about.name, about.major, about.minor, OLDEST);
    }
    d->multiprocessors = about.multiProcessorCount;
    d->device.memory_bytes = about.totalGlobalMem;
    snprintf(d->device.name, sizeof d->device.name, "cuda:%d %.64s, %s", d->index, about.name,
             modes[d->compute].name);
    return reel_cuda_status(
        cudaDeviceGetAttribute(&d->has_pool, cudaDevAttrMemoryPoolsSupported, d->index),
        "asking a device");
}

/* Released memory stays with the process, so that the next step does not ask the driver again. */
static reel_status keep_pool(const cuda_device *d)
{
    cudaMemPool_t pool;
    uint64_t all = UINT64_MAX;
    REEL_TRY(reel_cuda_status(cudaDeviceGetDefaultMemPool(&pool, d->index), "memory pool"));
    return reel_cuda_status(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &all),
                            "memory pool");
}

static reel_status start(cuda_device *d)
{
    int before = 0;
    const char *check = getenv("REEL_CUDA_SYNC");
    d->is_checked = d->device.host_can_read || (check && *check && strcmp(check, "0") != 0);
    REEL_TRY(find_gpu(d));
    REEL_TRY(reel_cuda_status(cudaGetDevice(&before), "the present device"));
    REEL_TRY(reel_cuda_status(cudaSetDevice(d->index), d->device.name));
    reel_status status = d->has_pool ? keep_pool(d) : REEL_OK;
    if (status == REEL_OK) {
        status = reel_cuda_status(cudaStreamCreateWithFlags(&d->stream, cudaStreamNonBlocking),
                                  "stream");
    }
    if (status == REEL_OK) {
        status = reel_cuda_status(
            cudaHostAlloc((void **)&d->staging, STAGING, cudaHostAllocPortable), "pinned memory");
    }
    cudaSetDevice(before);
    return status;
}

static cuda_device *opened[DEVICES_MAX];
static int opened_count;

static reel_status find_or_open(const reel_device **out, const wish *w)
{
    for (int i = 0; i < opened_count; i++) {
        cuda_device *d = opened[i];
        if (d->index == w->index && d->compute == w->compute &&
            d->device.host_can_read == w->host_can_read && d->is_managed == w->is_managed) {
            *out = &d->device;
            return REEL_OK;
        }
    }
    cuda_device *d = opened_count < DEVICES_MAX ? calloc(1, sizeof *d) : NULL;
    if (!d) {
        return REEL_FAIL(REEL_ERR_MEMORY, "device: no memory for one more");
    }
    d->device = (reel_device){ .ops = &cuda_ops,
                               .kind = REEL_DEVICE_CUDA,
                               .host_can_read = w->host_can_read };
    d->index = w->index;
    d->compute = w->compute;
    d->is_managed = w->is_managed;
    reel_status status = start(d);
    if (status < 0) {
        if (d->stream) {
            cudaStreamDestroy(d->stream);
        }
        free(d);
        return status;
    }
    reel_log(REEL_LOG_INFO, "device: %s, %.0f GB", d->device.name,
             (double)d->device.memory_bytes / 1e9);
    opened[opened_count++] = d;
    *out = &d->device;
    return REEL_OK;
}

reel_status reel_device_open_cuda(const reel_device **out, const char *options)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    wish w;
    REEL_TRY(read_wish(&w, options));
    pthread_mutex_lock(&lock);
    reel_status status = find_or_open(out, &w);
    pthread_mutex_unlock(&lock);
    return status;
}
#endif
