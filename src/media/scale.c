/* Scaling RGB frames plane by plane with swscale. */
#include "media/scale.h"

#include "base/error.h"
#include "media/av_error.h"
#include "media/orientation.h"

#include <libswscale/swscale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 16384, WASTE_MAX = 16 };

/* swscale reads and writes whole vectors: rows are padded to this many bytes. */
enum { ROW_ALIGN = 64 };

struct reel_scaler {
    int in_width, in_height, out_width, out_height;
    reel_placement placement;
    struct SwsContext *plane; /* GRAY8 to GRAY8 */
    size_t in_stride, out_stride;
    uint8_t *in_plane, *out_plane; /* one colour */
    uint8_t *scaled;               /* [placement.height, placement.width, 3] */
};

reel_placement reel_placement_of(reel_fit fit, int in_width, int in_height, int out_width,
                                 int out_height)
{
    reel_placement p = { out_width, out_height, 0, 0 };
    double across = (double)out_width / in_width, down = (double)out_height / in_height;
    if (fit == REEL_FIT_STRETCH || across == down) {
        return p;
    }
    if ((across > down) == (fit == REEL_FIT_COVER)) {
        p.height = (int)fmin(fmax(1.0, round(in_height * across)), 1e9);
    } else {
        p.width = (int)fmin(fmax(1.0, round(in_width * down)), 1e9);
    }
    /* Halves are rounded down for cuts and bars alike, so that scaling back finds the same middle.
     */
    p.left = (p.width - out_width) / 2;
    p.top = (p.height - out_height) / 2;
    return p;
}

static reel_status check_sides(const reel_scaler *s)
{
    const int sides[] = { s->in_width, s->in_height, s->out_width, s->out_height };
    for (int i = 0; i < 4; i++) {
        if (sides[i] < 1 || sides[i] > SIDE_MAX) {
            return REEL_FAIL(REEL_ERR_INVALID,
                             "scaling %dx%d to %dx%d: expected sides from 1 to %d", sides[0],
                             sides[1], sides[2], sides[3], SIDE_MAX);
        }
    }
    double scaled = (double)s->placement.width * s->placement.height;
    if (scaled > (double)WASTE_MAX * s->out_width * s->out_height) {
        return REEL_FAIL(REEL_ERR_INVALID, "scaling %dx%d to %dx%d: the aspects differ too much",
                         sides[0], sides[1], sides[2], sides[3]);
    }
    return REEL_OK;
}

static size_t row_bytes(int width)
{
    return ((size_t)width + ROW_ALIGN - 1) / ROW_ALIGN * ROW_ALIGN;
}

static reel_status allocate(reel_scaler *s)
{
    const reel_placement *p = &s->placement;
    s->in_stride = row_bytes(s->in_width);
    s->out_stride = row_bytes(p->width);
    s->in_plane = calloc(s->in_stride, (size_t)s->in_height + 1);
    s->out_plane = calloc(s->out_stride, (size_t)p->height + 1);
    s->scaled = malloc((size_t)3 * p->width * p->height);
    s->plane = sws_getContext(s->in_width, s->in_height, AV_PIX_FMT_GRAY8, p->width, p->height,
                              AV_PIX_FMT_GRAY8, SWS_LANCZOS | SWS_ACCURATE_RND, NULL, NULL, NULL);
    if (!s->in_plane || !s->out_plane || !s->scaled || !s->plane) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory to scale %dx%d to %dx%d", s->in_width,
                         s->in_height, s->out_width, s->out_height);
    }
    return REEL_OK;
}

reel_status reel_scaler_new(reel_scaler **out, int in_width, int in_height, int out_width,
                            int out_height, reel_fit fit)
{
    *out = NULL;
    reel_av_log_init();
    reel_scaler *s = calloc(1, sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a scaler");
    }
    s->in_width = in_width;
    s->in_height = in_height;
    s->out_width = out_width;
    s->out_height = out_height;
    if (in_width > 0 && in_height > 0) {
        s->placement = reel_placement_of(fit, in_width, in_height, out_width, out_height);
    }
    reel_status status = check_sides(s);
    if (status == REEL_OK) {
        status = allocate(s);
    }
    if (status < 0) {
        reel_scaler_free(s);
        return status;
    }
    *out = s;
    return REEL_OK;
}

void reel_scaler_free(reel_scaler *scaler)
{
    if (!scaler) {
        return;
    }
    sws_freeContext(scaler->plane);
    free(scaler->in_plane);
    free(scaler->out_plane);
    free(scaler->scaled);
    free(scaler);
}

static void scale_colour(reel_scaler *s, const uint8_t *in, int colour)
{
    for (int y = 0; y < s->in_height; y++) {
        const uint8_t *from = in + (size_t)3 * y * s->in_width + colour;
        uint8_t *to = s->in_plane + y * s->in_stride;
        for (int x = 0; x < s->in_width; x++) {
            to[x] = from[3 * x];
        }
    }
    const uint8_t *in_planes[4] = { s->in_plane };
    uint8_t *out_planes[4] = { s->out_plane };
    int in_strides[4] = { (int)s->in_stride }, out_strides[4] = { (int)s->out_stride };
    sws_scale(s->plane, in_planes, in_strides, 0, s->in_height, out_planes, out_strides);
    for (int y = 0; y < s->placement.height; y++) {
        const uint8_t *from = s->out_plane + y * s->out_stride;
        uint8_t *to = s->scaled + (size_t)3 * y * s->placement.width + colour;
        for (int x = 0; x < s->placement.width; x++) {
            to[3 * x] = from[x];
        }
    }
}

void reel_scaler_frame(reel_scaler *scaler, uint8_t *out, const uint8_t *in)
{
    const reel_placement *p = &scaler->placement;
    if (p->width == scaler->in_width && p->height == scaler->in_height) {
        memcpy(scaler->scaled, in, (size_t)3 * p->width * p->height);
    } else {
        for (int colour = 0; colour < 3; colour++) {
            scale_colour(scaler, in, colour);
        }
    }
    reel_window window = { p->left, p->top, scaler->out_width, scaler->out_height };
    reel_orientation upright = { .xx = 1, .yy = 1 };
    reel_orientation_copy(out, window, scaler->scaled, p->width, p->height, upright);
}

/* Frames are independent of each other; every thread has a scaler of its own. */
static reel_status scale_frames(reel_clip *out, const reel_clip *in, reel_fit fit)
{
    size_t in_bytes = (size_t)3 * in->width * in->height;
    size_t out_bytes = (size_t)3 * out->width * out->height;
    int failed = 0;
#pragma omp parallel reduction(| : failed)
    {
        reel_scaler *scaler;
        failed |= reel_scaler_new(&scaler, in->width, in->height, out->width, out->height, fit) < 0;
#pragma omp for schedule(static)
        for (int i = 0; i < in->frames; i++) {
            if (scaler) {
                reel_scaler_frame(scaler, out->rgb + i * out_bytes, in->rgb + i * in_bytes);
            }
        }
        reel_scaler_free(scaler);
    }
    return failed ? REEL_FAIL(REEL_ERR_MEMORY, "no memory for a scaler per thread") : REEL_OK;
}

reel_status reel_media_scale_clip(reel_clip *out, const reel_clip *in, int width, int height,
                                  reel_fit fit)
{
    *out = (reel_clip){ 0 };
    reel_scaler *probe; /* the sizes are checked here, where the text of the error is kept */
    REEL_TRY(reel_scaler_new(&probe, in->width, in->height, width, height, fit));
    reel_scaler_free(probe);
    reel_clip scaled = *in;
    scaled.width = width;
    scaled.height = height;
    REEL_TRY(reel_clip_alloc(&scaled));
    if (scaled.pcm) {
        memcpy(scaled.pcm, in->pcm, sizeof(float) * in->channels * in->samples);
    }
    reel_status status = scale_frames(&scaled, in, fit);
    if (status < 0) {
        reel_clip_free(&scaled);
        return status;
    }
    *out = scaled;
    return REEL_OK;
}
