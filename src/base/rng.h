/* Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as
 * easy as 1, 2, 3"). A number depends on (seed, sequence, index) alone, never on threads or on
 * the order of calls, so noise can be filled in parallel and resumed anywhere. */
#ifndef REEL_BASE_RNG_H
#define REEL_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* Four 32-bit numbers at position `index` of sequence (seed, sequence). */
void reel_rng_block(uint64_t seed, uint64_t sequence, uint64_t index, uint32_t out[4]);

/* A cursor on one sequence. Plain data: may be copied and saved in a checkpoint. */
typedef struct {
    uint64_t seed, sequence;
    uint64_t index; /* how many 32-bit numbers were drawn */
} reel_rng;

static inline reel_rng reel_rng_at(uint64_t seed, uint64_t sequence)
{
    return (reel_rng){ seed, sequence, 0 };
}

uint32_t reel_rng_u32(reel_rng *rng);
double reel_rng_uniform(reel_rng *rng);                        /* [0, 1) */
double reel_rng_range(reel_rng *rng, double low, double high); /* [low, high) */
int reel_rng_below(reel_rng *rng, int count);                  /* 0 .. count-1, count >= 1 */
double reel_rng_normal(reel_rng *rng);                         /* mean 0, variance 1 */

/* out[i] = normal number i of the sequence; the same whatever the number of threads. */
void reel_rng_fill_normal(float *out, size_t count, uint64_t seed, uint64_t sequence);

/* A well-mixed 64-bit hash of a and b, to derive seeds. */
uint64_t reel_rng_mix(uint64_t a, uint64_t b);

#endif
