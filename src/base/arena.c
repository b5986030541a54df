/* Bump allocation inside one mapping. */
#include "base/arena.h"

#include "base/error.h"
#include "base/sanitizers.h"

#include <sys/mman.h>

#if REEL_IS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)   ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

reel_status reel_arena_init(reel_arena *arena, size_t capacity)
{
    *arena = (reel_arena){ 0 };
    void *base = mmap(NULL, capacity ? capacity : 1, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no address space for an arena of %zu bytes", capacity);
    }
#ifdef MADV_HUGEPAGE
    madvise(base, capacity, MADV_HUGEPAGE);
#endif
    arena->base = base;
    arena->capacity = capacity;
    ASAN_POISON_MEMORY_REGION(base, capacity);
    return REEL_OK;
}

void reel_arena_init_counting(reel_arena *arena)
{
    *arena = (reel_arena){ .capacity = SIZE_MAX / 2 };
}

void reel_arena_init_over(reel_arena *arena, void *memory, size_t capacity)
{
    *arena = (reel_arena){ .base = memory, .capacity = capacity, .is_lent = 1 };
}

void reel_arena_deinit(reel_arena *arena)
{
    if (arena->base && !arena->is_lent) {
        ASAN_UNPOISON_MEMORY_REGION(arena->base, arena->capacity);
        munmap(arena->base, arena->capacity ? arena->capacity : 1);
    }
    *arena = (reel_arena){ 0 };
}

void *reel_arena_alloc(reel_arena *arena, size_t size)
{
    size_t rounded = (size + REEL_ARENA_ALIGN - 1) & ~(size_t)(REEL_ARENA_ALIGN - 1);
    if (rounded < size || rounded > arena->capacity - arena->used) {
        return NULL;
    }
    unsigned char *p = arena->base ? arena->base + arena->used : NULL;
    arena->used += rounded;
    if (arena->used > arena->peak) {
        arena->peak = arena->used;
    }
    if (p && !arena->is_lent) {
        ASAN_UNPOISON_MEMORY_REGION(p, size);
    }
    return p;
}

void reel_arena_release(reel_arena *arena, size_t mark)
{
    if (arena->base && !arena->is_lent && mark < arena->used) {
        ASAN_POISON_MEMORY_REGION(arena->base + mark, arena->used - mark);
    }
    arena->used = mark;
}

size_t reel_size_mul(size_t a, size_t b)
{
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}
