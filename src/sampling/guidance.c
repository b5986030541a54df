/* Classifier-free guidance. */
#include "sampling/guidance.h"

void reel_guidance_apply(reel_latents *cond, const reel_latents *uncond,
                         const float scale[REEL_MODALITIES])
{
    for (int m = 0; m < REEL_MODALITIES; m++) {
        for (size_t i = 0; i < cond->count[m]; i++) {
            float u = uncond->values[m][i];
            cond->values[m][i] = u + scale[m] * (cond->values[m][i] - u);
        }
    }
}
