/* Clips from the film set. */
#include "base/error.h"
#include "base/rng.h"
#include "train/clip_source.h"
#include "world/caption.h"
#include "world/render.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double STILL_SECONDS = 3; /* a still image is a moment of a film this long */

typedef struct {
    reel_clip_shape shape;
    uint64_t seed;
    int workers;
    reel_world_renderer **renderer; /* [workers] */
    reel_clip *drawn;               /* [workers], memory used again */
} world_source;

static void world_close(void *self)
{
    world_source *s = self;
    for (int i = 0; s->renderer && i < s->workers; i++) {
        reel_world_renderer_free(s->renderer[i]);
    }
    for (int i = 0; s->drawn && i < s->workers; i++) {
        reel_clip_free(&s->drawn[i]);
    }
    free(s->renderer);
    free(s->drawn);
    free(s);
}

static reel_status say(reel_clip_captions *captions, const reel_scene *scene, uint64_t variant)
{
    for (int i = 0; i < REEL_CAPTIONS; i++) {
        reel_str text;
        reel_str_init(&text, sizeof captions->text[i] - 1);
        reel_status status = reel_scene_caption(&text, scene, (reel_caption_kind)i, variant);
        memcpy(captions->text[i], text.text, text.length + 1);
        reel_str_deinit(&text);
        REEL_TRY(status);
    }
    return REEL_OK;
}

/* Sound that was drawn, left then right, cut or filled with silence. */
static void copy_sound(reel_clip *to, const reel_clip *from)
{
    size_t count = (size_t)(from->samples < to->samples ? from->samples : to->samples);
    for (int c = 0; c < to->channels && c < from->channels; c++) {
        memcpy(to->pcm + c * to->samples, from->pcm + c * from->samples, count * sizeof *to->pcm);
    }
}

static reel_status world_make(void *self, int worker, int64_t index, reel_clip *clip,
                              reel_clip_captions *captions)
{
    world_source *s = self;
    const reel_clip_shape *shape = &s->shape;
    const reel_world_format format = { shape->width, shape->height, shape->fps, 1,
                                       shape->sample_rate };
    uint64_t seed = reel_rng_mix(s->seed, (uint64_t)index);
    int is_still = shape->frames == 1;
    double seconds = is_still ? STILL_SECONDS : (double)shape->frames / shape->fps;
    reel_scene scene;
    REEL_TRY(reel_scene_sample(&scene, NULL, seed, seconds,
                               (double)shape->width / (double)shape->height));
    REEL_TRY(say(captions, &scene, seed));
    if (is_still) {
        reel_rng rng = reel_rng_at(seed, 1);
        return reel_scene_render_frame(clip->rgb, s->renderer[worker], &scene, &format,
                                       reel_rng_range(&rng, 0, seconds));
    }
    reel_clip *drawn = &s->drawn[worker];
    REEL_TRY(reel_scene_render(drawn, s->renderer[worker], &scene, &format));
    if (drawn->frames != shape->frames) {
        return REEL_FAIL(REEL_ERR_INTERNAL, "world: drew %d frames, expected %d", drawn->frames,
                         shape->frames);
    }
    memcpy(clip->rgb, drawn->rgb,
           (size_t)shape->frames * (size_t)shape->width * (size_t)shape->height * 3);
    copy_sound(clip, drawn);
    return REEL_OK;
}

reel_status reel_clip_source_world(reel_clip_source *out, const reel_clip_shape *shape,
                                   uint64_t seed, int workers)
{
    world_source *s = calloc(1, sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "world: no memory");
    }
    *s = (world_source){ .shape = *shape,
                         .seed = seed,
                         .workers = workers,
                         .renderer = calloc((size_t)workers, sizeof *s->renderer),
                         .drawn = calloc((size_t)workers, sizeof *s->drawn) };
    reel_status status =
        s->renderer && s->drawn ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "world: no memory");
    for (int i = 0; status == REEL_OK && i < workers; i++) {
        status = reel_world_renderer_new(&s->renderer[i]);
    }
    if (status < 0) {
        world_close(s);
        return status;
    }
    *out = (reel_clip_source){
        .self = s, .count = INT64_MAX, .make = world_make, .close = world_close
    };
    return REEL_OK;
}
