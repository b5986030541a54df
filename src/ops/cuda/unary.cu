/* CUDA kernels of the functions of one number: one instance per function, in both directions. */
#include "ops/cuda/gate.cuh"
#include "ops/cuda/lanes.cuh"

template <int KIND> static __device__ float value_of(float x, float p)
{
    switch (KIND) {
    case REEL_UNARY_SILU:
        return reel_silu_of(x);
    case REEL_UNARY_GELU:
        return reel_gelu_of(x);
    case REEL_UNARY_TANH:
        return tanhf(x);
    case REEL_UNARY_EXP:
        return x < -87.3f ? 0.0f : expf(x > 88.3f ? 88.3f : x);
    case REEL_UNARY_LOG_FLOOR:
        return logf(x < p ? p : x);
    case REEL_UNARY_SCALE:
        return x * p;
    default:
        return x + p;
    }
}

template <int KIND> static __device__ float slope_of(float x, float y, float p)
{
    switch (KIND) {
    case REEL_UNARY_SILU:
        return reel_silu_slope(x);
    case REEL_UNARY_GELU:
        return reel_gelu_slope(x);
    case REEL_UNARY_TANH:
        return 1.0f - y * y;
    case REEL_UNARY_EXP:
        return x > 88.3f ? 0.0f : y;
    case REEL_UNARY_LOG_FLOOR:
        return x < p ? 0.0f : 1.0f / x;
    case REEL_UNARY_SCALE:
        return p;
    default:
        return 1.0f;
    }
}

template <int KIND, int V> static __global__ void map(reel_unary_args a)
{
    REEL_CUDA_EACH(n, a.count / V)
    {
        reel_floats<V> x = reel_load<V>(a.x + n * V), y;
#pragma unroll
        for (int i = 0; i < V; i++) {
            y.at[i] = value_of<KIND>(x.at[i], a.parameter);
        }
        reel_store<V>(a.y + n * V, y);
    }
}

template <int KIND, int V> static __global__ void add_slopes(reel_unary_grad_args a)
{
    constexpr bool READS_Y = KIND == REEL_UNARY_TANH || KIND == REEL_UNARY_EXP;
    constexpr bool READS_X = KIND != REEL_UNARY_SCALE && KIND != REEL_UNARY_ADD_SCALAR;
    REEL_CUDA_EACH(n, a.count / V)
    {
        reel_floats<V> dx = reel_load<V>(a.dy + n * V), x = {}, y = {};
        if (READS_X) {
            x = reel_load<V>(a.x + n * V);
        }
        if (READS_Y) {
            y = reel_load<V>(a.y + n * V);
        }
#pragma unroll
        for (int i = 0; i < V; i++) {
            dx.at[i] *= slope_of<KIND>(x.at[i], y.at[i], a.parameter);
        }
        reel_give<V>(a.dx + n * V, dx, a.dx_is_new);
    }
}

typedef void (*map_kernel)(reel_unary_args);
typedef void (*slopes_kernel)(reel_unary_grad_args);

template <int V> static map_kernel map_of(reel_unary_kind kind)
{
    static const map_kernel maps[REEL_UNARY_KINDS] = { map<0, V>, map<1, V>, map<2, V>, map<3, V>,
                                                       map<4, V>, map<5, V>, map<6, V> };
    return maps[kind];
}

template <int V> static slopes_kernel slopes_of(reel_unary_kind kind)
{
    static const slopes_kernel slopes[REEL_UNARY_KINDS] = { add_slopes<0, V>, add_slopes<1, V>,
                                                            add_slopes<2, V>, add_slopes<3, V>,
                                                            add_slopes<4, V>, add_slopes<5, V>,
                                                            add_slopes<6, V> };
    return slopes[kind];
}

static reel_status forward(const reel_unary_args *a)
{
    int vector = reel_vector_of(a->count);
    return reel_cuda_run({ "unary.forward", reel_cuda_grid(a->count / vector), REEL_CUDA_BLOCK, 0 },
                         vector == 4 ? map_of<4>(a->kind) : map_of<1>(a->kind), *a);
}

static reel_status backward(const reel_unary_grad_args *a)
{
    int vector = reel_vector_of(a->count);
    return reel_cuda_run(
        { "unary.backward", reel_cuda_grid(a->count / vector), REEL_CUDA_BLOCK, 0 },
        vector == 4 ? slopes_of<4>(a->kind) : slopes_of<1>(a->kind), *a);
}

const reel_unary_kernels reel_unary_cuda = { forward, backward };
