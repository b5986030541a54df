/* Opening a model directory. */
#include "pipeline/model.h"

#include "base/error.h"
#include "base/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whatever is wrong inside a part that is there makes it a damaged part. */
static reel_status part_status(reel_status status, const char *path)
{
    int is_damaged = status == REEL_ERR_SHAPE || status == REEL_ERR_UNSUPPORTED ||
                     (status == REEL_ERR_NOT_FOUND && reel_file_exists(path));
    return is_damaged ? REEL_ERR_FORMAT : status;
}

static reel_status open_text_encoder(reel_model *m, const char *path)
{
    return reel_text_encoder_open(&m->text_encoder, path);
}
static reel_status open_dit(reel_model *m, const char *path)
{
    return reel_dit_open_as(&m->dit, path, m->form);
}
static reel_status open_video_vae(reel_model *m, const char *path)
{
    return reel_video_vae_open(&m->video_vae, path);
}
static reel_status open_audio_vae(reel_model *m, const char *path)
{
    return reel_audio_vae_open(&m->audio_vae, path);
}

static reel_status (*const open_part[REEL_PARTS])(reel_model *model, const char *path) = {
    [REEL_TEXT_ENCODER] = open_text_encoder,
    [REEL_DIT] = open_dit,
    [REEL_VIDEO_VAE] = open_video_vae,
    [REEL_AUDIO_VAE] = open_audio_vae,
};

static reel_status open_parts(reel_model *m, const char *dir, const reel_model_index *index)
{
    for (int i = 0; i < REEL_PARTS; i++) {
        char *path = reel_path_join(dir, index->file[i]);
        if (!path) {
            return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for a path", dir);
        }
        reel_status status = part_status(open_part[i](m, path), path);
        free(path);
        REEL_TRY(status);
    }
    return REEL_OK;
}

static reel_status expect_equal(const char *what, int found, int expected)
{
    return found == expected ? REEL_OK
                             : REEL_FAIL(REEL_ERR_FORMAT, "dit: %s is %d, the other part has %d",
                                         what, found, expected);
}

/* Sound of another rate than the transformer's would drift away from the picture. */
static reel_status check_rate(const reel_dit_config *dit, const reel_audio_vae_config *audio)
{
    double found = dit->audio_latents_per_second;
    double expected = (double)audio->sample_rate / reel_audio_vae_samples_per_latent(audio);
    return fabs(found / expected - 1.0) < 1e-4
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_FORMAT,
                           "dit: audio_latents_per_second is %g, the other part has %g", found,
                           expected);
}

static reel_status check_fit(const reel_model *m)
{
    const reel_dit_config *dit = &m->dit.config;
    REEL_TRY(
        expect_equal("video_channels", dit->video_channels, m->video_vae.config.latent_channels));
    REEL_TRY(
        expect_equal("audio_channels", dit->audio_channels, m->audio_vae.config.latent_channels));
    REEL_TRY(
        expect_equal("temporal_stride", dit->temporal_stride, m->video_vae.config.temporal_stride));
    REEL_TRY(check_rate(dit, &m->audio_vae.config));
    return expect_equal("text_width", dit->text_width, m->text_encoder.config.width);
}

static void read_geometry(reel_model *m)
{
    const reel_video_vae_config *video = &m->video_vae.config;
    const reel_audio_vae_config *audio = &m->audio_vae.config;
    m->geometry = (reel_model_geometry){
        .fps_num = (int)(m->dit.config.frames_per_second * 1000.0 + 0.5),
        .fps_den = 1000,
        .temporal_stride = video->temporal_stride,
        .spatial_stride = video->spatial_stride,
        .video_channels = video->latent_channels,
        .patch = m->dit.config.patch,
        .sample_rate = audio->sample_rate,
        .samples_per_latent = reel_audio_vae_samples_per_latent(audio),
        .audio_channels = audio->latent_channels,
    };
    if (m->geometry.fps_num % 1000 == 0) {
        m->geometry.fps_num /= 1000;
        m->geometry.fps_den = 1;
    }
}

static reel_status open_from(reel_model *m, const char *dir, const reel_model_index *index)
{
    snprintf(m->name, sizeof m->name, "%s", index->name);
    m->defaults = index->defaults;
    REEL_TRY(open_parts(m, dir, index));
    reel_status status = check_fit(m);
    if (status < 0) {
        return reel_fail_in(status, "%s", dir);
    }
    read_geometry(m);
    return REEL_OK;
}

reel_status reel_model_open(reel_model *out, const char *dir)
{
    return reel_model_open_as(out, dir, REEL_WEIGHTS_F32);
}

reel_status reel_model_open_as(reel_model *out, const char *dir, reel_weights_form form)
{
    reel_model_index index;
    *out = (reel_model){ .form = form };
    REEL_TRY(reel_model_index_open(&index, dir));
    reel_status status = open_from(out, dir, &index);
    reel_model_index_close(&index);
    if (status < 0) {
        reel_model_close(out);
    }
    return status;
}

void reel_model_close(reel_model *model)
{
    reel_text_encoder_deinit(&model->text_encoder);
    reel_dit_deinit(&model->dit);
    reel_video_vae_deinit(&model->video_vae);
    reel_audio_vae_deinit(&model->audio_vae);
    *model = (reel_model){ 0 };
}
