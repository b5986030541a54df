/* Dropped memory, and stretches of work that give theirs back. */
#include "tensor/reuse.h"

#include "base/error.h"

#include <assert.h>

/* Memory that no tensor has. */
typedef struct reel_free_buffer {
    struct reel_free_buffer *next;
    void *data; /* NULL in a dry pass */
    size_t size;
} reel_free_buffer;

int reel_reuse_take(reel_rt *rt, reel_tensor *t, size_t size)
{
    for (reel_free_buffer **at = &rt->free_buffers; *at; at = &(*at)->next) {
        if ((*at)->size == size) {
            t->data = (*at)->data;
            *at = (*at)->next;
            return 1;
        }
    }
    return 0;
}

void reel_reuse_give(reel_rt *rt, const reel_tensor *t, size_t size)
{
    reel_free_buffer *kept = reel_arena_alloc(&rt->headers, sizeof *kept);
    if (kept) { /* else it serves nothing else */
        *kept = (reel_free_buffer){ .next = rt->free_buffers, .data = t->data, .size = size };
        rt->free_buffers = kept;
    }
}

/* Made since the stretch that runs began. */
static int is_of_stretch(const reel_rt *rt, const reel_tensor *t)
{
    const unsigned char *header = (const unsigned char *)t;
    return header >= rt->headers.base + rt->oldest && header < rt->headers.base + rt->headers.used;
}

void reel_drop(reel_rt *rt, int count, reel_tensor *const *tensors)
{
    for (int i = 0; i < count && rt->status == REEL_OK; i++) {
        reel_tensor *t = tensors[i] && tensors[i]->base ? tensors[i]->base : tensors[i];
        if (t && is_of_stretch(rt, t) && !t->is_dropped) {
            reel_reuse_give(rt, t, reel_size_bytes(t));
            t->is_dropped = 1;
            t->data = NULL;
        }
    }
}

void reel_done(reel_rt *rt, int count, reel_tensor *const *tensors)
{
    if (!rt->recording) {
        reel_drop(rt, count, tensors);
    }
}

/* --- stretches ----------------------------------------------------------------------------- */

reel_stretch reel_stretch_begin(reel_rt *rt)
{
    const reel_stretch stretch = { .arena = reel_arena_mark(&rt->arena),
                                   .headers = reel_arena_mark(&rt->headers),
                                   .oldest = rt->oldest,
                                   .free_buffers = rt->free_buffers };
    rt->oldest = stretch.headers;
    rt->free_buffers = NULL;
    return stretch;
}

/* Moves the lowest of the tensors down to the end of the arena and takes it off the list. */
static void keep_lowest(reel_rt *rt, reel_tensor **left, int waiting)
{
    int lowest = 0;
    for (int i = 1; i < waiting; i++) {
        lowest = (char *)left[i]->data < (char *)left[lowest]->data ? i : lowest;
    }
    reel_tensor *t = left[lowest];
    const size_t size = reel_size_bytes(t);
    void *to = reel_arena_alloc(&rt->arena, size);
    if (to) {
        reel_status status = rt->device->ops->copy(rt->device, to, t->data, size);
        rt->status = rt->status < 0 ? rt->status : status;
        t->data = to;
    }
    left[lowest] = left[waiting - 1];
}

static void move_down(reel_rt *rt, const reel_stretch *stretch, reel_tensor *const *tensors,
                      int count)
{
    enum { KEPT_MAX = 8 };
    reel_tensor *left[KEPT_MAX];
    int waiting = 0;
    assert(count <= KEPT_MAX);
    for (int i = 0; i < count; i++) { /* what is older stays */
        if (tensors[i] && is_of_stretch(rt, tensors[i])) {
            left[waiting++] = tensors[i];
        }
    }
    const size_t used = rt->arena.used;
    rt->arena.used = stretch->arena; /* not released yet: what moves is still read */
    for (; waiting > 0; waiting--) {
        keep_lowest(rt, left, waiting);
    }
    const size_t end = rt->arena.used;
    rt->arena.used = used;
    reel_arena_release(&rt->arena, end);
}

void reel_stretch_keep(reel_rt *rt, const reel_stretch *stretch, reel_tensor *const *tensors,
                       int count)
{
    if (!rt->recording) {
        if (rt->status == REEL_OK) {
            move_down(rt, stretch, tensors, count);
        }
        rt->free_buffers = stretch->free_buffers;
    } else { /* what was dropped inside and before */
        reel_free_buffer **end = &rt->free_buffers;
        while (*end) {
            end = &(*end)->next;
        }
        *end = stretch->free_buffers;
    }
    rt->oldest = stretch->oldest;
}

void reel_stretch_forget(reel_rt *rt, const reel_stretch *stretch)
{
    reel_arena_release(&rt->arena, stretch->arena);
    reel_arena_release(&rt->headers, stretch->headers);
    rt->free_buffers = stretch->free_buffers;
    rt->oldest = stretch->oldest;
}
