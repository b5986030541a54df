/* Crops of clips. */
#include "train/video_crop.h"

#include "base/error.h"
#include "base/rng.h"
#include "world/attributes.h"
#include "world/motion.h"

#include <math.h>
#include <stdlib.h>

/* Sizes of the base film by aspect; half of the clips have the first. */
static const int FRAME_SIZE[][2] = {
    { 144, 80 }, { 128, 96 }, { 112, 112 }, { 80, 144 }, { 96, 128 }
};
enum { FRAME_BYTES = 3 * 144 * 112 };

static const double NEAR_ACTOR = 0.7; /* share of windows that are laid where an actor is */
static const double REACH = 0.65;     /* of the weighted disc, in diameters of the object */

typedef struct {
    reel_scene scene;
    reel_world_format format;
    int first, left, top; /* of the window */
} window;

/* Where actor `index` is in frame `frame`, in pixels; and the radius of its disc. */
static void actor_disc(double out[3], const window *w, int index, int frame)
{
    const reel_actor *actor = &w->scene.actors[index];
    reel_pose pose = reel_motion_pose(&w->scene, index, (double)frame / REEL_VIDEO_CROP_FPS);
    double scale = w->format.width / w->scene.width; /* pixels per short side */
    out[0] = pose.x * scale;
    out[1] = pose.y * scale;
    out[2] = reel_sizes[actor->size].diameter * REACH * scale;
}

static int clamp(double value, int high)
{
    return value < 0 ? 0 : value > high ? high : (int)value;
}

static void place(window *w, const reel_video_crop *crop, reel_rng *rng)
{
    int spare_x = w->format.width - crop->width, spare_y = w->format.height - crop->height;
    w->first = reel_rng_below(rng, REEL_VIDEO_CROP_CLIP_FRAMES - crop->frames + 1);
    w->left = reel_rng_below(rng, spare_x + 1);
    w->top = reel_rng_below(rng, spare_y + 1);
    double shift_x = reel_rng_range(rng, 0.1, 0.9), shift_y = reel_rng_range(rng, 0.1, 0.9);
    if (w->scene.actor_count > 0 && reel_rng_uniform(rng) < NEAR_ACTOR) {
        double disc[3];
        actor_disc(disc, w, 0, w->first + crop->frames / 2);
        w->left = clamp(disc[0] - shift_x * crop->width, spare_x);
        w->top = clamp(disc[1] - shift_y * crop->height, spare_y);
    }
}

static void fill_weight(float *weight, const window *w, const reel_video_crop *crop, int frame)
{
    int64_t count = (int64_t)crop->height * crop->width * 3;
    for (int64_t i = 0; i < count; i++) {
        weight[i] = 1.0f;
    }
    for (int a = 0; a < w->scene.actor_count; a++) {
        double disc[3];
        actor_disc(disc, w, a, frame);
        for (int64_t i = 0; i < count; i++) {
            double x = (double)(i / 3 % crop->width + w->left) + 0.5 - disc[0];
            double y = (double)(i / 3 / crop->width + w->top) + 0.5 - disc[1];
            weight[i] = x * x + y * y < disc[2] * disc[2] ? 1.0f + crop->focus : weight[i];
        }
    }
}

/* One frame of the window; rgb: the whole frame. */
static void copy_window(float *pixels, const uint8_t *rgb, const window *w,
                        const reel_video_crop *crop)
{
    for (int y = 0; y < crop->height; y++) {
        const uint8_t *row = rgb + 3 * ((w->top + y) * w->format.width + w->left);
        for (int i = 0; i < 3 * crop->width; i++) {
            *pixels++ = (float)row[i] / 127.5f - 1.0f;
        }
    }
}

static reel_status draw_frames(float *pixels, float *weight, reel_world_renderer *renderer,
                               const reel_video_crop *crop, const window *w, uint8_t *rgb)
{
    int64_t frame_size = 3 * (int64_t)crop->width * crop->height;
    for (int f = 0; f < crop->frames; f++) {
        double seconds = (double)(w->first + f) / REEL_VIDEO_CROP_FPS;
        REEL_TRY(reel_scene_render_frame(rgb, renderer, &w->scene, &w->format, seconds));
        copy_window(pixels + f * frame_size, rgb, w, crop);
        fill_weight(weight + f * frame_size, w, crop, w->first + f);
    }
    return REEL_OK;
}

reel_status reel_video_crop_draw(float *pixels, float *weight, reel_world_renderer *renderer,
                                 const reel_video_crop *crop, uint64_t seed)
{
    reel_rng rng = reel_rng_at(seed, 0);
    const int *size = FRAME_SIZE[reel_rng_below(&rng, 2) ? reel_rng_below(&rng, 5) : 0];
    window w = { .format = { size[0], size[1], REEL_VIDEO_CROP_FPS, 1, 44100 } };
    REEL_TRY(reel_scene_sample(&w.scene, NULL, reel_rng_mix(seed, 1),
                               (double)REEL_VIDEO_CROP_CLIP_FRAMES / REEL_VIDEO_CROP_FPS,
                               (double)size[0] / size[1]));
    place(&w, crop, &rng);
    uint8_t *rgb = malloc(FRAME_BYTES);
    if (!rgb) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a frame");
    }
    reel_status status = draw_frames(pixels, weight, renderer, crop, &w, rgb);
    free(rgb);
    return status;
}

reel_status reel_video_crop_cut(float *pixels, float *weight, const reel_clip *clip,
                                const reel_video_crop *crop, uint64_t seed)
{
    if (clip->frames < crop->frames || clip->width < crop->width || clip->height < crop->height) {
        return REEL_FAIL(REEL_ERR_INVALID,
                         "the clip is %d frames of %d x %d, the crop %d of %d x %d", clip->frames,
                         clip->width, clip->height, crop->frames, crop->width, crop->height);
    }
    reel_rng rng = reel_rng_at(seed, 0);
    window w = { .format = { .width = clip->width, .height = clip->height } };
    w.first = reel_rng_below(&rng, clip->frames - crop->frames + 1);
    w.left = reel_rng_below(&rng, clip->width - crop->width + 1);
    w.top = reel_rng_below(&rng, clip->height - crop->height + 1);
    int64_t frame_size = 3 * (int64_t)crop->width * crop->height;
    for (int f = 0; f < crop->frames; f++) {
        const uint8_t *rgb = clip->rgb + 3 * (int64_t)(w.first + f) * clip->width * clip->height;
        copy_window(pixels + f * frame_size, rgb, &w, crop);
        fill_weight(weight + f * frame_size, &w, crop, 0); /* a scene without actors */
    }
    return REEL_OK;
}
