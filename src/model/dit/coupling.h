/* The only place where the towers see each other, once in every block.
 *
 *     a' = a + CrossAttn(a, v)  + Align(v -> a)
 *     v' = v + CrossAttn(v, a') + Align(a' -> v)
 *
 * Either path may be absent (config). */
#ifndef REEL_MODEL_DIT_COUPLING_H
#define REEL_MODEL_DIT_COUPLING_H

#include "model/dit/av_cross_attention.h"
#include "model/dit/time_alignment.h"

typedef struct {
    reel_projections video_to_audio, audio_to_video; /* unused without av_cross_attention */
    reel_time_alignment time_alignment;              /* unused without time_alignment */
    int has_attention, has_alignment;
} reel_coupling;

/* What all blocks share for one geometry. */
typedef struct {
    reel_dit_positions video, audio;
    reel_tensor *video_mask, *audio_mask; /* [B, L] or NULL */
    const reel_dit_grid *grid;            /* of the video */
    reel_dit_time_map map;
    reel_tensor *time_sigma; /* [H] or NULL */
} reel_coupling_clock;

typedef struct {
    reel_tensor *video; /* [B, Lv, D] */
    reel_tensor *audio; /* [B, La, D] */
} reel_streams;

void reel_coupling_declare(reel_weights *set, reel_coupling *p, const reel_dit_config *config);

/* `h` is given away: the sums take its place. */
reel_streams reel_coupling_forward(reel_rt *rt, const reel_coupling *p, reel_streams h,
                                   const reel_coupling_clock *clock);

#endif
