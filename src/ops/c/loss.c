/* Kernels of the losses. */
#include "ops/loss.h"

#include "ops/c/blocks.h"
#include "ops/c/vector_math.h"

#include <math.h>

/* --- distances ----------------------------------------------------------------------------------
 */

static double sum_of_squares(const float *a, const float *b, int64_t count)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) {
        float d = b ? a[i] - b[i] : a[i];
        sum += (double)(d * d);
    }
    return sum;
}

static double sum_of_sizes(const float *a, const float *b, int64_t count)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < count; i++) {
        sum += (double)fabsf(b ? a[i] - b[i] : a[i]);
    }
    return sum;
}

static reel_status distance_forward(const reel_distance_args *a)
{
    int64_t chunks = reel_distance_chunks(a->count);
#pragma omp parallel for schedule(static) if (a->batch * a->count > REEL_PARALLEL_MIN)
    for (int64_t k = 0; k < a->batch * chunks; k++) {
        int64_t begin = k % chunks * REEL_DISTANCE_CHUNK;
        int64_t count = reel_min(REEL_DISTANCE_CHUNK, a->count - begin);
        int64_t at = k / chunks * a->count + begin;
        const float *b = a->b ? a->b + at : NULL;
        a->scratch[k] = a->kind == REEL_DISTANCE_SQUARE ? sum_of_squares(a->a + at, b, count)
                                                        : sum_of_sizes(a->a + at, b, count);
    }
    double total = 0.0;
    for (int64_t k = 0; k < a->batch * chunks; k++) {
        total += a->scratch[k] * (a->weight ? (double)a->weight[k / chunks] : 1.0);
    }
    *a->loss = (float)(total / (double)a->batch / (double)a->count);
    return REEL_OK;
}

/* y += factor * d, where d is the slope of the distance by a - b. */
static void add_slope(float *y, const reel_distance_grad_args *g, int64_t at, int64_t count,
                      float factor)
{
    const float *a = g->a + at, *b = g->b ? g->b + at : NULL;
    if (g->kind == REEL_DISTANCE_SQUARE) {
#pragma omp simd
        for (int64_t i = 0; i < count; i++) {
            y[i] += 2.0f * factor * (b ? a[i] - b[i] : a[i]);
        }
    } else {
#pragma omp simd
        for (int64_t i = 0; i < count; i++) {
            float d = b ? a[i] - b[i] : a[i];
            y[i] += d > 0.0f ? factor : d < 0.0f ? -factor : 0.0f;
        }
    }
}

static reel_status distance_backward(const reel_distance_grad_args *a)
{
    double share = (double)*a->dloss / (double)a->batch / (double)a->count;
    int64_t chunks = reel_distance_chunks(a->count);
#pragma omp parallel for schedule(static) if (a->batch * a->count > REEL_PARALLEL_MIN)
    for (int64_t k = 0; k < a->batch * chunks; k++) {
        int64_t begin = k % chunks * REEL_DISTANCE_CHUNK;
        int64_t count = reel_min(REEL_DISTANCE_CHUNK, a->count - begin);
        int64_t at = k / chunks * a->count + begin;
        float factor = (float)(share * (a->weight ? (double)a->weight[k / chunks] : 1.0));
        if (a->da) {
            add_slope(a->da + at, a, at, count, factor);
        }
        if (a->db) {
            add_slope(a->db + at, a, at, count, -factor);
        }
    }
    return REEL_OK;
}

const reel_distance_kernels reel_distance_c = { distance_forward, distance_backward };

/* --- cross entropy ------------------------------------------------------------------------------
 */

static float log_sum_exp(const float *z, int64_t count)
{
    float top = z[0], sum = 0.0f;
#pragma omp simd reduction(max : top)
    for (int64_t v = 0; v < count; v++) {
        top = z[v] > top ? z[v] : top;
    }
#pragma omp simd reduction(+ : sum)
    for (int64_t v = 0; v < count; v++) {
        sum += reel_vexp(z[v] - top);
    }
    return top + reel_vlog(sum);
}

static reel_status cross_entropy_forward(const reel_cross_entropy_args *a)
{
#pragma omp parallel for schedule(static) if (a->rows * a->classes > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < a->rows; n++) {
        a->log_sum[n] = log_sum_exp(a->logits + n * a->classes, a->classes);
    }
    double total = 0.0;
    int64_t counted = 0;
    for (int64_t n = 0; n < a->rows; n++) {
        if (a->labels[n] >= 0) {
            total += (double)a->log_sum[n] - (double)a->logits[n * a->classes + a->labels[n]];
            counted++;
        }
    }
    *a->counted = (float)counted;
    *a->loss = counted ? (float)(total / (double)counted) : 0.0f;
    return REEL_OK;
}

/* dlogits = (softmax - one at the label) / rows that count. */
static reel_status cross_entropy_backward(const reel_cross_entropy_grad_args *a)
{
    float share = *a->counted > 0.0f ? *a->dloss / *a->counted : 0.0f;
#pragma omp parallel for schedule(static) if (a->rows * a->classes > REEL_PARALLEL_MIN)
    for (int64_t n = 0; n < a->rows; n++) {
        if (a->labels[n] < 0) {
            continue;
        }
        const float *z = a->logits + n * a->classes;
        float *dz = a->dlogits + n * a->classes;
        float log_sum = a->log_sum[n];
#pragma omp simd
        for (int64_t v = 0; v < a->classes; v++) {
            dz[v] += share * reel_vexp(z[v] - log_sum);
        }
        dz[a->labels[n]] -= share;
    }
    return REEL_OK;
}

const reel_cross_entropy_kernels reel_cross_entropy_c = { cross_entropy_forward,
                                                          cross_entropy_backward };
