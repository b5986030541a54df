/* The numbers that describe a video VAE. */
#include "model/video_vae/config.h"

#include "base/error.h"

reel_video_vae_config reel_video_vae_config_mini(void)
{
    return (reel_video_vae_config){
        .latent_channels = 12,
        .spatial_stride = 8,
        .temporal_stride = 4,
        .encoder_width = { 64, 128 },
        .encoder_blocks = { 1, 2 },
        .decoder_width = { 128, 96, 48 },
        .decoder_blocks = { 3, 2, 1 },
    };
}

reel_video_vae_config reel_video_vae_config_tiny(void)
{
    return (reel_video_vae_config){
        .latent_channels = 3,
        .spatial_stride = 4,
        .temporal_stride = 2,
        .encoder_width = { 6, 8 },
        .encoder_blocks = { 1, 1 },
        .decoder_width = { 8, 6, 4 },
        .decoder_blocks = { 1, 1, 1 },
    };
}

reel_status reel_video_vae_config_read(reel_video_vae_config *out, const json_t *object)
{
    static const char *const keys[] = { "latent_channels", "spatial_stride",
                                        "temporal_stride", "encoder_width",
                                        "encoder_blocks",  "decoder_width",
                                        "decoder_blocks",  NULL };
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&out->latent_channels, object, "latent_channels", 1, 64));
    REEL_TRY(reel_json_int(&out->spatial_stride, object, "spatial_stride", 2, 32));
    REEL_TRY(reel_json_int(&out->temporal_stride, object, "temporal_stride", 1, 8));
    REEL_TRY(reel_json_ints(out->encoder_width, 2, object, "encoder_width", 4, 1024));
    REEL_TRY(reel_json_ints(out->encoder_blocks, 2, object, "encoder_blocks", 0, 8));
    REEL_TRY(reel_json_ints(out->decoder_width, 3, object, "decoder_width", 4, 1024));
    REEL_TRY(reel_json_ints(out->decoder_blocks, 3, object, "decoder_blocks", 0, 8));
    if (out->spatial_stride % 2 != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "spatial_stride: is %d, expected an even number",
                         out->spatial_stride);
    }
    return REEL_OK;
}

json_t *reel_video_vae_config_write(const reel_video_vae_config *c)
{
    return json_pack("{s:i, s:i, s:i, s:[ii], s:[ii], s:[iii], s:[iii]}", "latent_channels",
                     c->latent_channels, "spatial_stride", c->spatial_stride, "temporal_stride",
                     c->temporal_stride, "encoder_width", c->encoder_width[0], c->encoder_width[1],
                     "encoder_blocks", c->encoder_blocks[0], c->encoder_blocks[1], "decoder_width",
                     c->decoder_width[0], c->decoder_width[1], c->decoder_width[2],
                     "decoder_blocks", c->decoder_blocks[0], c->decoder_blocks[1],
                     c->decoder_blocks[2]);
}
