/* The sound of air: the whoosh of a flying object, the whirr of a turning one. */
#ifndef REEL_WORLD_AIR_H
#define REEL_WORLD_AIR_H

#include "world/scene.h"

#include <stdint.h>

/* Add what actor `index` stirs up to left and right, [samples] each; nothing unless it flies or
 * spins. The whoosh is loudest in the middle of the frame and moves with the object; the whirr
 * is loudest whenever the object stands upright. */
void reel_air_add(float *left, float *right, int64_t samples, const reel_scene *scene, int index,
                  int sample_rate);

#endif
