/* What the attention kernels share: where a head lies, what is added to a score, and the two
 * versions that attention.cu chooses from.
 *
 * A block takes one tile of queries or of keys of one head: blockIdx.x is the tile, blockIdx.y is
 * batch * heads + head. */
#ifndef REEL_OPS_CUDA_ATTENTION_CUH
#define REEL_OPS_CUDA_ATTENTION_CUH

#include "ops/cuda/lanes.cuh"

/* f32 throughout, every head width. */
reel_status reel_attention_forward_f32(const reel_attention_args *args);
reel_status reel_attention_backward_f32(const reel_attention_grad_args *args, const float *mean);

/* Factors in bf16 on the tensor cores, sums in f32; heads up to this wide. `packed` is scratch of
 * reel_attention_packed_size() bytes, `grads` says whether for the backward pass. */
constexpr int64_t REEL_ATTENTION_MMA_MAX_HEAD = 128;
size_t reel_attention_packed_size(const reel_attention_shape *shape, bool grads);
reel_status reel_attention_forward_mma(const reel_attention_args *args, void *packed);
reel_status reel_attention_backward_mma(const reel_attention_grad_args *args, const float *mean,
                                        void *packed);

/* One head of one clip; rows are `stride` elements apart. */
struct reel_head {
    int64_t batch, head, stride;
    int64_t q_start, k_start; /* offsets of the head's first row in q, y and in k, v */
    int64_t row_start;        /* of log_sum and mean */

    __device__ explicit reel_head(const reel_attention_shape &s)
    {
        batch = blockIdx.y / s.heads;
        head = blockIdx.y % s.heads;
        stride = s.heads * s.head_width;
        q_start = batch * s.queries * stride + head * s.head_width;
        k_start = batch * s.keys * stride + head * s.head_width;
        row_start = (int64_t)blockIdx.y * s.queries;
    }
};

/* What key j of the clip adds to every score: 0, or -infinity if nobody may look at it. */
static __device__ inline float reel_key_term(const reel_attention_shape &s, int64_t batch,
                                             int64_t j)
{
    bool is_open = j < s.keys && (!s.key_mask || s.key_mask[batch * s.keys + j] != 0.0f);
    return is_open ? 0.0f : -INFINITY;
}

/* Seconds of query or key i in widths of the head's bias, so that the bias is -(difference)^2 / 2;
 * 0 where there is no bias or no such token. */
static __device__ inline float reel_bias_time(const reel_attention_shape &s, int64_t head,
                                              const float *time, int64_t i, int64_t count)
{
    return s.time_sigma && i < count ? time[i] / s.time_sigma[head] : 0.0f;
}

#endif
