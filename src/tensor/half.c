/* The 16-bit storage types, by their bits: exact on every machine, with or without F16C. */
#include "tensor/safetensors.h"

#include <string.h>

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

float reel_f16_to_f32(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 0x3ff;
    if (exponent == 0) { /* a denormal counts steps of 2^-24 */
        return from_bits(sign | bits_of((float)fraction * 0x1p-24f));
    }
    exponent = exponent == 31 ? 255 : exponent + 112; /* 112 = 127 - 15, the biases */
    return from_bits(sign | exponent << 23 | fraction << 13);
}

/* value / 2^shift, to the nearest, ties to the even one. */
static uint32_t shift_rounded(uint32_t value, unsigned shift)
{
    uint32_t odd = value >> shift & 1;
    return (value + (1u << (shift - 1)) - 1 + odd) >> shift;
}

uint16_t reel_f32_to_f16(float x)
{
    uint32_t u = bits_of(x), sign = u >> 16 & 0x8000, magnitude = u & 0x7fffffff;
    if (magnitude > 0x7f800000) { /* NaN stays NaN, quiet */
        return (uint16_t)(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
    }
    if (magnitude >= 0x477ff000) { /* 65520, half a step above the largest f16 */
        return (uint16_t)(sign | 0x7c00);
    }
    if (magnitude >= 0x38800000) { /* 2^-14, the smallest normal f16 */
        return (uint16_t)(sign | shift_rounded(magnitude - (112u << 23), 13));
    }
    if (magnitude <= 0x33000000) { /* 2^-25 is a tie between 0 and the smallest denormal */
        return (uint16_t)sign;
    }
    uint32_t fraction = (magnitude & 0x7fffff) | 0x800000;
    return (uint16_t)(sign | shift_rounded(fraction, 126 - (magnitude >> 23)));
}

float reel_bf16_to_f32(uint16_t h)
{
    return from_bits((uint32_t)h << 16);
}

uint16_t reel_f32_to_bf16(float x)
{
    uint32_t u = bits_of(x);
    if ((u & 0x7fffffff) > 0x7f800000) { /* rounding could carry a NaN over into infinity */
        return (uint16_t)(u >> 16 | 0x40);
    }
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}
