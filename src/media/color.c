/* Colour matrices and ranges for conversions to RGB. */
#include "media/color.h"

static int matrix_of(const AVFrame *frame, int is_still)
{
    switch (frame->colorspace) {
    case AVCOL_SPC_BT709:
        return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
        return SWS_CS_BT2020;
    case AVCOL_SPC_SMPTE240M:
        return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
        return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
        return SWS_CS_ITU601;
    default:
        return !is_still && frame->height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    }
}

void reel_color_set(struct SwsContext *convert, const AVFrame *frame, int is_still)
{
    const int *table = sws_getCoefficients(matrix_of(frame, is_still));
    int is_full = frame->color_range == AVCOL_RANGE_JPEG ||
                  (is_still && frame->color_range == AVCOL_RANGE_UNSPECIFIED);
    sws_setColorspaceDetails(convert, table, is_full, table, 1, 0, 1 << 16, 1 << 16);
}
