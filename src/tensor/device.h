/* Devices: where tensors live and kernels run.
 *
 * Every thread has one device selected, the processor unless it chose another. Runtimes and weight
 * sets made meanwhile live there, and reel_kernels_get() gives the kernels that run there. A thread
 * that works on them later has selected the same device.
 *
 * Work on a device may still be under way when a function returns; copying out waits for it, and so
 * shows its failures. Memory of a device is not touched by the host except through here. */
#ifndef REEL_TENSOR_DEVICE_H
#define REEL_TENSOR_DEVICE_H

#include "reel/status.h"

#include <stddef.h>

typedef enum { REEL_DEVICE_CPU, REEL_DEVICE_CUDA } reel_device_kind;

typedef struct reel_device reel_device;

typedef struct {
    /* `size` bytes, aligned to 256, contents undefined unless `zeroed`. REEL_ERR_MEMORY. */
    reel_status (*allocate)(const reel_device *device, void **out, size_t size, int zeroed);
    void (*release)(const reel_device *device, void *memory); /* NULL is legal */
    /* `from` may be changed as soon as copy_in() returns; `to` is complete when copy_out() does. */
    reel_status (*copy_in)(const reel_device *device, void *to, const void *from, size_t size);
    reel_status (*copy_out)(const reel_device *device, void *to, const void *from, size_t size);
    /* Both on the device; they may overlap. */
    reel_status (*copy)(const reel_device *device, void *to, const void *from, size_t size);
    reel_status (*zero)(const reel_device *device, void *to, size_t size);
    reel_status (*synchronise)(const reel_device *device);
    reel_status (*select)(const reel_device *device); /* make it the calling thread's */
} reel_device_ops;

struct reel_device {
    const reel_device_ops *ops;
    reel_device_kind kind;
    int host_can_read;   /* the host may touch the memory, and no work is ever under way */
    size_t memory_bytes; /* of the device in all; 0: unknown */
    char name[128];      /* "cpu", "cuda:0 NVIDIA H200, bf16" */
};

/* Find a device by its name and open it at first use; it stays open for the life of the process.
 *
 *     cpu                          the processor; so does NULL
 *     cuda[:N][,f32|tf32|bf16]     the N-th NVIDIA GPU (0) and how products are computed (tf32);
 *                                  ",host" (pinned) and ",managed" give it memory that the host
 *                                  can read, for tests
 *
 * Fails with REEL_ERR_INVALID (no such name), REEL_ERR_UNSUPPORTED (not in this build, or too old
 * a GPU), REEL_ERR_NOT_FOUND (no such GPU), REEL_ERR_MEMORY. Thread-safe. */
reel_status reel_device_open(const reel_device **out, const char *name);

/* The device of the calling thread. Never NULL. */
const reel_device *reel_device_current(void);

/* Make `device` the calling thread's; `previous` (may be NULL) gets the one before. */
reel_status reel_device_select(const reel_device *device, const reel_device **previous);

/* --- memory of the calling thread's device ---------------------------------------------------- */

reel_status reel_device_allocate(void **out, size_t size, int zeroed);
void reel_device_release(void *memory);
reel_status reel_copy_in(void *to, const void *from, size_t size);
reel_status reel_copy_out(void *to, const void *from, size_t size);
reel_status reel_copy_within(void *to, const void *from, size_t size);
reel_status reel_zero(void *to, size_t size);
reel_status reel_synchronise(void);

/* --- for devices ------------------------------------------------------------------------------ */

/* The CUDA device of a name after "cuda"; device_cuda.c. */
reel_status reel_device_open_cuda(const reel_device **out, const char *options);

#endif
