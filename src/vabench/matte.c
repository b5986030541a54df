/* Unmixing object and backdrop along the hue of the object. */
#include "vabench/matte.h"

#include "base/error.h"
#include "vabench/component.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* From here on a pixel counts as part of the object when pieces are told apart: the palest detail
 * (the stripe of the cone) has 0.38. */
enum { PIECE_ALPHA = 64 };

/* White cannot be told by its hue: it is light grey where the backdrop is something else. The
 * shaded parts of a white object have 0.67. */
static const float WHITE_FLOOR = 0.50f, WHITE_CHROMA = 0.10f, WHITE_CHROMA_FADE = 0.08f;
static const float CHANGE_MIN = 0.06f, CHANGE_FADE = 0.08f;
/* Distance between backdrop and object along the hue that is unmixed at least. */
static const float SPAN_MIN = 0.10f;

static float clamped(float share)
{
    return fminf(1.0f, fmaxf(0.0f, share));
}

static float along(const uint8_t *rgb, const reel_colour_seen *colour)
{
    reel_chroma c = reel_chroma_of(rgb);
    return c.u * colour->toward.u + c.v * colour->toward.v;
}

static float coloured_share(const uint8_t *rgb, const uint8_t *still,
                            const reel_colour_seen *colour)
{
    float base = along(still, colour);
    return clamped((along(rgb, colour) - base) / fmaxf(SPAN_MIN, colour->full - base));
}

static float white_share(const uint8_t *rgb, const uint8_t *still, const reel_colour_seen *colour)
{
    int low = rgb[0] < rgb[1] ? rgb[0] : rgb[1], change = 0;
    low = low < rgb[2] ? low : rgb[2];
    float share = clamped(((float)low / 255.0f - WHITE_FLOOR) / (colour->full - WHITE_FLOOR));
    if (share <= 0.0f) {
        return 0.0f;
    }
    for (int i = 0; i < 3; i++) {
        int d = abs(rgb[i] - still[i]);
        change = d > change ? d : change;
    }
    reel_chroma c = reel_chroma_of(rgb);
    float greyness = (WHITE_CHROMA + WHITE_CHROMA_FADE - hypotf(c.u, c.v)) / WHITE_CHROMA_FADE;
    return share * clamped(greyness) * clamped(((float)change / 255.0f - CHANGE_MIN) / CHANGE_FADE);
}

void reel_matte_pixels(uint8_t *alpha, const uint8_t *rgb, const uint8_t *still, size_t count,
                       const reel_colour_seen *colour)
{
    int is_white = colour->colour == REEL_COLOUR_WHITE;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *now = rgb + 3 * i, *usual = still + 3 * i;
        float share =
            is_white ? white_share(now, usual, colour) : coloured_share(now, usual, colour);
        alpha[i] = (uint8_t)(255.0f * share);
    }
}

/* out = mask and everything next to it. */
static void grow(uint8_t *out, const uint8_t *mask, int width, int height)
{
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int near = 0;
            for (int side = 0; side < 9 && !near; side++) {
                int i = x + side % 3 - 1, j = y + side / 3 - 1;
                near = i >= 0 && i < width && j >= 0 && j < height && mask[j * width + i];
            }
            out[y * width + x] = (uint8_t)near;
        }
    }
}

/* Work place for one frame. */
typedef struct {
    uint8_t *mask, *grown; /* [height, width] */
    int *stack;
} bench;

/* Nothing remains outside the largest piece and its rim; pieces up to 2 * `bridge` pixels apart
 * count as one. */
static void keep_piece(uint8_t *alpha, const bench *b, int width, int height, int bridge)
{
    size_t pixels = (size_t)width * (size_t)height;
    for (size_t i = 0; i < pixels; i++) {
        b->mask[i] = alpha[i] >= PIECE_ALPHA;
    }
    for (int i = 0; i < bridge; i++) {
        grow(b->grown, b->mask, width, height);
        memcpy(b->mask, b->grown, pixels);
    }
    reel_component_keep_largest(b->mask, width, height, b->stack);
    grow(b->grown, b->mask, width, height);
    for (size_t i = 0; i < pixels; i++) {
        alpha[i] = b->grown[i] ? alpha[i] : 0;
    }
}

reel_status reel_matte_init(reel_matte *out, const reel_clip *clip, const uint8_t *still,
                            const reel_colour_seen *colour)
{
    size_t pixels = (size_t)clip->width * (size_t)clip->height;
    int side = clip->width < clip->height ? clip->width : clip->height;
    /* Shade on white may be just what is behind it: the ball's stripe parts it in two. */
    int bridge = colour->colour == REEL_COLOUR_WHITE ? (side + 40) / 80 : 0;
    *out = (reel_matte){ .frames = clip->frames, .width = clip->width, .height = clip->height };
    out->alpha = malloc(pixels * (size_t)clip->frames);
    bench b = { malloc(pixels), malloc(pixels), malloc(pixels * sizeof *b.stack) };
    reel_status status = REEL_OK;
    if (!out->alpha || !b.mask || !b.grown || !b.stack) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "film: no memory for %d frames of %zu pixels",
                           clip->frames, pixels);
    }
    for (int f = 0; f < clip->frames && status == REEL_OK; f++) {
        uint8_t *alpha = out->alpha + pixels * (size_t)f;
        reel_matte_pixels(alpha, clip->rgb + 3 * pixels * (size_t)f, still, pixels, colour);
        keep_piece(alpha, &b, clip->width, clip->height, bridge);
    }
    free(b.mask);
    free(b.grown);
    free(b.stack);
    if (status < 0) {
        reel_matte_deinit(out);
    }
    return status;
}

void reel_matte_deinit(reel_matte *matte)
{
    free(matte->alpha);
    matte->alpha = NULL;
}
