/* What a two-tower diffusion transformer looks like: read from the checkpoint's metadata. */
#ifndef REEL_MODEL_DIT_CONFIG_H
#define REEL_MODEL_DIT_CONFIG_H

#include "reel/status.h"

#include <jansson.h>

enum { REEL_DIT_MAX_HEADS = 64, REEL_DIT_MAX_BLOCKS = 128, REEL_DIT_MAX_CHANNELS = 1024 };

/* JSON keys are the field names. Both towers have the same sizes. */
typedef struct {
    int width;                       /* D, a multiple of 2 * heads */
    int heads;                       /* H; the head dimension is K = D / H */
    int text_width;                  /* Dt, what the text encoder gives */
    int mlp_ratio;                   /* hidden width of the feed-forward over D */
    int dual_blocks, single_blocks;  /* M, then N */
    int video_channels;              /* C of the video latent */
    int audio_channels;              /* Ca of the audio latent */
    int patch;                       /* latent cells per token side: a token is 1 x patch x patch */
    double frames_per_second;        /* of the pixels that the video latent stands for */
    int temporal_stride;             /* pixel frames per latent frame; the first stands alone */
    double audio_latents_per_second; /* sample rate / samples per latent */

    int rope_split[3];      /* time, height, width dimensions of a head; they sum to K, all even */
    double rope_base;       /* wavelengths grow geometrically from 2 pi to 2 pi * base */
    double rope_video_rate; /* position units per second: video self-attention */
    double rope_audio_rate; /* audio self-attention */
    double rope_cross_rate; /* A<->V cross-attention */
    double rope_space_rate; /* position units per short side of the frame */
    int position_frequencies; /* sine and cosine pairs per axis of the absolute position features */

    int text_cross_attention; /* 1: every block reads the text again by cross-attention */
    int av_cross_attention;   /* 1: every block couples the towers by cross-attention */
    int av_sigma_count;       /* heads with a time bias: 0 or `heads` */
    double av_sigma[REEL_DIT_MAX_HEADS]; /* seconds, width of the Gaussian per head */

    int time_alignment;     /* 1: every block has the frame-aligned feature path */
    int alignment_heads;    /* of the pooling over a latent frame */
    int alignment_features; /* per pixel frame */

    int velocity_skip; /* 1: the network learns what the linear estimate of the velocity leaves */
    int video_std_count, audio_std_count;    /* 0, or the channels of that latent */
    double video_std[REEL_DIT_MAX_CHANNELS]; /* deviation of each channel over the data; none: 1 */
    double audio_std[REEL_DIT_MAX_CHANNELS];
} reel_dit_config;

/* The bundled model's sizes. */
reel_dit_config reel_dit_config_mini(void);
/* D = 16, one block of each kind: for tests. */
reel_dit_config reel_dit_config_tiny(void);

/* Keys that are absent keep the values of `mini`. REEL_ERR_FORMAT names an unknown key, a value
 * out of range or sizes that do not fit together. */
reel_status reel_dit_config_read(reel_dit_config *out, const json_t *object);

/* Owned by the caller, released with json_decref(). NULL without memory. */
json_t *reel_dit_config_write(const reel_dit_config *config);

/* REEL_ERR_FORMAT if the sizes do not fit together. */
reel_status reel_dit_config_check(const reel_dit_config *config);

#endif
