/* Philox4x32-10 and the distributions drawn from it. */
#include "base/rng.h"

#include <math.h>

#define TWO_PI 6.283185307179586

void reel_rng_block(uint64_t seed, uint64_t sequence, uint64_t index, uint32_t out[4])
{
    uint32_t c0 = (uint32_t)index, c1 = (uint32_t)(index >> 32);
    uint32_t c2 = (uint32_t)sequence, c3 = (uint32_t)(sequence >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0, n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

uint32_t reel_rng_u32(reel_rng *rng)
{
    uint32_t block[4];
    reel_rng_block(rng->seed, rng->sequence, rng->index / 4, block);
    return block[rng->index++ % 4];
}

double reel_rng_uniform(reel_rng *rng)
{
    uint64_t high = reel_rng_u32(rng), low = reel_rng_u32(rng);
    return (double)((high << 21) ^ (low >> 11)) * 0x1p-53;
}

double reel_rng_range(reel_rng *rng, double low, double high)
{
    return low + (high - low) * reel_rng_uniform(rng);
}

int reel_rng_below(reel_rng *rng, int count)
{
    return (int)(((uint64_t)reel_rng_u32(rng) * (uint32_t)count) >> 32);
}

/* Box and Muller 1958; u is kept off zero so that the logarithm is finite. */
static double normal_from(uint32_t a, uint32_t b, double *second)
{
    double u = ((double)a + 0.5) * 0x1p-32, angle = TWO_PI * (double)b * 0x1p-32;
    double r = sqrt(-2.0 * log(u));
    *second = r * sin(angle);
    return r * cos(angle);
}

double reel_rng_normal(reel_rng *rng)
{
    double unused;
    uint32_t a = reel_rng_u32(rng), b = reel_rng_u32(rng);
    return normal_from(a, b, &unused);
}

void reel_rng_fill_normal(float *out, size_t count, uint64_t seed, uint64_t sequence)
{
#pragma omp parallel for schedule(static) if (count > 65536)
    for (size_t block = 0; block < (count + 3) / 4; block++) {
        uint32_t bits[4];
        double n[4];
        reel_rng_block(seed, sequence, block, bits);
        n[0] = normal_from(bits[0], bits[1], &n[1]);
        n[2] = normal_from(bits[2], bits[3], &n[3]);
        for (size_t i = 0; i < 4 && 4 * block + i < count; i++) {
            out[4 * block + i] = (float)n[i];
        }
    }
}

uint64_t reel_rng_mix(uint64_t a, uint64_t b)
{
    uint32_t out[4];
    reel_rng_block(a, b, 0, out);
    return (uint64_t)out[0] << 32 | out[1];
}
