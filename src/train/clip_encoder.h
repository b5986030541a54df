/* Both codecs together, from clips to normalised latents. */
#ifndef REEL_TRAIN_CLIP_ENCODER_H
#define REEL_TRAIN_CLIP_ENCODER_H

#include "model/audio_vae/audio_vae.h"
#include "model/video_vae/video_vae.h"
#include "reel/clip.h"

typedef struct {
    reel_video_vae video;
    reel_audio_vae audio;
    int has_audio;                       /* still images need no audio VAE */
    char video_mark[24], audio_mark[24]; /* fingerprints of the encoders; "" without */
    float *pixels, *sound;               /* of one batch */
    size_t pixel_count, sound_count;
    reel_rt rt;
    size_t rt_bytes;
} reel_clip_encoder;

/* Open video_vae.safetensors and, with_audio, audio_vae.safetensors in model_dir. Owned by the
 * caller, released with reel_clip_encoder_close(); legal on a zeroed struct. */
reel_status reel_clip_encoder_open(reel_clip_encoder *out, const char *model_dir, int with_audio);
void reel_clip_encoder_close(reel_clip_encoder *encoder);

/* `count` clips of one shape. video: [count, Fl, Hl, Wl, C], audio: [count, La, Ca] (left alone for
 * clips without sound). */
reel_status reel_clip_encoder_run(float *video, float *audio, reel_clip_encoder *encoder,
                                  const reel_clip *clips, int count);

#endif
