/* Where the object is in every frame: how much of each pixel it covers. */
#ifndef REEL_VABENCH_MATTE_H
#define REEL_VABENCH_MATTE_H

#include "vabench/colour.h"

#include <stddef.h>

/* alpha u8 [frames, height, width]: 255 where a pixel has the object's plain colour, less where
 * it is shaded, lightened or partly covered, 0 elsewhere and on outlines. Of every frame only the
 * largest connected piece is kept, with a rim of one pixel.
 * Owned by the caller, released with reel_matte_deinit(). */
typedef struct {
    int frames, width, height;
    uint8_t *alpha;
} reel_matte;

/* `colour` is one that was found (not -1). REEL_ERR_MEMORY. */
reel_status reel_matte_init(reel_matte *out, const reel_clip *clip, const uint8_t *still,
                            const reel_colour_seen *colour);
void reel_matte_deinit(reel_matte *matte);

/* The same of one picture without choosing a piece: alpha [count]. */
void reel_matte_pixels(uint8_t *alpha, const uint8_t *rgb, const uint8_t *still, size_t count,
                       const reel_colour_seen *colour);

#endif
