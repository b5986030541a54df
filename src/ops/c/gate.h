/* The smooth gates of activations, and their slopes, as vector code. */
#ifndef REEL_OPS_C_GATE_H
#define REEL_OPS_C_GATE_H

#include "ops/c/vector_math.h"

REEL_VECTOR_INLINE float reel_vsilu(float x)
{
    return x * reel_vsigmoid(x);
}

REEL_VECTOR_INLINE float reel_vsilu_slope(float x)
{
    float s = reel_vsigmoid(x);
    return s + x * s * (1.0f - s);
}

/* GELU, tanh form: x (1 + tanh u) / 2 = x sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3). The
 * sigmoid does not cancel where x is far below zero. */
#define REEL_GELU_LINEAR 1.59576912f   /* 2 sqrt(2/pi) */
#define REEL_GELU_CUBIC  0.0713548163f /* 2 sqrt(2/pi) 0.044715 */

REEL_VECTOR_INLINE float reel_vgelu(float x)
{
    return x * reel_vsigmoid(x * (REEL_GELU_LINEAR + REEL_GELU_CUBIC * x * x));
}

/* Beyond 30 either way the slope is 0 or 1; held there, the squares cannot overflow. */
REEL_VECTOR_INLINE float reel_vgelu_slope(float wide)
{
    float top = wide > 30.0f ? 30.0f : wide;
    float x = top < -30.0f ? -30.0f : top;
    float s = reel_vsigmoid(x * (REEL_GELU_LINEAR + REEL_GELU_CUBIC * x * x));
    return s + x * s * (1.0f - s) * (REEL_GELU_LINEAR + 3.0f * REEL_GELU_CUBIC * x * x);
}

#endif
