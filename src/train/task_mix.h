/* What is given and what is made, per training clip: every task is a noise level for each modality
 * and a mask on each (1 = given, 0 = to be made).
 *
 * A modality that is given as a whole has sigma 0 and a mask of ones. Given parts of a modality are
 * noised like the rest of it; the model reads them from the condition channels. */
#ifndef REEL_TRAIN_TASK_MIX_H
#define REEL_TRAIN_TASK_MIX_H

#include "train/sigma_sampler.h"

/* Shares. The first three add up to at most 1 and say how the two modalities go together; what they
 * leave has one noise level for both. The others say what is given of a picture that is to be made:
 * they add up to at most 1, what they leave is text alone. */
typedef struct {
    double independent; /* a noise level of its own for each */
    double video_given; /* only the sound is made */
    double audio_given; /* only the picture is made */

    double first_frame; /* image to video */
    double first_last;  /* two key frames */
    double key_frames;  /* one to three, anywhere */
    double extension;   /* the beginning, of the sound too */
    double inpaint;     /* everything but a box, in all frames */
} reel_task_mix;

reel_task_mix reel_task_mix_default(void);

/* Keys are the field names; what is absent stays as it is. */
reel_status reel_task_mix_read(reel_task_mix *mix, const json_t *object);

/* The clip as it is trained; a modality that is absent has 0 latents. */
typedef struct {
    int latent_frames, latent_height, latent_width, audio_latents;
    double frame_seconds; /* of a latent frame after the first */
    double first_seconds; /* of the first */
    double audio_latents_per_second;
} reel_task_shape;

/* Draw one task. sigma: [2] video, audio. video_mask: [Fl, Hl, Wl], audio_mask: [La]. */
void reel_task_draw(double sigma[2], float *video_mask, float *audio_mask,
                    const reel_task_shape *shape, const reel_task_mix *mix,
                    const reel_sigma_mix *sigmas, reel_rng *rng);

#endif
