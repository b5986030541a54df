/* Division by a number that the host knows, as a product and a shift (Granlund and Montgomery 1994,
 * "Division by invariant integers using multiplication"). */
#ifndef REEL_OPS_CUDA_DIVISOR_CUH
#define REEL_OPS_CUDA_DIVISOR_CUH

#include <cstdint>

struct reel_divisor {
    unsigned by, factor, shift;
};

/* by: 1 .. 2^31 - 1 */
static inline reel_divisor reel_divisor_of(int64_t by)
{
    unsigned shift = 0;
    while (((uint64_t)1 << shift) < (uint64_t)by) {
        shift++;
    }
    uint64_t excess = ((uint64_t)1 << shift) - (uint64_t)by;
    return { (unsigned)by, (unsigned)((excess << 32) / (uint64_t)by + 1), shift };
}

/* n / d, n below 2^31; n becomes the remainder. */
static __device__ inline unsigned reel_divide(unsigned &n, const reel_divisor &d)
{
    unsigned quotient = (__umulhi(n, d.factor) + n) >> d.shift;
    n -= quotient * d.by;
    return quotient;
}

#endif
