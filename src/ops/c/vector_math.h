/* Elementary functions that the compiler turns into vector code.
 *
 * No calls, no branches, no tables: inside a loop under "#pragma omp simd" each becomes straight
 * vector arithmetic. Relative error is about 1e-7 (two units in the last place) over the ranges
 * given; not-a-number comes out as not-a-number. The polynomials are weighted least-squares fits
 * of our own on the reduced ranges. */
#ifndef REEL_OPS_C_VECTOR_MATH_H
#define REEL_OPS_C_VECTOR_MATH_H

#include <stdint.h>
#include <string.h>

#define REEL_VECTOR_INLINE static inline __attribute__((always_inline))

REEL_VECTOR_INLINE uint32_t reel_bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

REEL_VECTOR_INLINE float reel_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Adding 1.5 * 2^23 rounds a float below 2^22 to the nearest integer and leaves that integer in
 * the low bits of its pattern. */
#define REEL_ROUND_MAGIC 12582912.0f

/* e^x for x between -87.3 and 88.3. */
REEL_VECTOR_INLINE float reel_vexp_held(float x)
{
    float magic = x * 1.44269504f + REEL_ROUND_MAGIC;
    float n = magic - REEL_ROUND_MAGIC;
    /* x = n ln 2 + r, ln 2 in two parts of which the first is exact under multiplication */
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 0.00138131445f;
    p = p * r + 0.00836941884f;
    p = p * r + 0.0416684568f;
    p = p * r + 0.166665148f;
    p = p * r + 0.499999931f;
    float e = 1.0f + (r + r * r * p);
    float scale = reel_of_bits((reel_bits_of(magic) + 127u) << 23); /* 2^n */
    return e * scale;
}

/* e^x. Below -87.3 the result is 0 (no subnormals), above 88.3 it stays at e^88.3. */
REEL_VECTOR_INLINE float reel_vexp(float x)
{
    float top = x > 88.3f ? 88.3f : x;
    float held = top < -87.3f ? -87.3f : top;
    float e = reel_vexp_held(held);
    return x < -87.3f ? 0.0f : e;
}

/* ln x for finite x of at least 1.2e-38; what is below gives no meaningful number. */
REEL_VECTOR_INLINE float reel_vlog(float x)
{
    /* x = 2^k (1 + f) with 1 + f between sqrt(1/2) and sqrt(2) */
    uint32_t shifted = reel_bits_of(x) + (0x3f800000u - 0x3f3504f3u);
    float k = (float)((int32_t)(shifted >> 23) - 127);
    float f = reel_of_bits((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0f;
    /* ln(1 + f) = 2 artanh(s), s = f / (2 + f); 2 s = f - s f keeps the leading term exact */
    float s = f / (2.0f + f);
    float z = s * s;
    float p = 0.222222222f;
    p = p * z + 0.285714286f;
    p = p * z + 0.4f;
    p = p * z + 0.666666667f;
    float tail = s * (f - z * p) + k * 2.12194440e-4f;
    float y = k * 0.693359375f + (f - tail);
    return x == x ? y : x;
}

/* 1 / (1 + e^-x); 0 below -87, where the quotient would be a subnormal number, which processors
 * divide many times slower. */
REEL_VECTOR_INLINE float reel_vsigmoid(float x)
{
    float top = x > 87.0f ? 87.0f : x;
    float held = top < -87.0f ? -87.0f : top;
    float s = 1.0f / (1.0f + reel_vexp_held(-held));
    return x < -87.0f ? 0.0f : s;
}

REEL_VECTOR_INLINE float reel_vtanh(float x)
{
    float z = x * x;
    float p = -0.00566078906f;
    p = p * z + 0.0206020078f;
    p = p * z - 0.0537292301f;
    p = p * z + 0.13331329f;
    p = p * z - 0.333332783f;
    float small = x + x * z * p;
    float magnitude = reel_of_bits(reel_bits_of(x) & 0x7fffffffu);
    float large = 1.0f - 2.0f / (reel_vexp(2.0f * magnitude) + 1.0f);
    float with_sign = reel_of_bits(reel_bits_of(large) | (reel_bits_of(x) & 0x80000000u));
    return z < 0.4f ? small : with_sign;
}

/* Sine and cosine for |x| up to about 1e4 radians (absolute error 1e-7). */
REEL_VECTOR_INLINE void reel_vsincos(float x, float *sine, float *cosine)
{
    float magic = x * 0.636619772f + REEL_ROUND_MAGIC;
    float n = magic - REEL_ROUND_MAGIC;
    uint32_t quadrant = reel_bits_of(magic);
    /* x = n pi/2 + r, pi/2 in three parts */
    float r = x - n * 1.5703125f;
    r = r - n * 4.83751297e-4f;
    r = r - n * 7.54978995e-8f;
    float z = r * r;
    float s = -0.000195108392f;
    s = s * z + 0.0083321315f;
    s = s * z - 0.166666542f;
    s = r + r * z * s;
    float c = 2.4431205e-05f;
    c = c * z - 0.0013887306f;
    c = c * z + 0.0416666457f;
    c = 1.0f - (0.5f * z - z * z * c);
    float sine_magnitude = quadrant & 1u ? c : s;
    float cosine_magnitude = quadrant & 1u ? s : c;
    *sine = reel_of_bits(reel_bits_of(sine_magnitude) ^ ((quadrant & 2u) << 30));
    *cosine = reel_of_bits(reel_bits_of(cosine_magnitude) ^ (((quadrant + 1u) & 2u) << 30));
}

#endif
