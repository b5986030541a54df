/* Clipping the gradient by its norm (Pascanu et al. 2013). */
#ifndef REEL_TRAIN_GRAD_CLIP_H
#define REEL_TRAIN_GRAD_CLIP_H

#include "reel/status.h"

#include <stddef.h>

/* Euclidean norm of `count` values on the selected device, summed in double precision in an order
 * that does not depend on the number of threads. Not finite when any value is not. REEL_ERR_MEMORY.
 */
reel_status reel_grad_norm(double *out, const float *grad, size_t count);

/* What to multiply the gradient with so that its norm is at most `limit`; 1 when limit is 0. */
float reel_grad_clip_scale(double norm, double limit);

#endif
