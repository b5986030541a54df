/* One copy into rows with room behind them. */
#include "media/rgb_frame.h"

#include "base/error.h"
#include "media/av_error.h"

#include <libavutil/imgutils.h>

reel_status reel_rgb_frame_fill(AVFrame **frame, const uint8_t *rgb, int width, int height)
{
    if (!*frame) {
        *frame = av_frame_alloc();
        if (!*frame) {
            return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a frame");
        }
        (*frame)->width = width;
        (*frame)->height = height;
        (*frame)->format = AV_PIX_FMT_RGB24;
        int code = av_frame_get_buffer(*frame, 0);
        if (code < 0) {
            return reel_av_fail(code, "frame");
        }
    }
    av_image_copy_plane((*frame)->data[0], (*frame)->linesize[0], rgb, 3 * width, 3 * width,
                        height);
    return REEL_OK;
}
