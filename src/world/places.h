/* The backdrops: five places by day and by night, always the same for the same frame size. */
#ifndef REEL_WORLD_PLACES_H
#define REEL_WORLD_PLACES_H

#include "reel/status.h"
#include "world/scene.h"
#include "world/stage.h"

/* Paint place and daytime of the scene into rgb, u8 [height, width, 3], the scene's frame
 * stretched over it. REEL_ERR_MEMORY. */
reel_status reel_place_draw(uint8_t *rgb, const reel_scene *scene, int width, int height);

/* One file each. */
void reel_place_meadow(const reel_stage *stage);
void reel_place_beach(const reel_stage *stage);
void reel_place_street(const reel_stage *stage);
void reel_place_room(const reel_stage *stage);
void reel_place_desert(const reel_stage *stage);

#endif
