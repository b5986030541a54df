/* Pictures of another size: Lanczos, each colour on its own, so that nothing is lost to YCbCr. */
#ifndef REEL_MEDIA_SCALE_H
#define REEL_MEDIA_SCALE_H

#include "reel/clip.h"

typedef enum {
    REEL_FIT_COVER,   /* keep the aspect, fill the frame, cut what sticks out on both sides */
    REEL_FIT_CONTAIN, /* keep the aspect, show everything, black bars */
    REEL_FIT_STRETCH, /* exactly the frame, whatever becomes of the aspect */
} reel_fit;

/* Where a scaled picture lies on its frame: it has width x height pixels, and the frame's corner is
 * at (left, top) of it; negative where there are bars. */
typedef struct {
    int width, height, left, top;
} reel_placement;

/* Sides are at least 1. */
reel_placement reel_placement_of(reel_fit fit, int in_width, int in_height, int out_width,
                                 int out_height);

/* One size to one other, for many frames. One scaler, one thread at a time. */
typedef struct reel_scaler reel_scaler;

/* Sides from 1 to 16384, else REEL_ERR_INVALID; also when the aspects differ so much that over 16
 * times the frame would be computed and cut away. Released with reel_scaler_free(). */
reel_status reel_scaler_new(reel_scaler **out, int in_width, int in_height, int out_width,
                            int out_height, reel_fit fit);
void reel_scaler_free(reel_scaler *scaler); /* legal on NULL */

/* out: [out_height, out_width, 3], in: [in_height, in_width, 3]; they do not overlap. The same size
 * is an exact copy. */
void reel_scaler_frame(reel_scaler *scaler, uint8_t *out, const uint8_t *in);

/* All frames of `in` at another size; the sound is copied. `out` is filled on success, owned by the
 * caller, released with reel_clip_free(). Uses all threads; the result does not depend on them. */
reel_status reel_media_scale_clip(reel_clip *out, const reel_clip *in, int width, int height,
                                  reel_fit fit);

#endif
