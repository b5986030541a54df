/* The soundtrack of a scene: impacts, the air round moving objects, and the ambience. */
#ifndef REEL_WORLD_SOUND_H
#define REEL_WORLD_SOUND_H

#include "reel/status.h"
#include "world/scene.h"

#include <stdint.h>

enum { REEL_SOUND_EVENTS = 1, REEL_SOUND_AMBIENCE = 2, REEL_SOUND_ALL = 3 };

/* Fill pcm, f32 [2, samples] (left, right). An impact at t seconds begins at sample
 * round(t * sample_rate), its first sample being the first that is not silent; it is placed by
 * equal power between the speakers by its x on screen. The peak is below 1, the first and last
 * 5 ms are faded. `layers` says which layers sound: REEL_SOUND_... together. REEL_ERR_MEMORY. */
reel_status reel_sound_render(float *pcm, const reel_scene *scene, int sample_rate, int64_t samples,
                              int layers);

#endif
