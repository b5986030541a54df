/* Shape arithmetic. */
#include "tensor/tensor.h"

#include <stdio.h>

static const struct {
    const char *name;
    size_t size;
} dtypes[] = {
    [REEL_F32] = { "f32", 4 }, [REEL_F16] = { "f16", 2 }, [REEL_BF16] = { "bf16", 2 },
    [REEL_I32] = { "i32", 4 }, [REEL_U8] = { "u8", 1 },   [REEL_I8] = { "i8", 1 },
};

size_t reel_dtype_size(reel_dtype dtype)
{
    return dtypes[dtype].size;
}

const char *reel_dtype_name(reel_dtype dtype)
{
    return dtypes[dtype].name;
}

int64_t reel_count(const reel_tensor *t)
{
    int64_t count = 1;
    for (int i = 0; i < t->rank; i++) {
        count *= t->dim[i];
    }
    return count;
}

size_t reel_size_bytes(const reel_tensor *t)
{
    return (size_t)reel_count(t) * reel_dtype_size(t->dtype);
}

int64_t reel_rows(const reel_tensor *t)
{
    int64_t rows = 1;
    for (int i = 0; i + 1 < t->rank; i++) {
        rows *= t->dim[i];
    }
    return rows;
}

int reel_same_shape(const reel_tensor *a, const reel_tensor *b)
{
    if (a->rank != b->rank) {
        return 0;
    }
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i]) {
            return 0;
        }
    }
    return 1;
}

reel_shape_text reel_shape(const reel_tensor *t)
{
    reel_shape_text out = { "[" };
    size_t at = 1;
    for (int i = 0; i < t->rank && at < 72; i++) {
        at += (size_t)snprintf(out.text + at, sizeof out.text - at, i ? ", %lld" : "%lld",
                               (long long)t->dim[i]);
    }
    snprintf(out.text + at, sizeof out.text - at, "] %s", reel_dtype_name(t->dtype));
    return out;
}
