/* Convolution over time, height and width, channels last; 1-d and 2-d are the same operator with
 * ones: a sequence of tokens is seen as [B, L, 1, 1, C].
 *
 *     y[b][t][h][w][o] = bias[o] + sum over taps (kt, kh, kw) and i of
 *         x[b][t*st - pt + kt][h*sh - ph + kh][w*sw - pw + kw][i] * weight[o][kt][kh][kw][i]
 *
 * with zeros outside of x; replicate_time repeats frame 0 before the beginning instead, which is
 * how a causal convolution starts. T' = (T + front + back - kT) / st + 1, likewise H', W'. */
#ifndef REEL_OPS_CONV_H
#define REEL_OPS_CONV_H

#include "tensor/runtime.h"
#include "tensor/weights.h"

typedef struct {
    reel_tensor *weight; /* [Co, kT, kH, kW, Ci] */
    reel_tensor *bias;   /* [Co] or NULL */
} reel_conv_params;

typedef struct {
    int stride[3];                 /* T, H, W; 0 means 1 */
    int pad_front[3], pad_back[3]; /* T, H, W */
    int replicate_time;            /* pad_front[0] repeats frame 0 instead of zeros */
} reel_conv_options;

/* Declare "NAME.weight" and "NAME.bias"; `kernel` is T, H, W. */
void reel_conv_declare(reel_weights *set, reel_conv_params *p, const char *name, int64_t in,
                       int64_t out, const int kernel[3], reel_init init);

/* x:       [B, T, H, W, Ci]     f32
 * returns  [B, T', H', W', Co]  f32, in the arena of rt
 * fails    REEL_ERR_SHAPE if the weight does not fit x or nothing is left of it,
 *          REEL_ERR_INVALID if a stride or a pad is negative (sticky in rt) */
reel_tensor *reel_conv(reel_rt *rt, reel_tensor *x, const reel_conv_params *p,
                       const reel_conv_options *options);

/* What a back end implements. Extents are T, H, W. Gradients are added to; NULL means "not
 * wanted". Results never depend on the number of threads. */
typedef struct {
    int64_t batch, in_channels, out_channels;
    int64_t in[3], out[3], kernel[3], stride[3], pad[3] /* in front */;
    int replicate_time;
} reel_conv_shape;

static inline int64_t reel_conv_taps(const reel_conv_shape *s)
{
    return s->kernel[0] * s->kernel[1] * s->kernel[2];
}

/* Output positions of one batch entry. */
static inline int64_t reel_conv_outputs(const reel_conv_shape *s)
{
    return s->out[0] * s->out[1] * s->out[2];
}

/* Where tap `k` of output position `o` reads along one axis: -1 for a zero. */
static inline int64_t reel_conv_source(const reel_conv_shape *s, int axis, int64_t o, int64_t k)
{
    int64_t i = o * s->stride[axis] - s->pad[axis] + k;
    if (i < 0 && axis == 0 && s->replicate_time) {
        return 0;
    }
    return i < s->in[axis] ? (i < 0 ? -1 : i) : -1;
}

typedef struct {
    float *y;
    const float *x, *w, *b;
    reel_conv_shape shape;
} reel_conv_args;

enum { REEL_CONV_PARTS = 8 /* the most parts that the sum over positions is taken in */ };

typedef struct {
    float *dx, *dw, *db;
    const float *dy, *x, *w;
    float *parts /* scratch, [REEL_CONV_PARTS, elements of w] */;
    reel_conv_shape shape;
} reel_conv_grad_args;

typedef struct {
    reel_status (*forward)(const reel_conv_args *args);
    reel_status (*backward)(const reel_conv_grad_args *args);
} reel_conv_kernels;

extern const reel_conv_kernels reel_conv_c;
extern const reel_conv_kernels reel_conv_dnnl;

#endif
