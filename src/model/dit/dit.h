/* The two-tower diffusion transformer: one step of flow matching for picture and sound at once.
 *
 *     x_sigma = (1 - sigma) x0 + sigma eps,   the network predicts v = eps - x0
 *
 * Both towers take [noisy latent ; condition latent ; mask] on channels, mask 1 = given: every task
 * (image to video, first and last frame, extension, inpainting, sound to video, video to sound) is
 * a mask. Where nothing is given the condition is the latent of a black frame, of silence. A
 * modality that is given as a whole has sigma 0 besides. docs/model.md has every formula. */
#ifndef REEL_MODEL_DIT_DIT_H
#define REEL_MODEL_DIT_DIT_H

#include "model/dit/config.h"
#include "model/dit/coupling.h"
#include "model/dit/step_cache.h"
#include "model/dit/tower.h"

typedef struct {
    reel_dit_config config;
    reel_tower video, audio;  /* weights "video.", "audio." */
    reel_coupling *couplings; /* [dual + single], weights "coupling." */
    reel_weights weights;     /* owns every tensor above */
} reel_dit;

typedef struct {
    /* A missing modality is NULL: its tower and the coupling are skipped (images, silent video,
     * sound alone). References are leading latent frames (latents) with negative time; they are
     * read, never generated, and padding inside them is masked. */
    reel_tensor *video; /* [B, Nv + Fl, Hl, Wl, 2C+1], Hl and Wl multiples of the patch */
    reel_tensor *audio; /* [B, Na + La, 2Ca+1] */
    int video_references, audio_references; /* Nv, Na >= 0 */
    reel_tensor *video_mask;                /* [B, tokens of video], 1 = attend; or NULL */
    reel_tensor *audio_mask;                /* [B, Na + La] or NULL */

    const float *sigma_video, *sigma_audio; /* [B], host values in 0..1; of the present ones */
    reel_tensor *text;                      /* [B, Lt, Dt], Lt >= 1 */
    reel_tensor *text_mask;                 /* [B, Lt], 1 = a token, 0 = padding; or NULL */
    double frames_per_second;               /* of the pixels; 0: the config's */
    reel_dit_step_cache *step_cache;        /* for a sampler; or NULL */
    int recompute; /* training: blocks run again in the backward pass, see tensor/recompute.h */
} reel_dit_input;

typedef struct {
    reel_tensor *video; /* velocity [B, Fl, Hl, Wl, C], or NULL */
    reel_tensor *audio; /* velocity [B, La, Ca], or NULL */
} reel_dit_output;

/* Declares all weights and allocates them, zeroed; reel_weights_randomise(&dit->weights, seed)
 * makes a fresh model. Owned by the caller, released with reel_dit_deinit() (legal after a
 * failure and on a zeroed struct). */
reel_status reel_dit_init(reel_dit *dit, const reel_dit_config *config);
void reel_dit_deinit(reel_dit *dit);

/* The part "dit" of a model (model/part.h). */
reel_status reel_dit_open(reel_dit *dit, const char *path);
reel_status reel_dit_open_as(reel_dit *dit, const char *path, reel_weights_form form);
reel_status reel_dit_save(const reel_dit *dit, const char *path, reel_dtype stored);

/* The velocities, in the arena of rt. Failures are sticky in rt: REEL_ERR_SHAPE naming the input
 * that does not fit, or that of an operator. */
reel_dit_output reel_dit_forward(reel_rt *rt, const reel_dit *dit, const reel_dit_input *input);

/* noisy, condition: [..., C];  mask: [..., 1].  -> [..., 2C+1] */
reel_tensor *reel_dit_pack(reel_rt *rt, reel_tensor *noisy, reel_tensor *condition,
                           reel_tensor *mask);

/* Floating point operations of a forward pass for one sample (a multiply-add counts two; matrix
 * products and attention alone). Lv or La may be 0. A training step costs three times as much. */
double reel_dit_flops(const reel_dit_config *config, int64_t video_tokens, int64_t audio_tokens,
                      int64_t text_tokens);

#endif
