/* RGB pictures of callers as swscale needs them: its vector code reads past the end of what it is
 * given, and what a caller gives may end where its memory ends. */
#ifndef REEL_MEDIA_RGB_FRAME_H
#define REEL_MEDIA_RGB_FRAME_H

#include "reel/status.h"

#include <libavutil/frame.h>
#include <stdint.h>

/* Copy rgb: [height, width, 3] into *frame, which is made at the first call (*frame NULL) and used
 * again for pictures of the same size. Owned by the caller, released with av_frame_free(), also
 * after a failure. */
reel_status reel_rgb_frame_fill(AVFrame **frame, const uint8_t *rgb, int width, int height);

#endif
