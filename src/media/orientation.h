/* Which way up a picture is to be shown: phones and cameras store it turned and say so. */
#ifndef REEL_MEDIA_ORIENTATION_H
#define REEL_MEDIA_ORIENTATION_H

#include <libavformat/avformat.h>
#include <libavutil/frame.h>

/* A quarter turn, with or without mirroring, of stored (x, y) into shown (x', y'):
 *     x' = xx * x + xy * y + offset,   y' = yx * x + yy * y + offset,   each factor -1, 0 or 1 */
typedef struct {
    int xx, xy, yx, yy;
} reel_orientation;

/* From the display matrix of the frame or else of its track (may be NULL); identity without one or
 * when it is no quarter turn. */
reel_orientation reel_orientation_of(const AVFrame *frame, const AVStream *stream);

/* Non-zero when shown width is stored height. */
int reel_orientation_swaps_sides(reel_orientation orientation);

/* out: [out_height, out_width, 3] = the window of the shown picture whose corner is (left, top),
 * which may lie outside of it (black). in: [height, width, 3] as stored. */
typedef struct {
    int left, top, out_width, out_height;
} reel_window;
void reel_orientation_copy(uint8_t *out, reel_window window, const uint8_t *in, int width,
                           int height, reel_orientation orientation);

#endif
