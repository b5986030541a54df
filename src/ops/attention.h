/* Softmax attention of one sequence to another, per head:
 *
 *     s[i][j] = q[i] . k[j] / sqrt(K) - (q_time[i] - k_time[j])^2 / (2 time_sigma[h]^2)
 *     y[i]    = sum_j softmax_j(s[i][j]) v[j]
 *
 * over the keys that key_mask allows. The bias in time (optional) lets tokens of two streams find
 * each other by the clock. No Lq x Lk buffer exists: blocks of scores are recomputed in the
 * backward pass from the saved log-sum-exp of every row (Dao et al. 2022, "FlashAttention"). */
#ifndef REEL_OPS_ATTENTION_H
#define REEL_OPS_ATTENTION_H

#include "tensor/runtime.h"

enum { REEL_ATTENTION_MAX_HEAD = 256 /* the largest K */ };

typedef struct {
    int heads;
    reel_tensor *key_mask;   /* [B, Lk] f32, 1 = attend, 0 = not; or NULL */
    reel_tensor *q_time;     /* [Lq] seconds; */
    reel_tensor *k_time;     /* [Lk] seconds; */
    reel_tensor *time_sigma; /* [H] seconds, > 0: all three or none; constants */
    int in_bytes; /* without a tape, products in 8 bits where they pay: attention_int8.h */
} reel_attention_options;

/* q:       [B, Lq, H*K]  f32
 * k, v:    [B, Lk, H*K]  f32
 * returns  [B, Lq, H*K]  f32, in the arena of rt; a row whose keys are all masked is zeros
 * fails    REEL_ERR_SHAPE if something does not fit, or K > 256 (sticky in rt) */
reel_tensor *reel_attention(reel_rt *rt, reel_tensor *q, reel_tensor *k, reel_tensor *v,
                            const reel_attention_options *options);

/* What a back end implements. Gradients are added to; NULL means "not wanted". Results never
 * depend on the number of threads. */
typedef struct {
    int64_t batch, queries, keys, heads, head_width;      /* B, Lq, Lk, H, K */
    const float *key_mask, *q_time, *k_time, *time_sigma; /* or NULL */
    float scale;
} reel_attention_shape;

typedef struct {
    float *y, *log_sum /* [B, H, Lq] log of sum_j exp(s[i][j]); +infinity where all is masked */;
    const float *q, *k, *v;
    reel_attention_shape shape;
} reel_attention_args;

typedef struct {
    float *dq, *dk, *dv;
    const float *dy, *y, *q, *k, *v, *log_sum;
    reel_attention_shape shape;
    int dq_is_new; /* dq is assigned, not added to; it is neither dk nor dv then */
} reel_attention_grad_args;

typedef struct {
    reel_status (*forward)(const reel_attention_args *args);
    reel_status (*backward)(const reel_attention_grad_args *args);
} reel_attention_kernels;

extern const reel_attention_kernels reel_attention_c;
extern const reel_attention_kernels reel_attention_dnnl;

#endif
