/* Voting on the colour of the object. */
#include "vabench/colour.h"

#include "base/error.h"
#include "vabench/component.h"

#include <math.h>
#include <stdlib.h>

enum { LEVELS = 128 };

/* The plainest object has a chroma of 0.7 (palette of the world), the brightest backdrop 0.31. */
static const float CHROMA_MIN = 0.30f, CHROMA_STEP = 0.22f;
/* White is above 0.98, its shaded parts 0.69; backdrops end at 0.87. */
static const float WHITE_MIN = 0.70f, WHITE_STEP = 0.06f, WHITE_CHROMA_MAX = 0.14f;
/* Share of the frame that an object covers at least. */
static const double AREA_MIN = 0.0012;

reel_chroma reel_chroma_of(const uint8_t rgb[3])
{
    float r = rgb[0] / 255.0f, g = rgb[1] / 255.0f, b = rgb[2] / 255.0f;
    return (reel_chroma){ r - 0.5f * (g + b), 0.8660254f * (g - b) };
}

static float darkest(const uint8_t rgb[3])
{
    int low = rgb[0] < rgb[1] ? rgb[0] : rgb[1];
    return (float)(low < rgb[2] ? low : rgb[2]) / 255.0f;
}

/* What the largest piece of each frame adds up to. */
typedef struct {
    double pixels, u, v;
    double levels[LEVELS]; /* of chroma, or of the darkest primary */
} ballot;

typedef struct {
    const reel_clip *clip;
    const uint8_t *still;
    uint8_t *mask; /* [height, width] */
    int *stack;
} booth;

static int is_coloured(const uint8_t *pixel, const uint8_t *still)
{
    reel_chroma now = reel_chroma_of(pixel), usual = reel_chroma_of(still);
    return hypotf(now.u, now.v) > CHROMA_MIN &&
           hypotf(now.u - usual.u, now.v - usual.v) > CHROMA_STEP;
}

static int is_white(const uint8_t *pixel, const uint8_t *still)
{
    float low = darkest(pixel);
    if (low < WHITE_MIN || low < darkest(still) + WHITE_STEP) {
        return 0;
    }
    reel_chroma now = reel_chroma_of(pixel);
    return hypotf(now.u, now.v) < WHITE_CHROMA_MAX;
}

static void count_frame(ballot *out, const booth *b, const uint8_t *rgb,
                        int (*belongs)(const uint8_t *, const uint8_t *), int counts_chroma)
{
    int pixels = b->clip->width * b->clip->height;
    for (int i = 0; i < pixels; i++) {
        b->mask[i] = (uint8_t)belongs(rgb + 3 * i, b->still + 3 * i);
    }
    out->pixels += reel_component_keep_largest(b->mask, b->clip->width, b->clip->height, b->stack);
    for (int i = 0; i < pixels; i++) {
        if (b->mask[i]) {
            reel_chroma c = reel_chroma_of(rgb + 3 * i);
            float level = counts_chroma ? hypotf(c.u, c.v) : darkest(rgb + 3 * i);
            out->u += c.u;
            out->v += c.v;
            out->levels[(int)(fminf(level, 1.0f) * (LEVELS - 1))] += 1.0;
        }
    }
}

/* The level that `share` of the pixels do not reach. */
static float level_at(const ballot *b, double share)
{
    double below = 0.0;
    int level = 0;
    while (level < LEVELS - 1 && below + b->levels[level] < share * b->pixels) {
        below += b->levels[level++];
    }
    return (float)level / (LEVELS - 1);
}

static reel_chroma palette_chroma(int colour)
{
    const reel_colour_row *row = &reel_colours[colour];
    return (reel_chroma){ (float)(row->red - 0.5 * (row->green + row->blue)),
                          (float)(0.8660254 * (row->green - row->blue)) };
}

static reel_colour_seen nearest_hue(const ballot *coloured)
{
    double length = hypot(coloured->u, coloured->v), best = -2.0;
    reel_colour_seen seen = { .colour = -1 };
    for (int c = 0; c < REEL_COLOUR_COUNT; c++) {
        reel_chroma hue = palette_chroma(c);
        double size = hypot(hue.u, hue.v);
        double cosine = (hue.u * coloured->u + hue.v * coloured->v) / (size * length + 1e-9);
        if (size > 0.1 && cosine > best) {
            best = cosine;
            seen.colour = c;
        }
    }
    seen.toward = (reel_chroma){ (float)(coloured->u / length), (float)(coloured->v / length) };
    seen.full = level_at(coloured, 0.80);
    return seen;
}

static void decide(reel_colour_seen *out, const ballot *coloured, const ballot *white,
                   double pixels)
{
    *out = (reel_colour_seen){ .colour = -1 };
    double most = fmax(coloured->pixels, white->pixels);
    if (most < AREA_MIN * pixels) {
        return;
    }
    if (coloured->pixels >= white->pixels) {
        *out = nearest_hue(coloured);
    } else {
        *out = (reel_colour_seen){ .colour = REEL_COLOUR_WHITE, .full = level_at(white, 0.80) };
    }
}

reel_status reel_colour_find(reel_colour_seen *out, const reel_clip *clip, const uint8_t *still)
{
    size_t pixels = (size_t)clip->width * (size_t)clip->height;
    booth b = { clip, still, malloc(pixels), malloc(pixels * sizeof(int)) };
    reel_status status = REEL_OK;
    if (b.mask && b.stack) {
        ballot coloured = { 0 }, white = { 0 };
        for (int f = 0; f < clip->frames; f++) {
            const uint8_t *rgb = clip->rgb + 3 * pixels * (size_t)f;
            count_frame(&coloured, &b, rgb, is_coloured, 1);
            count_frame(&white, &b, rgb, is_white, 0);
        }
        decide(out, &coloured, &white, (double)pixels * clip->frames);
    } else {
        status = REEL_FAIL(REEL_ERR_MEMORY, "film: no memory for %zu pixels", pixels);
    }
    free(b.mask);
    free(b.stack);
    return status;
}
