/* The numbers that describe an audio VAE. */
#include "model/audio_vae/config.h"

#include "base/error.h"

reel_audio_vae_config reel_audio_vae_config_mini(void)
{
    return (reel_audio_vae_config){
        .latent_channels = 32,
        .sample_rate = 44100,
        .window = 1024,
        .hop = 256,
        .frames_per_latent = 8,
        .mel_bands = 80,
        .mel_low = 30,
        .mel_high = 20000,
        .floor = 1e-4f,
        .encoder_width = { 128, 256 },
        .encoder_blocks = { 2, 2 },
        .decoder_width = { 256, 192 },
        .decoder_blocks = { 2, 3 },
        .phase_iterations = 8,
    };
}

reel_audio_vae_config reel_audio_vae_config_tiny(void)
{
    return (reel_audio_vae_config){
        .latent_channels = 3,
        .sample_rate = 8000,
        .window = 16,
        .hop = 4,
        .frames_per_latent = 2,
        .mel_bands = 4,
        .mel_low = 100,
        .mel_high = 4000,
        .floor = 1e-2f,
        .encoder_width = { 6, 8 },
        .encoder_blocks = { 1, 1 },
        .decoder_width = { 8, 6 },
        .decoder_blocks = { 1, 1 },
        .phase_iterations = 4,
    };
}

static reel_status check(const reel_audio_vae_config *c)
{
    if (c->window % (2 * c->hop) != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "window: is %d, expected a multiple of twice hop (%d)",
                         c->window, c->hop);
    }
    if (c->mel_high <= c->mel_low || c->mel_high > (float)c->sample_rate / 2) {
        return REEL_FAIL(REEL_ERR_FORMAT, "mel_high: is %g, expected above mel_low, up to %d",
                         (double)c->mel_high, c->sample_rate / 2);
    }
    return REEL_OK;
}

reel_status reel_audio_vae_config_read(reel_audio_vae_config *out, const json_t *object)
{
    static const char *const keys[] = { "latent_channels",
                                        "sample_rate",
                                        "window",
                                        "hop",
                                        "frames_per_latent",
                                        "mel_bands",
                                        "mel_low",
                                        "mel_high",
                                        "floor",
                                        "encoder_width",
                                        "encoder_blocks",
                                        "decoder_width",
                                        "decoder_blocks",
                                        "phase_iterations",
                                        NULL };
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&out->latent_channels, object, "latent_channels", 1, 128));
    REEL_TRY(reel_json_int(&out->sample_rate, object, "sample_rate", 8000, 192000));
    REEL_TRY(reel_json_int(&out->window, object, "window", 8, 4096));
    REEL_TRY(reel_json_int(&out->hop, object, "hop", 2, 1024));
    REEL_TRY(reel_json_int(&out->frames_per_latent, object, "frames_per_latent", 1, 64));
    REEL_TRY(reel_json_int(&out->mel_bands, object, "mel_bands", 2, 512));
    REEL_TRY(reel_json_float(&out->mel_low, object, "mel_low", 0, 96000));
    REEL_TRY(reel_json_float(&out->mel_high, object, "mel_high", 0, 96000));
    REEL_TRY(reel_json_float(&out->floor, object, "floor", 1e-6, 0.1));
    REEL_TRY(reel_json_ints(out->encoder_width, 2, object, "encoder_width", 4, 2048));
    REEL_TRY(reel_json_ints(out->encoder_blocks, 2, object, "encoder_blocks", 0, 8));
    REEL_TRY(reel_json_ints(out->decoder_width, 2, object, "decoder_width", 4, 2048));
    REEL_TRY(reel_json_ints(out->decoder_blocks, 2, object, "decoder_blocks", 0, 8));
    REEL_TRY(reel_json_int(&out->phase_iterations, object, "phase_iterations", 0, 1000));
    return check(out);
}

json_t *reel_audio_vae_config_write(const reel_audio_vae_config *c)
{
    json_t *object = json_pack(
        "{s:i, s:i, s:i, s:i, s:i, s:i, s:f, s:f, s:f, s:i}", "latent_channels", c->latent_channels,
        "sample_rate", c->sample_rate, "window", c->window, "hop", c->hop, "frames_per_latent",
        c->frames_per_latent, "mel_bands", c->mel_bands, "mel_low", (double)c->mel_low, "mel_high",
        (double)c->mel_high, "floor", (double)c->floor, "phase_iterations", c->phase_iterations);
    json_t *layers =
        json_pack("{s:[ii], s:[ii], s:[ii], s:[ii]}", "encoder_width", c->encoder_width[0],
                  c->encoder_width[1], "encoder_blocks", c->encoder_blocks[0], c->encoder_blocks[1],
                  "decoder_width", c->decoder_width[0], c->decoder_width[1], "decoder_blocks",
                  c->decoder_blocks[0], c->decoder_blocks[1]);
    if (!object || !layers || json_object_update(object, layers) < 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(layers);
    return object;
}
