/* A product of two matrices whose result is known to be symmetric, at half the work: what Muon's
 * polynomials of one Gram matrix are made of.
 *
 *     out = scale a b + add_scale add + diagonal I
 *
 * Only what is on and below the diagonal is computed, then mirrored, so that the result is
 * symmetric to the last bit. Sums run in order of the inner dimension. */
#ifndef REEL_OPS_C_SYMMETRIC_PRODUCT_H
#define REEL_OPS_C_SYMMETRIC_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

/* How a factor lies in memory: element (i, k) is at data[i * outer + k * inner], i in 0..side and
 * k in 0..depth. b is given by its columns: (j, k) is b's row k, column j. */
typedef struct {
    const float *data;
    int64_t outer, inner;
} reel_symmetric_factor;

typedef struct {
    float *out; /* [side, side]; neither a nor b, may be `add` */
    reel_symmetric_factor a, b;
    const float *add; /* [side, side], symmetric; or NULL */
    int64_t side, depth;
    float scale, add_scale, diagonal;
} reel_symmetric_product_args;

/* Floats of scratch memory. */
size_t reel_symmetric_product_scratch(int64_t side, int64_t depth);

/* Runs on the calling thread. */
void reel_symmetric_product(const reel_symmetric_product_args *args, float *scratch);

#endif
