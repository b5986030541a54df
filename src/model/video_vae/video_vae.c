/* The video VAE as a part of a model. */
#include "model/video_vae/video_vae.h"

#include "base/error.h"
#include "model/part.h"

static const char PART[] = "video_vae";

reel_status reel_video_vae_init(reel_video_vae *vae, const reel_video_vae_config *config)
{
    *vae = (reel_video_vae){ .config = *config };
    reel_weights_init_set(&vae->weights);
    reel_video_encoder_declare(&vae->weights, &vae->encoder, config);
    reel_video_decoder_declare(&vae->weights, &vae->decoder, config);
    reel_latent_stats_declare(&vae->weights, &vae->stats, config->latent_channels);
    reel_status status = reel_weights_alloc(&vae->weights);
    if (status < 0) {
        reel_video_vae_deinit(vae);
        return status;
    }
    return REEL_OK;
}

void reel_video_vae_deinit(reel_video_vae *vae)
{
    reel_weights_deinit(&vae->weights);
    *vae = (reel_video_vae){ 0 };
}

static reel_status open_weights(reel_video_vae *vae, const json_t *object, reel_safetensors *file)
{
    reel_video_vae_config config = reel_video_vae_config_mini();
    REEL_TRY(reel_video_vae_config_read(&config, object));
    REEL_TRY(reel_video_vae_init(vae, &config));
    reel_status status = reel_weights_load(&vae->weights, file);
    status = status < 0 ? status : reel_latent_stats_check(&vae->weights, &vae->stats);
    if (status < 0) {
        reel_video_vae_deinit(vae);
    }
    return status;
}

reel_status reel_video_vae_open(reel_video_vae *vae, const char *path)
{
    reel_safetensors file;
    json_t *config = NULL;
    *vae = (reel_video_vae){ 0 };
    REEL_TRY(reel_part_open(&file, &config, path, PART));
    reel_status status = open_weights(vae, config, &file);
    json_decref(config);
    reel_safetensors_close(&file);
    return status < 0 ? reel_fail_in(status, "%s", path) : REEL_OK;
}

reel_status reel_video_vae_save(const reel_video_vae *vae, const char *path, reel_dtype stored)
{
    return reel_part_save(&vae->weights, path, PART, reel_video_vae_config_write(&vae->config),
                          stored);
}

reel_posterior reel_video_vae_posterior(reel_rt *rt, const reel_video_vae *vae, reel_tensor *pixels)
{
    return reel_posterior_from(rt,
                               reel_video_encoder_forward(rt, &vae->encoder, &vae->config, pixels));
}

reel_tensor *reel_video_vae_encode(reel_rt *rt, const reel_video_vae *vae, reel_tensor *pixels)
{
    return reel_latent_normalise(rt, &vae->stats, reel_video_vae_posterior(rt, vae, pixels).mean);
}

reel_tensor *reel_video_vae_decode(reel_rt *rt, const reel_video_vae *vae, reel_tensor *latent)
{
    latent = reel_latent_denormalise(rt, &vae->stats, latent);
    return reel_video_decoder_forward(rt, &vae->decoder, &vae->config, latent);
}

reel_tensor *reel_video_vae_decode_next(reel_rt *rt, const reel_video_vae *vae, reel_tensor *latent,
                                        reel_video_decoder_memory *memory)
{
    latent = reel_latent_denormalise(rt, &vae->stats, latent);
    return reel_video_decoder_continue(rt, &vae->decoder, &vae->config, latent, memory);
}
