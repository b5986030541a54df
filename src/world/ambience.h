/* The steady sound of a place, its hour and its weather: filtered noise and a few soft tones.
 *
 * Nothing in it begins suddenly, and it stays near -32 dB of full scale, so that every impact
 * stands clear of it. */
#ifndef REEL_WORLD_AMBIENCE_H
#define REEL_WORLD_AMBIENCE_H

#include "world/scene.h"

#include <stdint.h>

/* Add the ambience of the scene to left and right, [samples] each. */
void reel_ambience_add(float *left, float *right, int64_t samples, const reel_scene *scene,
                       int sample_rate);

#endif
