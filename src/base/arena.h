/* A lifetime of memory: many allocations, one release.
 *
 * A counting arena (base == NULL, limit 0) hands out no memory and only measures: the same code is
 * run once to learn the size of a step, then for real. */
#ifndef REEL_BASE_ARENA_H
#define REEL_BASE_ARENA_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

enum { REEL_ARENA_ALIGN = 64 };

typedef struct {
    unsigned char *base; /* NULL while counting */
    size_t used, capacity;
    size_t peak; /* the largest `used` ever seen */
    int is_lent; /* the memory is somebody else's, and may be out of the host's reach */
} reel_arena;

/* Reserve `capacity` bytes of zeroed, page-aligned memory; the kernel supplies pages on first
 * touch. The arena is owned by the caller, released with reel_arena_deinit(). */
reel_status reel_arena_init(reel_arena *arena, size_t capacity);
void reel_arena_init_counting(reel_arena *arena);
/* Over memory of the caller's, which the arena hands out but never touches. */
void reel_arena_init_over(reel_arena *arena, void *memory, size_t capacity);
void reel_arena_deinit(reel_arena *arena);

/* `size` bytes aligned to 64, contents undefined. NULL when the arena is full, or while counting
 * (tell the two apart with reel_arena_is_counting()). Borrowed until the arena is released. */
void *reel_arena_alloc(reel_arena *arena, size_t size);

static inline int reel_arena_is_counting(const reel_arena *arena)
{
    return arena->base == NULL;
}

/* Everything allocated after a mark goes with reel_arena_release(). */
static inline size_t reel_arena_mark(const reel_arena *arena)
{
    return arena->used;
}
void reel_arena_release(reel_arena *arena, size_t mark);

/* a * b, or SIZE_MAX when it does not fit: for sizes that come from a file or a request. */
size_t reel_size_mul(size_t a, size_t b);

#endif
