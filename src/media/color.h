/* Which YCbCr a decoded picture is in. */
#ifndef REEL_MEDIA_COLOR_H
#define REEL_MEDIA_COLOR_H

#include <libavutil/frame.h>
#include <libswscale/swscale.h>

/* Make `convert`, a conversion of `frame` to full-range RGB, use the matrix and the range that the
 * frame names. Unnamed: stills are BT.601 full range as in JPEG, films BT.709 from 720 rows up and
 * BT.601 below, limited range; grey stills are full range. */
void reel_color_set(struct SwsContext *convert, const AVFrame *frame, int is_still);

#endif
