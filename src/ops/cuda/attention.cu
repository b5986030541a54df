/* Attention on CUDA: which version runs, and what both need before the backward pass. */
#include "ops/cuda/attention.cuh"

static bool uses_tensor_cores(const reel_attention_shape *s)
{
    return reel_cuda_compute() == REEL_COMPUTE_BF16 && s->head_width <= REEL_ATTENTION_MMA_MAX_HEAD;
}

static reel_status forward(const reel_attention_args *a)
{
    if (!uses_tensor_cores(&a->shape)) {
        return reel_attention_forward_f32(a);
    }
    void *packed;
    REEL_TRY(reel_cuda_scratch(&packed, REEL_SCRATCH_OPERATOR,
                               reel_attention_packed_size(&a->shape, false)));
    return reel_attention_forward_mma(a, packed);
}

/* mean[b][h][i] = dy[i] . y[i]; rows are (b, i, h) in the order in which they lie in memory. */
template <int V>
static __global__ void mean_of_dy(reel_cuda_rows rows, float *mean, reel_attention_grad_args a)
{
    const reel_attention_shape &s = a.shape;
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        float sum = 0.0f;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> dy = reel_load<V>(a.dy + p.row * s.head_width + c);
            reel_floats<V> y = reel_load<V>(a.y + p.row * s.head_width + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                sum += dy.at[i] * y.at[i];
            }
        }
        sum = reel_lanes_sum(sum, rows.lanes);
        if (p.row >= 0 && p.lane == 0) {
            int64_t head = p.row % s.heads, i = p.row / s.heads % s.queries;
            int64_t batch = p.row / s.heads / s.queries;
            mean[(batch * s.heads + head) * s.queries + i] = sum;
        }
    }
}

static reel_status backward(const reel_attention_grad_args *a)
{
    const reel_attention_shape *s = &a->shape;
    int64_t count = s->batch * s->heads * s->queries;
    if (a->dq_is_new) { /* both versions add */
        REEL_TRY(reel_cuda_status(cudaMemsetAsync(a->dq, 0,
                                                  (size_t)(count * s->head_width) * sizeof(float),
                                                  reel_cuda_stream()),
                                  "attention.backward"));
    }
    size_t mean_size = (size_t)reel_cuda_ceil(count, 64) * 64 * sizeof(float);
    size_t packed_size = uses_tensor_cores(s) ? reel_attention_packed_size(s, true) : 0;
    void *scratch;
    REEL_TRY(reel_cuda_scratch(&scratch, REEL_SCRATCH_OPERATOR, mean_size + packed_size));
    float *mean = (float *)scratch;
    reel_cuda_rows rows = reel_cuda_rows_of(count, s->head_width, true);
    REEL_TRY(reel_cuda_run({ "attention.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                           REEL_BY_WIDTH(mean_of_dy, s->head_width), rows, mean, *a));
    return packed_size ? reel_attention_backward_mma(a, mean, (char *)scratch + mean_size)
                       : reel_attention_backward_f32(a, mean);
}

const reel_attention_kernels reel_attention_cuda = { forward, backward };
