/* Plain kernel that widens 16-bit values, in a form that the compiler turns into vector code. */
#include "ops/linear_half.h"

#include "ops/c/vector_math.h"

/* Exponents move by 112, the difference of the biases, through a product that denormals survive. */
static inline float of_f16(uint16_t h)
{
    const uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13, sign = (uint32_t)(h & 0x8000) << 16;
    const uint32_t scaled = reel_bits_of(reel_of_bits(magnitude) * 0x1p112f);
    const uint32_t special = magnitude >= 0x0f800000u ? 0x7f800000u : 0u; /* infinity, NaN */
    return reel_of_bits(scaled | special | sign);
}

static reel_status forward(const reel_widen_args *a)
{
    if (a->dtype == REEL_BF16) {
#pragma omp parallel for simd schedule(static) if (a->count > 65536)
        for (int64_t i = 0; i < a->count; i++) {
            a->y[i] = reel_of_bits((uint32_t)a->x[i] << 16);
        }
        return REEL_OK;
    }
#pragma omp parallel for simd schedule(static) if (a->count > 65536)
    for (int64_t i = 0; i < a->count; i++) {
        a->y[i] = of_f16(a->x[i]);
    }
    return REEL_OK;
}

const reel_widen_kernels reel_widen_c = { forward };
