/* The hard-wired clock between the towers: features of each stream laid on the time axis of the
 * other, without a softmax over time, so that *when* need not be learned.
 *
 * Video to sound. Per latent frame, each head pools the frame's tokens by a learned query
 *     p_h = softmax_over_tokens(q_h . z / sqrt(n)) z,   z = h-th part of (v Wpool),  n features
 * and [p_1 .. p_heads] Wframes gives n features for each of the s pixel frames of the latent frame.
 * Every audio latent reads them by linear interpolation at its time -1, 0 and +1 pixel frame:
 *     audio += [f(-1), f(0), f(+1)] Waudio                            (Waudio starts at zero)
 *
 * Sound to video. n features per audio latent, read by linear interpolation at the s pixel frames
 * of each latent frame:
 *     all tokens of that frame += [f_1 .. f_s] Wvideo                 (Wvideo starts at zero) */
#ifndef REEL_MODEL_DIT_TIME_ALIGNMENT_H
#define REEL_MODEL_DIT_TIME_ALIGNMENT_H

#include "model/dit/rope_positions.h"
#include "ops/ops.h"

typedef struct {
    reel_linear_params pool;     /* [heads * n, D], no bias: keys and values of the pooling */
    reel_tensor *query;          /* [heads * n] */
    reel_linear_params frames;   /* [s * n, heads * n] */
    reel_linear_params to_audio; /* [D, 3 n], zero-initialised */
    reel_linear_params sounds;   /* [n, D] */
    reel_linear_params to_video; /* [D, s * n], zero-initialised */
    int heads;
} reel_time_alignment;

void reel_time_alignment_declare(reel_weights *set, reel_time_alignment *p,
                                 const reel_dit_config *config);

/* video: [B, frames * tokens per frame, D], normalised.  -> [B, La, D], to be added to the sound */
reel_tensor *reel_time_alignment_to_audio(reel_rt *rt, const reel_time_alignment *p,
                                          reel_tensor *video, const reel_dit_grid *grid,
                                          const reel_dit_time_map *map);
/* audio: [B, La, D], normalised.  -> [B, Lv, D], to be added to the video */
reel_tensor *reel_time_alignment_to_video(reel_rt *rt, const reel_time_alignment *p,
                                          reel_tensor *audio, const reel_dit_grid *grid,
                                          const reel_dit_time_map *map);

#endif
