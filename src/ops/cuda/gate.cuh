/* The smooth gates of activations, and their slopes. */
#ifndef REEL_OPS_CUDA_GATE_CUH
#define REEL_OPS_CUDA_GATE_CUH

static __device__ inline float reel_sigmoid_of(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static __device__ inline float reel_silu_of(float x)
{
    return x * reel_sigmoid_of(x);
}

static __device__ inline float reel_silu_slope(float x)
{
    float s = reel_sigmoid_of(x);
    return s + x * s * (1.0f - s);
}

/* GELU, tanh form: x (1 + tanh u) / 2 = x sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3). The
 * sigmoid does not cancel where x is far below zero. */
constexpr float REEL_GELU_LINEAR = 1.59576912f;  /* 2 sqrt(2/pi) */
constexpr float REEL_GELU_CUBIC = 0.0713548163f; /* 2 sqrt(2/pi) 0.044715 */

static __device__ inline float reel_gelu_of(float x)
{
    return x * reel_sigmoid_of(x * (REEL_GELU_LINEAR + REEL_GELU_CUBIC * x * x));
}

/* Beyond 30 either way the slope is 0 or 1; held there, the squares cannot overflow. */
static __device__ inline float reel_gelu_slope(float wide)
{
    float top = wide > 30.0f ? 30.0f : wide;
    float x = top < -30.0f ? -30.0f : top;
    float s = reel_sigmoid_of(x * (REEL_GELU_LINEAR + REEL_GELU_CUBIC * x * x));
    return s + x * s * (1.0f - s) * (REEL_GELU_LINEAR + 3.0f * REEL_GELU_CUBIC * x * x);
}

#endif
