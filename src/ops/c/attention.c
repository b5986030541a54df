/* Plain kernels of attention: one query row at a time, the softmax kept up to date as keys come by
 * (Milakov and Gimelshein 2018, "Online normalizer calculation for softmax"). */
#include "ops/attention.h"

#include "ops/c/row.h"

#include <math.h>
/* One head of one clip; rows are `stride` elements apart. */
typedef struct {
    const reel_attention_shape *shape;
    int64_t batch, head, stride;
    int64_t q_start, k_start; /* offsets of the head's first row in q, y and in k, v */
} head_view;

static head_view head_at(const reel_attention_shape *s, int64_t n)
{
    int64_t b = n / s->heads, h = n % s->heads, stride = s->heads * s->head_width;
    return (head_view){ s,
                        b,
                        h,
                        stride,
                        b * s->queries * stride + h * s->head_width,
                        b * s->keys * stride + h * s->head_width };
}

static int is_masked(const head_view *v, int64_t j)
{
    const reel_attention_shape *s = v->shape;
    return s->key_mask && s->key_mask[v->batch * s->keys + j] == 0.0f;
}

static float score(const head_view *v, const float *q, const float *k, int64_t i, int64_t j)
{
    const reel_attention_shape *s = v->shape;
    float bias = 0.0f;
    if (s->time_sigma) {
        float away = (s->q_time[i] - s->k_time[j]) / s->time_sigma[v->head];
        bias = -0.5f * away * away;
    }
    return row_dot(q, k, s->head_width) * s->scale + bias;
}

static void forward_row(const reel_attention_args *a, const head_view *v, int64_t i)
{
    int64_t width = a->shape.head_width;
    const float *q = a->q + v->q_start + i * v->stride;
    float *y = a->y + v->q_start + i * v->stride;
    float sum[REEL_ATTENTION_MAX_HEAD] = { 0 }, largest = -INFINITY, total = 0.0f;
    for (int64_t j = 0; j < a->shape.keys; j++) {
        if (is_masked(v, j)) {
            continue;
        }
        float s = score(v, q, a->k + v->k_start + j * v->stride, i, j);
        if (s > largest) {
            float shrink = expf(largest - s);
            for (int64_t c = 0; c < width; c++) {
                sum[c] *= shrink;
            }
            total *= shrink;
            largest = s;
        }
        float p = expf(s - largest);
        total += p;
        row_add_scaled(sum, a->v + v->k_start + j * v->stride, p, width);
    }
    for (int64_t c = 0; c < width; c++) {
        y[c] = total > 0.0f ? sum[c] / total : 0.0f;
    }
    a->log_sum[(v->batch * a->shape.heads + v->head) * a->shape.queries + i] =
        total > 0.0f ? largest + logf(total) : INFINITY;
}

static reel_status forward(const reel_attention_args *a)
{
    const reel_attention_shape *s = &a->shape;
    int64_t rows = s->batch * s->heads * s->queries;
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < rows; n++) {
        head_view v = head_at(s, n / s->queries);
        forward_row(a, &v, n % s->queries);
    }
    return REEL_OK;
}

/* With p = exp(s - log_sum) and g = dy . v:
 *     dv += p dy,   ds = p (g - dy . y),   dq += scale ds k,   dk += scale ds q. */
static void backward_row(const reel_attention_grad_args *a, const head_view *v, int64_t i)
{
    int64_t width = a->shape.head_width, at = v->q_start + i * v->stride;
    int64_t row = (v->batch * a->shape.heads + v->head) * a->shape.queries + i;
    float mean = row_dot(a->dy + at, a->y + at, width);
    for (int64_t c = 0; a->dq_is_new && c < width; c++) {
        a->dq[at + c] = 0.0f;
    }
    for (int64_t j = 0; j < a->shape.keys; j++) {
        int64_t key = v->k_start + j * v->stride;
        if (is_masked(v, j)) {
            continue;
        }
        float p = expf(score(v, a->q + at, a->k + key, i, j) - a->log_sum[row]);
        float ds = a->shape.scale * p * (row_dot(a->dy + at, a->v + key, width) - mean);
        if (a->dv) {
            row_add_scaled(a->dv + key, a->dy + at, p, width);
        }
        if (a->dq) {
            row_add_scaled(a->dq + at, a->k + key, ds, width);
        }
        if (a->dk) {
            row_add_scaled(a->dk + key, a->q + at, ds, width);
        }
    }
}

static reel_status backward(const reel_attention_grad_args *a)
{
    const reel_attention_shape *s = &a->shape;
#pragma omp parallel for schedule(static)
    for (int64_t n = 0; n < s->batch * s->heads; n++) {
        head_view v = head_at(s, n);
        for (int64_t i = 0; i < s->queries; i++) {
            backward_row(a, &v, i);
        }
    }
    return REEL_OK;
}

const reel_attention_kernels reel_attention_c = { forward, backward };
