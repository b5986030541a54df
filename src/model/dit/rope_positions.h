/* Where every token stands: one clock in seconds for both towers, one frame for all sizes.
 *
 * Time. Latent frame 0 is pixel frame 0 alone, latent frame k >= 1 covers pixel frames
 * s (k - 1) + 1 .. s k (s: the temporal stride), so with fps frames per second
 *     t_0 = 0,   t_k = (s k - (s - 1) / 2) / fps,   audio latent j: t_j = (j + 0.5) / rate
 * References stand before the clip: of N reference frames, frame i has t = (i - N) s / fps; of N
 * reference latents of sound, j has t = (j - N + 0.5) / rate.
 *
 * Space. Row r of R and column c of C stand at y = (r + 0.5) / R, x = (c + 0.5) / C of the frame;
 * rotations use (y - 0.5) R / min(R, C) and (x - 0.5) C / min(R, C), so that they depend neither on
 * the resolution nor, in scale, on the aspect. */
#ifndef REEL_MODEL_DIT_ROPE_POSITIONS_H
#define REEL_MODEL_DIT_ROPE_POSITIONS_H

#include "model/dit/config.h"
#include "tensor/runtime.h"

/* A grid of tokens; for sound rows = columns = 1 and frames counts latents. */
typedef struct {
    int64_t frames;     /* references included */
    int64_t references; /* how many of the first frames are references */
    int64_t rows, columns;
    double frames_per_second; /* of the pixels; unused for sound */
} reel_dit_grid;

/* Constants of one tower for one geometry; L = frames * rows * columns. */
typedef struct {
    reel_tensor *angles;       /* [L, K/2] of self-attention: time, then height, then width pairs */
    reel_tensor *cross_angles; /* [L, K/2] of A<->V cross-attention: time alone */
    reel_tensor *seconds;      /* [L] */
    reel_tensor *features;     /* [L, P]: sine and cosine of time (and y, x), P = 2 n or 6 n */
} reel_dit_positions;

reel_dit_positions reel_dit_positions_video(reel_rt *rt, const reel_dit_config *config,
                                            const reel_dit_grid *grid);
reel_dit_positions reel_dit_positions_audio(reel_rt *rt, const reel_dit_config *config,
                                            const reel_dit_grid *grid);

/* P of a tower. */
int64_t reel_dit_position_features(const reel_dit_config *config, int has_space);

/* The time map of the frame-aligned path, in rows of the other side's features. A video side of
 * Fl latent frames has s Fl rows: row s k + i is pixel frame s (k - 1) + 1 + i (rows 0 .. s-2,
 * before the film, are never read). Positions are clamped to the clip, references are never read.
 */
typedef struct {
    reel_tensor *of_audio; /* [3 La]: per audio latent the pixel frames at -1, 0, +1 frame */
    reel_tensor *of_video; /* [s Fl]: per latent frame the audio at its s pixel frames */
} reel_dit_time_map;

reel_dit_time_map reel_dit_time_map_build(reel_rt *rt, const reel_dit_config *config,
                                          const reel_dit_grid *video, const reel_dit_grid *audio);

#endif
