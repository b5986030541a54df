/* Memory inside one operator, and the fixed chunks that sums over rows are split into.
 *
 * A sum over rows is taken chunk by chunk into partial sums, which are then added in order. The
 * chunks depend on the number of rows alone, so the result does not depend on the threads. */
#ifndef REEL_OPS_SCRATCH_H
#define REEL_OPS_SCRATCH_H

#include "tensor/runtime.h"

enum { REEL_ROW_CHUNKS_MAX = 32, REEL_ROW_CHUNK_MIN = 64 };

static inline int64_t reel_rows_per_chunk(int64_t rows)
{
    int64_t per_chunk = (rows + REEL_ROW_CHUNKS_MAX - 1) / REEL_ROW_CHUNKS_MAX;
    return per_chunk < REEL_ROW_CHUNK_MIN ? (int64_t)REEL_ROW_CHUNK_MIN : per_chunk;
}

static inline int64_t reel_row_chunks(int64_t rows)
{
    int64_t per_chunk = reel_rows_per_chunk(rows);
    return (rows + per_chunk - 1) / per_chunk;
}

/* `count` floats of the step arena, contents undefined; NULL in a dry pass or, with the failure
 * kept in rt, when the arena is full. Take a mark before and release it after the kernel. */
static inline float *reel_scratch(reel_rt *rt, int64_t count)
{
    float *scratch = (float *)reel_arena_alloc(&rt->arena, (size_t)count * sizeof(float));
    if (!scratch && !reel_rt_is_dry(rt)) {
        reel_fail_tensor(rt, REEL_ERR_MEMORY, "a step needs more than its %zu bytes",
                         rt->arena.capacity);
    }
    return scratch;
}

#endif
