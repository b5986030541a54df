/* The condition where nothing is given: the latents of a black film and of silence. Training and
 * generation both take them from here. */
#ifndef REEL_PIPELINE_BLANK_H
#define REEL_PIPELINE_BLANK_H

#include "model/audio_vae/audio_vae.h"
#include "model/video_vae/video_vae.h"

/* out: [latent_frames, height / stride, width / stride, C] values of a black film of
 * 1 + (latent_frames - 1) * temporal_stride frames; width and height in pixels. */
reel_status reel_blank_video(float *out, const reel_video_vae *vae, int latent_frames, int width,
                             int height);

/* out: [latents, Ca] values of silence. */
reel_status reel_blank_audio(float *out, const reel_audio_vae *vae, int latents);

/* Bytes that the two need, found by a dry pass. */
reel_status reel_blank_measure_video(size_t *bytes, const reel_video_vae *vae, int latent_frames,
                                     int width, int height);
reel_status reel_blank_measure_audio(size_t *bytes, const reel_audio_vae *vae, int latents);

#endif
