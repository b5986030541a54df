/* Measuring the object in every frame. */
#include "vabench/track.h"

#include "base/error.h"

#include <stdlib.h>

enum { EDGE_ALPHA = 128, BORDER_ALPHA = 64 };

/* The smallest object covers 0.4 of a square of 0.3 short sides; less than a fourteenth of it is
 * none. */
static const double AREA_MIN = 0.0025;

static int row_peak(const uint8_t *row, int width)
{
    int peak = 0;
    for (int x = 0; x < width; x++) {
        peak = row[x] > peak ? row[x] : peak;
    }
    return peak;
}

/* y in pixels of the lowest crossing of one half, between the centres of two rows. */
static double lowest_edge(const uint8_t *alpha, int width, int height)
{
    int below = 0;
    for (int y = height - 1; y >= 0; y--) {
        int here = row_peak(alpha + y * width, width);
        if (here >= EDGE_ALPHA) {
            return y + 0.5 + (double)(here - EDGE_ALPHA) / (here - below);
        }
        below = here;
    }
    return 0.0;
}

static int touches_border(const uint8_t *alpha, int width, int height)
{
    int peak = row_peak(alpha, width), last = row_peak(alpha + (height - 1) * width, width);
    peak = last > peak ? last : peak;
    for (int y = 0; y < height && peak < BORDER_ALPHA; y++) {
        const uint8_t *row = alpha + y * width;
        peak = row[0] > peak ? row[0] : peak;
        peak = row[width - 1] > peak ? row[width - 1] : peak;
    }
    return peak >= BORDER_ALPHA;
}

static reel_sighting sight(const uint8_t *alpha, int width, int height)
{
    double unit = width < height ? width : height, sum = 0.0, x_sum = 0.0, y_sum = 0.0;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            double a = alpha[y * width + x];
            sum += a;
            x_sum += a * (x + 0.5);
            y_sum += a * (y + 0.5);
        }
    }
    reel_sighting s = { .area = sum / 255.0 / (unit * unit) };
    s.is_found = s.area >= AREA_MIN;
    if (s.is_found) {
        s.x = x_sum / sum / unit;
        s.y = y_sum / sum / unit;
        s.bottom = lowest_edge(alpha, width, height) / unit;
        s.is_whole = !touches_border(alpha, width, height);
    }
    return s;
}

reel_status reel_track_init(reel_track *out, const reel_matte *matte, double fps)
{
    double unit = matte->width < matte->height ? matte->width : matte->height;
    *out = (reel_track){ .frames = matte->frames,
                         .fps = fps,
                         .width = matte->width / unit,
                         .height = matte->height / unit };
    out->at = malloc((size_t)matte->frames * sizeof *out->at);
    if (!out->at) {
        return REEL_FAIL(REEL_ERR_MEMORY, "film: no memory for %d sightings", matte->frames);
    }
    size_t pixels = (size_t)matte->width * (size_t)matte->height;
    for (int f = 0; f < matte->frames; f++) {
        out->at[f] = sight(matte->alpha + pixels * (size_t)f, matte->width, matte->height);
    }
    return REEL_OK;
}

void reel_track_deinit(reel_track *track)
{
    free(track->at);
    track->at = NULL;
}
