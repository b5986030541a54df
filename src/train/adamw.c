/* AdamW, one pass over memory. */
#include "train/adamw.h"

#include <math.h>

void reel_adamw_step(const reel_adamw_span *span, const reel_adamw_rule *rule)
{
    double n = (double)rule->step + 1.0;
    float beta1 = (float)rule->beta1, beta2 = (float)rule->beta2;
    float rest1 = (float)(1.0 - rule->beta1), rest2 = (float)(1.0 - rule->beta2);
    float keep = (float)(1.0 - rule->lr * rule->decay), scale = (float)rule->grad_scale;
    float rate = (float)(rule->lr / (1.0 - pow(rule->beta1, n)));
    float unbias = (float)(1.0 / sqrt(1.0 - pow(rule->beta2, n)));
    float eps = (float)REEL_ADAMW_EPS;
    float *restrict w = span->weight, *restrict m = span->first, *restrict v = span->second;
    const float *restrict g = span->grad;
#pragma omp simd
    for (size_t i = 0; i < span->count; i++) {
        float grad = g[i] * scale;
        m[i] = beta1 * m[i] + rest1 * grad;
        v[i] = beta2 * v[i] + rest2 * grad * grad;
        w[i] = w[i] * keep - rate * m[i] / (sqrtf(v[i]) * unbias + eps);
    }
}
