/* Seconds, frames, samples, latents, pixels. */
#include "pipeline/geometry.h"

#include "base/error.h"

#include <math.h>
#include <string.h>

/* Sides in tokens, and the sizes of the task API (its model page, "resolutions"). */
static const struct {
    const char *name;
    int tokens_wide, tokens_high;
    int size[3][2]; /* 480p, 720p, 1080p */
} aspects[] = {
    { "16:9", 9, 5, { { 848, 480 }, { 1280, 720 }, { 1920, 1080 } } },
    { "9:16", 5, 9, { { 480, 848 }, { 720, 1280 }, { 1080, 1920 } } },
    { "4:3", 8, 6, { { 736, 560 }, { 1088, 832 }, { 1664, 1248 } } },
    { "3:4", 6, 8, { { 560, 736 }, { 832, 1088 }, { 1248, 1664 } } },
    { "1:1", 7, 7, { { 640, 640 }, { 960, 960 }, { 1440, 1440 } } },
};
enum { ASPECTS = sizeof aspects / sizeof *aspects };

static const char *const resolutions[] = { "480p", "720p", "1080p" };

int reel_latent_frames(int frames, int stride)
{
    return 1 + (frames - 1 + stride - 1) / stride;
}

int reel_audio_latents(int64_t samples, int samples_per_latent)
{
    return (int)((samples + samples_per_latent - 1) / samples_per_latent);
}

int reel_frames_of(double seconds, int fps_num, int fps_den)
{
    int frames = (int)lround(seconds * fps_num / fps_den);
    return frames > 1 ? frames : 1;
}

static reel_status find_size(reel_geometry *g, const reel_model_geometry *model, const char *aspect,
                             const char *resolution)
{
    for (int a = 0; a < ASPECTS; a++) {
        if (strcmp(aspect, aspects[a].name) != 0) {
            continue;
        }
        int side = model->spatial_stride * model->patch;
        g->width = g->out_width = aspects[a].tokens_wide * side;
        g->height = g->out_height = aspects[a].tokens_high * side;
        if (strcmp(resolution, "base") == 0) {
            return REEL_OK;
        }
        for (int r = 0; r < 3; r++) {
            if (strcmp(resolution, resolutions[r]) == 0) {
                g->out_width = aspects[a].size[r][0];
                g->out_height = aspects[a].size[r][1];
                return REEL_OK;
            }
        }
        return REEL_FAIL(REEL_ERR_INVALID,
                         "resolution: is \"%s\", expected base, 480p, 720p or 1080p", resolution);
    }
    return REEL_FAIL(REEL_ERR_INVALID, "aspect: is \"%s\", expected 16:9, 9:16, 4:3, 3:4 or 1:1",
                     aspect);
}

reel_status reel_geometry_build(reel_geometry *out, const reel_model_geometry *model,
                                double seconds, const char *aspect, const char *resolution)
{
    *out = (reel_geometry){ .seconds = seconds };
    if (!(seconds >= 3.0 && seconds <= 15.0)) {
        return REEL_FAIL(REEL_ERR_INVALID, "seconds: is %g, expected 3 to 15", seconds);
    }
    REEL_TRY(find_size(out, model, aspect ? aspect : "(none)", resolution ? resolution : "(none)"));
    out->kept_frames = reel_frames_of(seconds, model->fps_num, model->fps_den);
    out->latent_frames = reel_latent_frames(out->kept_frames, model->temporal_stride);
    out->frames = 1 + (out->latent_frames - 1) * model->temporal_stride;
    out->latent_height = out->height / model->spatial_stride;
    out->latent_width = out->width / model->spatial_stride;
    out->samples = (int64_t)llround(seconds * model->sample_rate);
    out->audio_latents = reel_audio_latents(out->samples, model->samples_per_latent);
    return REEL_OK;
}
