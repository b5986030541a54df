/* The video VAE: a causal convolutional autoencoder of films and still images (a film of one
 * frame). See config.h for the shapes, encoder.h and decoder.h for the layers. */
#ifndef REEL_MODEL_VIDEO_VAE_H
#define REEL_MODEL_VIDEO_VAE_H

#include "model/latent_stats.h"
#include "model/posterior.h"
#include "model/video_vae/decoder.h"
#include "model/video_vae/encoder.h"

typedef struct {
    reel_video_vae_config config;
    reel_video_encoder encoder;
    reel_video_decoder decoder;
    reel_latent_stats stats;
    reel_weights weights;
} reel_video_vae;

/* Declare and allocate all weights; they are zero until loaded or randomised. Owned by the caller,
 * released with reel_video_vae_deinit(); nothing is held on failure. */
reel_status reel_video_vae_init(reel_video_vae *vae, const reel_video_vae_config *config);
void reel_video_vae_deinit(reel_video_vae *vae);

/* The same from a file written by reel_video_vae_save(). Errors name the path. */
reel_status reel_video_vae_open(reel_video_vae *vae, const char *path);
reel_status reel_video_vae_save(const reel_video_vae *vae, const char *path, reel_dtype stored);

/* pixels: [B, F, H, W, 3] in -1..1, F = 1 + n temporal_stride, H and W multiples of
 * spatial_stride. Failures of all three are sticky in rt. */
reel_posterior reel_video_vae_posterior(reel_rt *rt, const reel_video_vae *vae,
                                        reel_tensor *pixels);

/* Returns the normalised latent [B, Fl, Hl, Wl, C]: the mean, about unit variance. */
reel_tensor *reel_video_vae_encode(reel_rt *rt, const reel_video_vae *vae, reel_tensor *pixels);

/* latent: normalised. Returns pixels [B, F, H, W, 3], about -1..1, not clamped. */
reel_tensor *reel_video_vae_decode(reel_rt *rt, const reel_video_vae *vae, reel_tensor *latent);

/* The same for the next latent frames of a film in pieces (reel_video_decoder_begin()). */
reel_tensor *reel_video_vae_decode_next(reel_rt *rt, const reel_video_vae *vae, reel_tensor *latent,
                                        reel_video_decoder_memory *memory);

#endif
