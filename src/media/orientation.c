/* Reading display matrices and turning pictures by them. */
#include "media/orientation.h"

#include <libavcodec/avcodec.h>
#include <stdlib.h>
#include <string.h>

static const reel_orientation upright = { .xx = 1, .yy = 1 };

static int sign_of(int32_t fixed)
{
    return fixed > 1 << 15 ? 1 : fixed < -(1 << 15) ? -1 : 0;
}

/* libavutil's display matrix is {a b u, c d v, x y w} with (x, y) -> (a x + c y, b x + d y). */
static reel_orientation from_matrix(const uint8_t *bytes)
{
    int32_t matrix[9];
    memcpy(matrix, bytes, sizeof matrix);
    reel_orientation o = { sign_of(matrix[0]), sign_of(matrix[3]), sign_of(matrix[1]),
                           sign_of(matrix[4]) };
    int is_turn =
        o.xx * o.yx + o.xy * o.yy == 0 && abs(o.xx) + abs(o.xy) == 1 && abs(o.yx) + abs(o.yy) == 1;
    return is_turn ? o : upright;
}

reel_orientation reel_orientation_of(const AVFrame *frame, const AVStream *stream)
{
    const AVFrameSideData *side = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    if (side && side->size >= 9 * sizeof(int32_t)) {
        return from_matrix(side->data);
    }
    const uint8_t *bytes = NULL;
    size_t size = 0;
#if LIBAVFORMAT_VERSION_MAJOR >= 61 /* FFmpeg 7 moved it and marks the old place as deprecated */
    const AVPacketSideData *data =
        stream ? av_packet_side_data_get(stream->codecpar->coded_side_data,
                                         stream->codecpar->nb_coded_side_data,
                                         AV_PKT_DATA_DISPLAYMATRIX)
               : NULL;
    if (data) {
        bytes = data->data;
        size = data->size;
    }
#else
    if (stream) {
        bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    }
#endif
    return bytes && size >= 9 * sizeof(int32_t) ? from_matrix(bytes) : upright;
}

int reel_orientation_swaps_sides(reel_orientation orientation)
{
    return orientation.xx == 0;
}

void reel_orientation_copy(uint8_t *out, reel_window window, const uint8_t *in, int width,
                           int height, reel_orientation o)
{
    int swaps = reel_orientation_swaps_sides(o);
    int shown_width = swaps ? height : width, shown_height = swaps ? width : height;
    /* The inverse of a turn is its transpose; where a factor is -1 the axis starts at its end. */
    int start_x = o.xx + o.yx < 0 ? width - 1 : 0, start_y = o.xy + o.yy < 0 ? height - 1 : 0;
    memset(out, 0, (size_t)3 * window.out_width * window.out_height);
    int left = window.left < 0 ? -window.left : 0;
    int right = shown_width - window.left;
    right = right < window.out_width ? right : window.out_width;
    for (int row = 0; row < window.out_height; row++) {
        int y = row + window.top;
        if (y < 0 || y >= shown_height || left >= right) {
            continue;
        }
        uint8_t *to = out + 3 * ((size_t)row * window.out_width + left);
        int x = left + window.left;
        int64_t from_x = start_x + o.xx * x + o.yx * y, from_y = start_y + o.xy * x + o.yy * y;
        const uint8_t *from = in + 3 * (from_y * width + from_x);
        int64_t step = 3 * ((int64_t)o.xy * width + o.xx);
        if (step == 3) {
            memcpy(to, from, (size_t)3 * (right - left));
            continue;
        }
        for (int i = left; i < right; i++, to += 3, from += step) {
            memcpy(to, from, 3);
        }
    }
}
