/* Kernels of the functions of one number: a table of loops over a block, in both directions. */
#include "ops/unary.h"

#include "ops/c/blocks.h"
#include "ops/c/gate.h"

#include <string.h>

/* y = `value`, a function of x and the parameter p. */
#define MAP(name, value)                                                                           \
    static void name(float *restrict y_, const float *restrict x_, int64_t count, float p)         \
    {                                                                                              \
        (void)p;                                                                                   \
        _Pragma("omp simd") for (int64_t i = 0; i < count; i++)                                    \
        {                                                                                          \
            float x = x_[i];                                                                       \
            y_[i] = (value);                                                                       \
        }                                                                                          \
    }

MAP(silu, reel_vsilu(x))
MAP(gelu, reel_vgelu(x))
MAP(tanh_of, reel_vtanh(x))
MAP(exp_of, reel_vexp(x))
MAP(log_floor, reel_vlog(x < p ? p : x))
MAP(scale, x *p)
MAP(add_scalar, x + p)

static void (*const maps[REEL_UNARY_KINDS])(float *, const float *, int64_t, float) = {
    [REEL_UNARY_SILU] = silu,
    [REEL_UNARY_GELU] = gelu,
    [REEL_UNARY_TANH] = tanh_of,
    [REEL_UNARY_EXP] = exp_of,
    [REEL_UNARY_LOG_FLOOR] = log_floor,
    [REEL_UNARY_SCALE] = scale,
    [REEL_UNARY_ADD_SCALAR] = add_scalar,
};

/* dx += dy * `slope`, a function of x, y and p. */
#define SLOPE(name, slope)                                                                         \
    static void name(const reel_unary_grad_args *a, int64_t begin, int64_t end)                    \
    {                                                                                              \
        float *restrict dx = a->dx;                                                                \
        const float *restrict dy = a->dy, *restrict x_ = a->x, *restrict y_ = a->y;                \
        float p = a->parameter;                                                                    \
        (void)p;                                                                                   \
        _Pragma("omp simd") for (int64_t i = begin; i < end; i++)                                  \
        {                                                                                          \
            float x = x_[i], y = y_[i];                                                            \
            (void)x, (void)y;                                                                      \
            dx[i] += dy[i] * (slope);                                                              \
        }                                                                                          \
    }

SLOPE(silu_slope, reel_vsilu_slope(x))
SLOPE(gelu_slope, reel_vgelu_slope(x))
SLOPE(tanh_slope, 1.0f - y * y)
SLOPE(exp_slope, x > 88.3f ? 0.0f : y)
SLOPE(log_floor_slope, x < p ? 0.0f : 1.0f / x)
SLOPE(scale_slope, p)
SLOPE(add_scalar_slope, 1.0f)

static void (*const slopes[REEL_UNARY_KINDS])(const reel_unary_grad_args *, int64_t, int64_t) = {
    [REEL_UNARY_SILU] = silu_slope,
    [REEL_UNARY_GELU] = gelu_slope,
    [REEL_UNARY_TANH] = tanh_slope,
    [REEL_UNARY_EXP] = exp_slope,
    [REEL_UNARY_LOG_FLOOR] = log_floor_slope,
    [REEL_UNARY_SCALE] = scale_slope,
    [REEL_UNARY_ADD_SCALAR] = add_scalar_slope,
};

static reel_status forward(const reel_unary_args *a)
{
#pragma omp parallel for schedule(static) if (a->count > REEL_PARALLEL_MIN)
    for (int64_t at = 0; at < a->count; at += REEL_BLOCK) {
        maps[a->kind](a->y + at, a->x + at, reel_min(REEL_BLOCK, a->count - at), a->parameter);
    }
    return REEL_OK;
}

static reel_status backward(const reel_unary_grad_args *a)
{
#pragma omp parallel for schedule(static) if (a->count > REEL_PARALLEL_MIN)
    for (int64_t at = 0; at < a->count; at += REEL_BLOCK) {
        int64_t end = reel_min(at + REEL_BLOCK, a->count);
        if (a->dx_is_new) { /* in the first-level cache, where the sum is about to be */
            memset(a->dx + at, 0, (size_t)(end - at) * sizeof(float));
        }
        slopes[a->kind](a, at, end);
    }
    return REEL_OK;
}

const reel_unary_kernels reel_unary_c = { forward, backward };
