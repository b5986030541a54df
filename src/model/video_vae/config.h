/* How a video VAE is built.
 *
 * Pixels [B, F, H, W, 3] and latents [B, Fl, Hl, Wl, C] meet at three resolutions:
 *     fine    (H, W) / (spatial_stride / 2), one step per latent frame
 *     coarse  (H, W) / spatial_stride,       one step per latent frame
 *     frame   (H, W) / (spatial_stride / 2), one step per pixel frame (decoder only)
 * The first frame is a latent frame of its own, then every temporal_stride frames make one:
 * Fl = 1 + (F - 1) / temporal_stride. */
#ifndef REEL_MODEL_VIDEO_VAE_CONFIG_H
#define REEL_MODEL_VIDEO_VAE_CONFIG_H

#include "base/json.h"

typedef struct {
    int latent_channels;                     /* C, 1..64 */
    int spatial_stride;                      /* even, 2..32 */
    int temporal_stride;                     /* 1..8 */
    int encoder_width[2], encoder_blocks[2]; /* fine, coarse; widths 4..1024, blocks 0..8 */
    int decoder_width[3], decoder_blocks[3]; /* coarse, fine, frame */
} reel_video_vae_config;

/* The bundled model. */
reel_video_vae_config reel_video_vae_config_mini(void);
/* Small enough for a test by hand. */
reel_video_vae_config reel_video_vae_config_tiny(void);

/* Missing keys keep what *out holds; unknown keys and numbers out of range are REEL_ERR_FORMAT. */
reel_status reel_video_vae_config_read(reel_video_vae_config *out, const json_t *object);
/* Owned by the caller, released with json_decref(); NULL without memory. */
json_t *reel_video_vae_config_write(const reel_video_vae_config *config);

#endif
