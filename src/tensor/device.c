/* Choosing a device, and the processor as one. */
#include "tensor/device.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ZERO_PAGE = 65536 /* a multiple of every machine's page */ };

/* --- the processor --------------------------------------------------------------------------- */

/* Zeros that cost no memory until they are written: the file of a model whose config asks for far
 * more than the file holds is refused by the load, not by the machine running out of memory. */
static void zero_pages(void *buffer, size_t size)
{
    size_t pages = size / ZERO_PAGE * ZERO_PAGE;
    if (pages && madvise(buffer, pages, MADV_DONTNEED) != 0) {
        pages = 0;
    }
    memset((char *)buffer + pages, 0, size - pages);
}

static reel_status cpu_allocate(const reel_device *device, void **out, size_t size, int zeroed)
{
    (void)device;
    size_t align = size < ZERO_PAGE ? 256 : ZERO_PAGE;
    *out = size > PTRDIFF_MAX - ZERO_PAGE
               ? NULL
               : aligned_alloc(align, size ? (size + align - 1) / align * align : align);
    if (!*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %zu bytes", size);
    }
    if (zeroed) {
        zero_pages(*out, size);
    }
    return REEL_OK;
}

static void cpu_release(const reel_device *device, void *memory)
{
    (void)device;
    free(memory);
}

static reel_status cpu_copy(const reel_device *device, void *to, const void *from, size_t size)
{
    (void)device;
    if (size) {
        memmove(to, from, size);
    }
    return REEL_OK;
}

static reel_status cpu_zero(const reel_device *device, void *to, size_t size)
{
    (void)device;
    memset(to, 0, size);
    return REEL_OK;
}

static reel_status cpu_nothing(const reel_device *device)
{
    (void)device;
    return REEL_OK;
}

static const reel_device_ops cpu_ops = {
    .allocate = cpu_allocate,
    .release = cpu_release,
    .copy_in = cpu_copy,
    .copy_out = cpu_copy,
    .copy = cpu_copy,
    .zero = cpu_zero,
    .synchronise = cpu_nothing,
    .select = cpu_nothing,
};

static const reel_device cpu = {
    .ops = &cpu_ops, .kind = REEL_DEVICE_CPU, .host_can_read = 1, .name = "cpu"
};

/* --- choosing -------------------------------------------------------------------------------- */

static _Thread_local const reel_device *current = &cpu;

reel_status reel_device_open(const reel_device **out, const char *name)
{
    *out = &cpu;
    if (!name || strcmp(name, "cpu") == 0) {
        return REEL_OK;
    }
    if (strncmp(name, "cuda", 4) == 0) {
        return reel_device_open_cuda(out, name + 4);
    }
    return REEL_FAIL(REEL_ERR_INVALID, "device: is \"%.64s\", expected cpu or cuda[:N]", name);
}

const reel_device *reel_device_current(void)
{
    return current;
}

reel_status reel_device_select(const reel_device *device, const reel_device **previous)
{
    if (previous) {
        *previous = current;
    }
    if (device != current) {
        REEL_TRY(device->ops->select(device));
        current = device;
    }
    return REEL_OK;
}

reel_status reel_device_allocate(void **out, size_t size, int zeroed)
{
    return current->ops->allocate(current, out, size, zeroed);
}

void reel_device_release(void *memory)
{
    current->ops->release(current, memory);
}

reel_status reel_copy_in(void *to, const void *from, size_t size)
{
    return current->ops->copy_in(current, to, from, size);
}

reel_status reel_copy_out(void *to, const void *from, size_t size)
{
    return current->ops->copy_out(current, to, from, size);
}

reel_status reel_copy_within(void *to, const void *from, size_t size)
{
    return current->ops->copy(current, to, from, size);
}

reel_status reel_zero(void *to, size_t size)
{
    return current->ops->zero(current, to, size);
}

reel_status reel_synchronise(void)
{
    return current->ops->synchronise(current);
}
