/* What falls or drifts in front of the scene: few, large, half-transparent things.
 *
 * The pattern of drops, flakes and leaves is the same in every clip; the seed only chooses when
 * the clip starts in it. A small network can learn one pattern, not a new one per clip. */
#ifndef REEL_WORLD_WEATHER_H
#define REEL_WORLD_WEATHER_H

#include "world/raster.h"
#include "world/scene.h"

/* Nothing when the scene's weather is none. */
void reel_weather_draw(reel_canvas *canvas, const reel_scene *scene, double seconds);

#endif
