/* What really happens in a scene, as JSON: the judge's reference. */
#ifndef REEL_WORLD_TRUTH_H
#define REEL_WORLD_TRUTH_H

#include "world/render.h"

#include <jansson.h>

/* An object with seed (a decimal string), seconds, aspect, place, daytime, weather,
 * actors: [{object, material, colour, size, diameter, motion, direction, pitch_hz,
 *           track: [[x, y, angle], ...] per frame, x and y of the centre in 0..1 of the frame}],
 * events: [{seconds, kind, impact, actor, x, y, strength}],
 * captions: {short, long, structured}.
 * Owned by the caller, released with json_decref(). REEL_ERR_MEMORY. */
reel_status reel_scene_truth(json_t **out, const reel_scene *scene,
                             const reel_world_format *format);

#endif
