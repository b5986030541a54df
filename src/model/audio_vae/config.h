/* How an audio VAE is built: stereo sound at sample_rate, a short-time Fourier transform with a
 * frame every `hop` samples, and one latent of C channels for every frames_per_latent frames. */
#ifndef REEL_MODEL_AUDIO_VAE_CONFIG_H
#define REEL_MODEL_AUDIO_VAE_CONFIG_H

#include "base/json.h"

typedef struct {
    int latent_channels;     /* C, 1..128 */
    int sample_rate;         /* Hz, 8000..192000 */
    int window;              /* samples, a multiple of 2 hop, 8..4096 */
    int hop;                 /* samples, 2..1024 */
    int frames_per_latent;   /* 1..64 */
    int mel_bands;           /* of what the encoder hears, per channel, 2..512 */
    float mel_low, mel_high; /* Hz */
    float floor;             /* magnitude below which nothing is told apart; a sine at full scale
                                has magnitude 1 */
    int encoder_width[2], encoder_blocks[2]; /* per frame, per latent */
    int decoder_width[2], decoder_blocks[2]; /* per latent, per frame */
    int phase_iterations;                    /* of the vocoder, 0..1000 */
} reel_audio_vae_config;

/* The bundled model. */
reel_audio_vae_config reel_audio_vae_config_mini(void);
/* Small enough for a test by hand. */
reel_audio_vae_config reel_audio_vae_config_tiny(void);

/* Missing keys keep what *out holds; unknown keys and numbers out of range are REEL_ERR_FORMAT. */
reel_status reel_audio_vae_config_read(reel_audio_vae_config *out, const json_t *object);
/* Owned by the caller, released with json_decref(); NULL without memory. */
json_t *reel_audio_vae_config_write(const reel_audio_vae_config *config);

static inline int reel_audio_vae_bins(const reel_audio_vae_config *config)
{
    return config->window / 2 + 1;
}
static inline int reel_audio_vae_samples_per_latent(const reel_audio_vae_config *config)
{
    return config->hop * config->frames_per_latent;
}

#endif
