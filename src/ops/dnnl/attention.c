/* Attention over blocks of queries and keys: the products by oneDNN, the softmax kept up to date as
 * blocks of keys come by; the backward pass computes the blocks of probabilities again. */
#include "ops/attention.h"

#include "ops/c/row.h"
#include "ops/c/vector_math.h"
#include "ops/dnnl/gemm.h"
#include "ops/dnnl/thread_buffer.h"

#include <math.h>
#include <string.h>

enum { QUERY_BLOCK = 192, KEY_BLOCK = 512 };

#define MASKED (-1e30f) /* added to the score of a masked key */
#define LOWEST (-1e29f) /* where the running maximum starts: every masked score is far below */

/* A block of scores of one head: rows of queries, columns of keys. */
typedef struct {
    const reel_attention_shape *shape;
    int64_t batch, head;
    int64_t row, rows, key, keys; /* within the sequence */
} score_block;

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The length of equal blocks of at most `most`: a short last block would run at half the speed. */
static int64_t even_block(int64_t count, int64_t most)
{
    enum { STEP = 16 };
    int64_t blocks = (count + most - 1) / most;
    int64_t length = (count + blocks - 1) / (blocks ? blocks : 1);
    return min_of(most, (length + STEP - 1) / STEP * STEP);
}

static int64_t row_stride(const reel_attention_shape *s)
{
    return s->heads * s->head_width;
}

/* Offset of the block's first query in q, y, dy and dq. */
static int64_t query_at(const score_block *b)
{
    const reel_attention_shape *s = b->shape;
    return (b->batch * s->queries + b->row) * row_stride(s) + b->head * s->head_width;
}

/* Offset of the block's first key in k, v, dk and dv. */
static int64_t key_at(const score_block *b)
{
    const reel_attention_shape *s = b->shape;
    return (b->batch * s->keys + b->key) * row_stride(s) + b->head * s->head_width;
}

static int64_t log_sum_at(const score_block *b)
{
    return (b->batch * b->shape->heads + b->head) * b->shape->queries + b->row;
}

/* scores = alpha rows_of_queries . rows_of_keys, [rows, keys] dense */
static int products(const score_block *b, float alpha, const float *query, const float *key,
                    float *scores)
{
    reel_gemm_shape shape = { .transpose_b = 1,
                              .m = b->rows,
                              .n = b->keys,
                              .k = b->shape->head_width,
                              .a_row = row_stride(b->shape),
                              .b_row = row_stride(b->shape),
                              .c_row = b->keys,
                              .alpha = alpha };
    return reel_gemm(&shape, query, key, scores);
}

/* to the rows of queries: out = scores . rows_of_keys + beta out */
static int to_queries(const score_block *b, const float *scores, const float *key, float beta,
                      float *out)
{
    reel_gemm_shape shape = { .m = b->rows,
                              .n = b->shape->head_width,
                              .k = b->keys,
                              .a_row = b->keys,
                              .b_row = row_stride(b->shape),
                              .c_row = row_stride(b->shape),
                              .alpha = 1.0f,
                              .beta = beta };
    return reel_gemm(&shape, scores, key, out);
}

/* to the rows of keys: out += scores^T . rows_of_queries */
static int to_keys(const score_block *b, const float *scores, const float *query, float *out)
{
    reel_gemm_shape shape = { .transpose_a = 1,
                              .m = b->keys,
                              .n = b->shape->head_width,
                              .k = b->rows,
                              .a_row = b->keys,
                              .b_row = row_stride(b->shape),
                              .c_row = row_stride(b->shape),
                              .alpha = 1.0f,
                              .beta = 1.0f };
    return reel_gemm(&shape, scores, query, out);
}

/* Add the mask and the bias in time to the scores of row i. */
static void add_bias(const score_block *b, int64_t i, float *restrict s)
{
    const reel_attention_shape *shape = b->shape;
    if (shape->key_mask) {
        const float *mask = shape->key_mask + b->batch * shape->keys + b->key;
#pragma omp simd
        for (int64_t j = 0; j < b->keys; j++) {
            s[j] += mask[j] == 0.0f ? MASKED : 0.0f;
        }
    }
    if (shape->time_sigma) {
        float sigma = shape->time_sigma[b->head], slope = -0.5f / (sigma * sigma);
        float at = shape->q_time[b->row + i];
        const float *time = shape->k_time + b->key;
#pragma omp simd
        for (int64_t j = 0; j < b->keys; j++) {
            s[j] += slope * (at - time[j]) * (at - time[j]);
        }
    }
}

static float largest_of(const float *s, int64_t count, float largest)
{
#pragma omp simd reduction(max : largest)
    for (int64_t j = 0; j < count; j++) {
        largest = s[j] > largest ? s[j] : largest;
    }
    return largest;
}

/* s = exp(s - largest); returns their sum. */
static float exponentials(float *s, int64_t count, float largest)
{
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; j++) {
        s[j] = reel_vexp(s[j] - largest);
        sum += s[j];
    }
    return sum;
}

static void scale_row(float *y, float scale, int64_t count)
{
#pragma omp simd
    for (int64_t c = 0; c < count; c++) {
        y[c] *= scale;
    }
}

typedef struct {
    float largest[QUERY_BLOCK], total[QUERY_BLOCK];
} softmax_state;

/* Turn a block of scores into numerators; what y holds so far shrinks to the new maximum. */
static void softmax_block(const score_block *b, softmax_state *state, float *scores, float *y)
{
    for (int64_t i = 0; i < b->rows; i++) {
        float *s = scores + i * b->keys;
        add_bias(b, i, s);
        float largest = largest_of(s, b->keys, state->largest[i]);
        float shrink = reel_vexp(state->largest[i] - largest);
        if (b->key > 0 && shrink != 1.0f) {
            scale_row(y + i * row_stride(b->shape), shrink, b->shape->head_width);
        }
        state->total[i] = state->total[i] * shrink + exponentials(s, b->keys, largest);
        state->largest[i] = largest;
    }
}

static int forward_block(const reel_attention_args *a, score_block b)
{
    float *scores = reel_thread_buffer(QUERY_BLOCK * KEY_BLOCK), *y = a->y + query_at(&b);
    softmax_state state;
    int failed = scores == NULL;
    for (int64_t i = 0; i < b.rows; i++) {
        state.largest[i] = LOWEST;
        state.total[i] = 0.0f;
    }
    const int64_t length = even_block(a->shape.keys, KEY_BLOCK);
    for (b.key = 0; b.key < a->shape.keys && !failed; b.key += length) {
        b.keys = min_of(length, a->shape.keys - b.key);
        failed += products(&b, a->shape.scale, a->q + query_at(&b), a->k + key_at(&b), scores);
        softmax_block(&b, &state, scores, y);
        failed += to_queries(&b, scores, a->v + key_at(&b), b.key > 0 ? 1.0f : 0.0f, y);
    }
    for (int64_t i = 0; i < b.rows; i++) {
        float total = state.total[i];
        scale_row(y + i * row_stride(b.shape), total > 0.0f ? 1.0f / total : 0.0f,
                  a->shape.head_width);
        a->log_sum[log_sum_at(&b) + i] = total > 0.0f ? state.largest[i] + logf(total) : INFINITY;
    }
    return failed;
}

static reel_status forward(const reel_attention_args *a)
{
    const reel_attention_shape *s = &a->shape;
    const int64_t length = even_block(s->queries, QUERY_BLOCK);
    const int64_t blocks = (s->queries + length - 1) / length;
    int failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
    for (int64_t n = 0; n < s->batch * s->heads * blocks; n++) {
        int64_t row = n % blocks * length;
        failed += forward_block(a, (score_block){ .shape = s,
                                                  .batch = n / blocks / s->heads,
                                                  .head = n / blocks % s->heads,
                                                  .row = row,
                                                  .rows = min_of(length, s->queries - row) });
    }
    return reel_gemm_status(failed);
}

/* p = exp(s - log_sum), ds = scale p (g - mean): s becomes p, g becomes ds. */
static void gradient_row(float *restrict s, float *restrict g, int64_t count, float log_sum,
                         float mean, float scale)
{
#pragma omp simd
    for (int64_t j = 0; j < count; j++) {
        float p = reel_vexp(s[j] - log_sum);
        s[j] = p;
        g[j] = scale * p * (g[j] - mean);
    }
}

/* mean[i] = dy . y of row i, the same for all keys */
static int backward_block(const reel_attention_grad_args *a, const score_block *b, float *scores,
                          const float *mean)
{
    float *grads = scores + QUERY_BLOCK * KEY_BLOCK;
    int64_t query = query_at(b), key = key_at(b);
    int failed = products(b, a->shape.scale, a->q + query, a->k + key, scores);
    failed += products(b, 1.0f, a->dy + query, a->v + key, grads);
    for (int64_t i = 0; i < b->rows; i++) {
        add_bias(b, i, scores + i * b->keys);
        gradient_row(scores + i * b->keys, grads + i * b->keys, b->keys,
                     a->log_sum[log_sum_at(b) + i], mean[i], a->shape.scale);
    }
    failed += a->dv ? to_keys(b, scores, a->dy + query, a->dv + key) : 0;
    float keep = a->dq_is_new && b->key == 0 ? 0.0f : 1.0f;
    failed += a->dq ? to_queries(b, grads, a->k + key, keep, a->dq + query) : 0;
    failed += a->dk ? to_keys(b, grads, a->q + query, a->dk + key) : 0;
    return failed;
}

/* One head of one clip belongs to one thread: its keys collect from all queries in order. */
static int backward_head(const reel_attention_grad_args *a, score_block b)
{
    const reel_attention_shape *s = &a->shape;
    float *scores = reel_thread_buffer(2 * QUERY_BLOCK * KEY_BLOCK), mean[QUERY_BLOCK];
    int failed = scores == NULL;
    const int64_t row_length = even_block(s->queries, QUERY_BLOCK);
    const int64_t key_length = even_block(s->keys, KEY_BLOCK);
    for (b.row = 0; b.row < s->queries && !failed; b.row += row_length) {
        b.rows = min_of(row_length, s->queries - b.row);
        for (int64_t i = 0; i < b.rows; i++) {
            int64_t at = query_at(&b) + i * row_stride(s);
            mean[i] = row_dot(a->dy + at, a->y + at, s->head_width);
        }
        for (b.key = 0; b.key < s->keys && !failed; b.key += key_length) {
            b.keys = min_of(key_length, s->keys - b.key);
            failed += backward_block(a, &b, scores, mean);
        }
    }
    return failed;
}

static reel_status backward(const reel_attention_grad_args *a)
{
    const reel_attention_shape *s = &a->shape;
    int failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
    for (int64_t n = 0; n < s->batch * s->heads; n++) {
        failed += backward_head(
            a, (score_block){ .shape = s, .batch = n / s->heads, .head = n % s->heads });
    }
    return reel_gemm_status(failed);
}

const reel_attention_kernels reel_attention_dnnl = { forward, backward };
