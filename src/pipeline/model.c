/* Opening a model directory. */
#include "pipeline/model.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The path of a part. It must lie in the directory: model.json may come from a stranger. */
static reel_status part_path(char **out, const char *dir, const json_t *parts, const char *part)
{
    const char *name = NULL;
    REEL_TRY(reel_json_string(&name, parts, part));
    if (!name) {
        return REEL_FAIL(REEL_ERR_FORMAT, "parts: %s is missing", part);
    }
    if (!*name || name[0] == '.' || strchr(name, '/')) {
        return REEL_FAIL(REEL_ERR_FORMAT, "parts: %s: \"%s\" is no plain file name", part, name);
    }
    *out = reel_path_join(dir, name);
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
}

static reel_status open_text_encoder(reel_model *m, const char *path)
{
    return reel_text_encoder_open(&m->text_encoder, path);
}
static reel_status open_dit(reel_model *m, const char *path)
{
    return reel_dit_open(&m->dit, path);
}
static reel_status open_video_vae(reel_model *m, const char *path)
{
    return reel_video_vae_open(&m->video_vae, path);
}
static reel_status open_audio_vae(reel_model *m, const char *path)
{
    return reel_audio_vae_open(&m->audio_vae, path);
}

static const struct {
    const char *name;
    reel_status (*open)(reel_model *model, const char *path);
} parts[] = {
    { "text_encoder", open_text_encoder },
    { "dit", open_dit },
    { "video_vae", open_video_vae },
    { "audio_vae", open_audio_vae },
};

static reel_status open_parts(reel_model *m, const char *dir, const json_t *names)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char *path = NULL;
        REEL_TRY(part_path(&path, dir, names, parts[i].name));
        reel_status status = parts[i].open(m, path);
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

static reel_status check_fit(const reel_model *m)
{
    const reel_dit_config *dit = &m->dit.config;
    REEL_TRY(
        expect_equal("video_channels", dit->video_channels, m->video_vae.config.latent_channels));
    REEL_TRY(
        expect_equal("audio_channels", dit->audio_channels, m->audio_vae.config.latent_channels));
    REEL_TRY(
        expect_equal("temporal_stride", dit->temporal_stride, m->video_vae.config.temporal_stride));
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

static reel_status read_defaults(reel_model_defaults *d, const json_t *object)
{
    *d = (reel_model_defaults){ .steps = 30, .guidance = { 3, 2 }, .shift = { 1, 1 } };
    if (!object) {
        return REEL_OK;
    }
    static const char *const keys[] = { "steps",       "cfg_video",   "cfg_audio",
                                        "shift_video", "shift_audio", NULL };
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&d->steps, object, "steps", 1, 1000));
    REEL_TRY(reel_json_float(&d->guidance[0], object, "cfg_video", 0, 100));
    REEL_TRY(reel_json_float(&d->guidance[1], object, "cfg_audio", 0, 100));
    REEL_TRY(reel_json_double(&d->shift[0], object, "shift_video", 0.01, 100));
    return reel_json_double(&d->shift[1], object, "shift_audio", 0.01, 100);
}

static reel_status open_from(reel_model *m, const char *dir, const json_t *document)
{
    const char *name = "model", *version = "";
    REEL_TRY(reel_json_string(&name, document, "name"));
    REEL_TRY(reel_json_string(&version, document, "version"));
    snprintf(m->name, sizeof m->name, "%.40s%s%.20s", name, *version ? " " : "", version);
    const json_t *names = json_object_get(document, "parts");
    if (!json_is_object(names)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "parts: is missing, expected an object of file names");
    }
    REEL_TRY(read_defaults(&m->defaults, json_object_get(document, "defaults")));
    REEL_TRY(open_parts(m, dir, names));
    REEL_TRY(check_fit(m));
    read_geometry(m);
    return REEL_OK;
}

reel_status reel_model_open(reel_model *out, const char *dir)
{
    *out = (reel_model){ 0 };
    char *path = reel_path_join(dir, "model.json");
    json_t *document = NULL;
    reel_status status =
        path ? reel_json_load(&document, path) : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    if (status == REEL_OK) {
        status = open_from(out, dir, document);
        if (status == REEL_ERR_FORMAT) {
            reel_fail_in(status, "%s", dir);
        }
    }
    json_decref(document);
    free(path);
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
