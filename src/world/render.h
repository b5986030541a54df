/* From a scene to a clip: pictures and sound on one clock. */
#ifndef REEL_WORLD_RENDER_H
#define REEL_WORLD_RENDER_H

#include "reel/clip.h"
#include "world/scene.h"

typedef struct {
    int width, height; /* pixels, 16..4096 each, within 10 % of the scene's aspect */
    int fps_num, fps_den;
    int sample_rate; /* 8000..192000; the sound is stereo */
} reel_world_format;

/* 144 x 80 at 16 frames per second, 44100 Hz. */
#define REEL_WORLD_FORMAT_BASE                                                                     \
    {                                                                                              \
        144, 80, 16, 1, 44100                                                                      \
    }

/* Keeps the backdrops of one frame size. One thread at a time; give each thread its own. The
 * output depends on scene and format alone, never on what was rendered before.
 * Owned by the caller, released with reel_world_renderer_free(). REEL_ERR_MEMORY. */
typedef struct reel_world_renderer reel_world_renderer;
reel_status reel_world_renderer_new(reel_world_renderer **out);
void reel_world_renderer_free(reel_world_renderer *renderer);

/* `out` is zeroed or holds a clip: its memory is used again where the sizes are the same, else
 * replaced. Frames: round(seconds * fps), at least 1; samples: round(seconds * sample_rate).
 * REEL_ERR_INVALID for a format out of range; on failure `out` is freed. */
reel_status reel_scene_render(reel_clip *out, reel_world_renderer *renderer,
                              const reel_scene *scene, const reel_world_format *format);
/* Without sound: out->pcm is NULL and out->samples 0. */
reel_status reel_scene_render_video(reel_clip *out, reel_world_renderer *renderer,
                                    const reel_scene *scene, const reel_world_format *format);
/* Without pictures: out->rgb is NULL and out->frames 0. */
reel_status reel_scene_render_sound(reel_clip *out, reel_world_renderer *renderer,
                                    const reel_scene *scene, const reel_world_format *format);

/* The picture at one instant into rgb, u8 [height, width, 3], borrowed. */
reel_status reel_scene_render_frame(uint8_t *rgb, reel_world_renderer *renderer,
                                    const reel_scene *scene, const reel_world_format *format,
                                    double seconds);

#endif
