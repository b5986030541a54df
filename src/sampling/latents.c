/* Memory and noise of the latents. */
#include "sampling/latents.h"

#include "base/arena.h"
#include "base/error.h"
#include "base/rng.h"

#include <stdlib.h>

reel_status reel_latents_alloc(reel_latents *out, const size_t count[REEL_MODALITIES])
{
    *out = (reel_latents){ 0 };
    for (int m = 0; m < REEL_MODALITIES; m++) {
        out->count[m] = count[m];
        out->values[m] = count[m] ? calloc(count[m], sizeof(float)) : NULL;
        if (count[m] && !out->values[m]) {
            reel_latents_free(out);
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %zu latent values", count[m]);
        }
    }
    return REEL_OK;
}

void reel_latents_free(reel_latents *latents)
{
    for (int m = 0; m < REEL_MODALITIES; m++) {
        free(latents->values[m]);
    }
    *latents = (reel_latents){ 0 };
}

void reel_latents_fill_noise(reel_latents *latents, uint64_t seed)
{
    for (int m = 0; m < REEL_MODALITIES; m++) {
        reel_rng_fill_normal(latents->values[m], latents->count[m], seed, (uint64_t)m);
    }
}
