/* Drawing tasks as noise levels and masks. */
#include "train/task_mix.h"

#include "base/error.h"

#include <math.h>

reel_task_mix reel_task_mix_default(void)
{
    return (reel_task_mix){
        .independent = 0.25,
        .video_given = 0.20,
        .audio_given = 0.15,
        .first_frame = 0.10,
        .first_last = 0.03,
        .key_frames = 0.02,
        .extension = 0.05,
        .inpaint = 0.03,
    };
}

reel_status reel_task_mix_read(reel_task_mix *mix, const json_t *object)
{
    static const char *const keys[] = { "independent", "video_given", "audio_given",
                                        "first_frame", "first_last",  "key_frames",
                                        "extension",   "inpaint",     NULL };
    double *const values[] = { &mix->independent, &mix->video_given, &mix->audio_given,
                               &mix->first_frame, &mix->first_last,  &mix->key_frames,
                               &mix->extension,   &mix->inpaint };
    REEL_TRY(reel_json_only(object, keys));
    for (int i = 0; keys[i]; i++) {
        REEL_TRY(reel_json_double(values[i], object, keys[i], 0, 1));
    }
    if (mix->independent + mix->video_given + mix->audio_given > 1.0 + 1e-9) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "independent + video_given + audio_given: are over 1 together");
    }
    double parts =
        mix->first_frame + mix->first_last + mix->key_frames + mix->extension + mix->inpaint;
    return parts > 1.0 + 1e-9
               ? REEL_FAIL(REEL_ERR_FORMAT, "first_frame ... inpaint: are over 1 together")
               : REEL_OK;
}

static void fill(float *mask, int count, float value)
{
    for (int i = 0; i < count; i++) {
        mask[i] = value;
    }
}

static void give_frame(float *mask, const reel_task_shape *s, int frame)
{
    int cells = s->latent_height * s->latent_width;
    fill(mask + frame * cells, cells, 1.0f);
}

/* Keep everything but a box of a third of the sides to all of them. */
static void give_all_but_a_box(float *mask, const reel_task_shape *s, reel_rng *rng)
{
    int height = s->latent_height, width = s->latent_width;
    int h = (height + 2) / 3 + reel_rng_below(rng, height - (height + 2) / 3 + 1);
    int w = (width + 2) / 3 + reel_rng_below(rng, width - (width + 2) / 3 + 1);
    int top = reel_rng_below(rng, height - h + 1), left = reel_rng_below(rng, width - w + 1);
    for (int i = 0; i < s->latent_frames * height * width; i++) {
        int y = i / width % height, x = i % width;
        mask[i] = y >= top && y < top + h && x >= left && x < left + w ? 0.0f : 1.0f;
    }
}

/* The first `frames` latent frames, and the sound that ends before they do. */
static void give_beginning(float *video_mask, float *audio_mask, const reel_task_shape *s,
                           int frames)
{
    for (int f = 0; f < frames; f++) {
        give_frame(video_mask, s, f);
    }
    double seconds = s->first_seconds + (frames - 1) * s->frame_seconds;
    int sounds = (int)floor(seconds * s->audio_latents_per_second);
    fill(audio_mask, sounds < s->audio_latents ? sounds : s->audio_latents, 1.0f);
}

static void give_parts(float *video_mask, float *audio_mask, const reel_task_shape *s,
                       const reel_task_mix *mix, reel_rng *rng)
{
    double u = reel_rng_uniform(rng);
    int last = s->latent_frames - 1;
    if ((u -= mix->inpaint) < 0) {
        give_all_but_a_box(video_mask, s, rng);
    } else if (last < 1) {
        return; /* a still image has no time to give parts of */
    } else if ((u -= mix->first_frame) < 0) {
        give_frame(video_mask, s, 0);
    } else if ((u -= mix->first_last) < 0) {
        give_frame(video_mask, s, 0);
        give_frame(video_mask, s, last);
    } else if ((u -= mix->key_frames) < 0) {
        for (int n = 1 + reel_rng_below(rng, 3); n > 0; n--) {
            give_frame(video_mask, s, reel_rng_below(rng, last + 1));
        }
    } else if (u - mix->extension < 0) {
        give_beginning(video_mask, audio_mask, s, 1 + reel_rng_below(rng, last));
    }
}

void reel_task_draw(double sigma[2], float *video_mask, float *audio_mask, const reel_task_shape *s,
                    const reel_task_mix *mix, const reel_sigma_mix *sigmas, reel_rng *rng)
{
    int cells = s->latent_frames * s->latent_height * s->latent_width;
    int is_joint = cells > 0 && s->audio_latents > 0;
    double u = reel_rng_uniform(rng);
    sigma[0] = reel_sigma_sample(sigmas, rng);
    sigma[1] = reel_sigma_sample(sigmas, rng);
    fill(video_mask, cells, 0.0f);
    fill(audio_mask, s->audio_latents, 0.0f);
    if (is_joint && u < mix->video_given) {
        sigma[0] = 0;
        fill(video_mask, cells, 1.0f);
        return;
    }
    if (is_joint && u < mix->video_given + mix->audio_given) {
        sigma[1] = 0;
        fill(audio_mask, s->audio_latents, 1.0f);
    } else if (is_joint && u >= mix->video_given + mix->audio_given + mix->independent) {
        sigma[1] = sigma[0];
    }
    if (cells > 0) {
        /* sound that is given stays given: the beginning of it is no less */
        give_parts(video_mask, audio_mask, s, mix, rng);
    }
}
