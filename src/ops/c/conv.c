/* Plain kernels of the convolution: sums over taps, one owner per output element. */
#include "ops/conv.h"

#include "ops/c/row.h"

typedef struct {
    int64_t t, h, w;
} position;

/* The row of channels that tap (kt, kh, kw) of output position o reads in batch b, as an offset in
 * elements; -1 for zeros. */
static int64_t source(const reel_conv_shape *s, int64_t b, position o, position k)
{
    int64_t t = reel_conv_source(s, 0, o.t, k.t), h = reel_conv_source(s, 1, o.h, k.h);
    int64_t w = reel_conv_source(s, 2, o.w, k.w);
    if (t < 0 || h < 0 || w < 0) {
        return -1;
    }
    return (((b * s->in[0] + t) * s->in[1] + h) * s->in[2] + w) * s->in_channels;
}

static position tap_at(const reel_conv_shape *s, int64_t tap)
{
    return (position){ tap / (s->kernel[1] * s->kernel[2]), tap / s->kernel[2] % s->kernel[1],
                       tap % s->kernel[2] };
}

static position output_at(const reel_conv_shape *s, int64_t n)
{
    return (position){ n / (s->out[1] * s->out[2]), n / s->out[2] % s->out[1], n % s->out[2] };
}

static reel_status forward(const reel_conv_args *a)
{
    const reel_conv_shape *s = &a->shape;
    int64_t taps = reel_conv_taps(s), ci = s->in_channels, co = s->out_channels;
    int64_t outputs = reel_conv_outputs(s);
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < s->batch * outputs; n++) {
        float *y = a->y + n * co;
        for (int64_t o = 0; o < co; o++) {
            y[o] = a->b ? a->b[o] : 0.0f;
        }
        for (int64_t tap = 0; tap < taps; tap++) {
            int64_t from = source(s, n / outputs, output_at(s, n % outputs), tap_at(s, tap));
            for (int64_t o = 0; from >= 0 && o < co; o++) {
                y[o] += row_dot(a->x + from, a->w + (o * taps + tap) * ci, ci);
            }
        }
    }
    return REEL_OK;
}

/* The transpose: what output n of batch b sends back to the inputs it read. */
static void spread(const reel_conv_grad_args *a, int64_t b, int64_t n)
{
    const reel_conv_shape *s = &a->shape;
    int64_t taps = reel_conv_taps(s), ci = s->in_channels, co = s->out_channels;
    const float *dy = a->dy + (b * reel_conv_outputs(s) + n) * co;
    for (int64_t tap = 0; tap < taps; tap++) {
        int64_t to = source(s, b, output_at(s, n), tap_at(s, tap));
        for (int64_t o = 0; to >= 0 && o < co; o++) {
            row_add_scaled(a->dx + to, a->w + (o * taps + tap) * ci, dy[o], ci);
        }
    }
}

/* Gradient of the filter that makes output channel o. */
static void gather(const reel_conv_grad_args *a, int64_t o)
{
    const reel_conv_shape *s = &a->shape;
    int64_t taps = reel_conv_taps(s), ci = s->in_channels, outputs = reel_conv_outputs(s);
    float sum = 0.0f;
    for (int64_t n = 0; n < s->batch * outputs; n++) {
        float dy = a->dy[n * s->out_channels + o];
        sum += dy;
        for (int64_t tap = 0; a->dw && tap < taps; tap++) {
            int64_t from = source(s, n / outputs, output_at(s, n % outputs), tap_at(s, tap));
            if (from >= 0) {
                row_add_scaled(a->dw + (o * taps + tap) * ci, a->x + from, dy, ci);
            }
        }
    }
    if (a->db) {
        a->db[o] += sum;
    }
}

static reel_status backward(const reel_conv_grad_args *a)
{
    const reel_conv_shape *s = &a->shape;
    int64_t outputs = reel_conv_outputs(s);
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < (a->dx ? s->batch : 0); b++) {
        for (int64_t n = 0; n < outputs; n++) {
            spread(a, b, n);
        }
    }
#pragma omp parallel for schedule(static)
    for (int64_t o = 0; o < s->out_channels; o++) {
        gather(a, o);
    }
    return REEL_OK;
}

const reel_conv_kernels reel_conv_c = { forward, backward };
