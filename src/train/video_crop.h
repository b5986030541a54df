/* Crops, what the video VAE is trained on: some consecutive frames of one window of a clip, of the
 * film set (in the sizes of the base film) or of another clip. */
#ifndef REEL_TRAIN_VIDEO_CROP_H
#define REEL_TRAIN_VIDEO_CROP_H

#include "world/render.h"

enum {
    REEL_VIDEO_CROP_FPS = 16,
    REEL_VIDEO_CROP_CLIP_FRAMES = 49, /* of the clip that a crop is taken from */
    REEL_VIDEO_CROP_SIDE_MAX = 80     /* fits into every size of the base film */
};

typedef struct {
    int frames, height, width; /* up to the limits above */
    float focus;               /* >= 0 */
} reel_video_crop;

/* pixels, weight: [frames, height, width, 3], filled; a function of crop and seed alone. Pixels are
 * in -1..1; weight is 1, and 1 + focus around actors. Most windows are laid where an actor is. */
reel_status reel_video_crop_draw(float *pixels, float *weight, reel_world_renderer *renderer,
                                 const reel_video_crop *crop, uint64_t seed);

/* The same from a clip of which no actors are known: any window of it, every weight 1.
 * REEL_ERR_INVALID when the clip is smaller than the crop. */
reel_status reel_video_crop_cut(float *pixels, float *weight, const reel_clip *clip,
                                const reel_video_crop *crop, uint64_t seed);

#endif
