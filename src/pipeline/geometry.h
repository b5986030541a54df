/* All arithmetic between seconds, frames, samples, latents and pixels. Pure functions. */
#ifndef REEL_PIPELINE_GEOMETRY_H
#define REEL_PIPELINE_GEOMETRY_H

#include "reel/status.h"

#include <stdint.h>

/* What the parts of a model fix; read from their configs. */
typedef struct {
    int fps_num, fps_den;   /* of the base film */
    int temporal_stride;    /* frames per latent frame after the first */
    int spatial_stride;     /* pixels per latent cell */
    int video_channels;     /* Cv */
    int patch;              /* latent cells per token side */
    int sample_rate;        /* Hz */
    int samples_per_latent; /* per channel */
    int audio_channels;     /* Ca, latent channels */
} reel_model_geometry;

/* One film. */
typedef struct {
    double seconds;            /* as asked, 3 .. 15 */
    int frames, width, height; /* base film made by the VAE: F = 1 + stride * n */
    int kept_frames;           /* frames of the finished film, <= frames */
    int latent_frames, latent_height, latent_width;
    int64_t samples; /* per channel of the finished film */
    int audio_latents;
    int out_width, out_height; /* finished film */
} reel_geometry;

/* Geometry of a request. Fails with REEL_ERR_INVALID naming `seconds`, `aspect` or `resolution`.
 *
 * The base frame has about 45 tokens in the bundled model: its sides are whole tokens whose ratio
 * is nearest to the aspect (16:9 is 9 x 5 tokens, 144 x 80 pixels); it is scaled to cover the
 * asked frame and cropped by under 2 %. */
reel_status reel_geometry_build(reel_geometry *out, const reel_model_geometry *model,
                                double seconds, const char *aspect, const char *resolution);

/* Number of latent frames of `frames` pixel frames: the first alone, then groups of `stride`. */
int reel_latent_frames(int frames, int stride);

/* Latents that cover `samples`, rounded up. */
int reel_audio_latents(int64_t samples, int samples_per_latent);

/* Frames shown within `seconds`, at least one. */
int reel_frames_of(double seconds, int fps_num, int fps_den);

#endif
