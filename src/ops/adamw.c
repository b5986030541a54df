/* The constants of a step of AdamW. */
#include "ops/adamw.h"

#include <math.h>

reel_adamw_factors reel_adamw_factors_of(const reel_adamw_args *a)
{
    double n = (double)a->step + 1.0;
    return (reel_adamw_factors){
        .beta1 = (float)a->beta1,
        .beta2 = (float)a->beta2,
        .rest1 = (float)(1.0 - a->beta1),
        .rest2 = (float)(1.0 - a->beta2),
        .keep = (float)(1.0 - a->lr * a->decay),
        .rate = (float)(a->lr / (1.0 - pow(a->beta1, n))),
        .unbias = (float)(1.0 / sqrt(1.0 - pow(a->beta2, n))),
        .eps = (float)REEL_ADAMW_EPS,
        .scale = (float)a->grad_scale,
    };
}
