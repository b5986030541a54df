/* Comparing normalised mattes with rendered ones. */
#include "vabench/silhouette.h"

#include "base/error.h"
#include "world/objects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = REEL_SILHOUETTE_SIDE * REEL_SILHOUETTE_SIDE, LOOKS_MAX = 24 };
enum {
    VIEWS_OF_OBJECT = REEL_SIZE_COUNT * REEL_SILHOUETTE_ANGLES,
    VIEWS_OF_FAMILY = REEL_OBJECT_COUNT * VIEWS_OF_OBJECT
};

/* Half the window in roots of the area: the star's rays reach 0.86. */
static const double REACH = 1.0;

static double pixel(const uint8_t *alpha, int width, int height, int x, int y)
{
    return x >= 0 && x < width && y >= 0 && y < height ? alpha[y * width + x] : 0.0;
}

static double blended(const uint8_t *alpha, int width, int height, double x, double y)
{
    int i = (int)floor(x - 0.5), j = (int)floor(y - 0.5);
    double u = x - 0.5 - i, v = y - 0.5 - j;
    double top =
        (1.0 - u) * pixel(alpha, width, height, i, j) + u * pixel(alpha, width, height, i + 1, j);
    double low = (1.0 - u) * pixel(alpha, width, height, i, j + 1) +
                 u * pixel(alpha, width, height, i + 1, j + 1);
    return (1.0 - v) * top + v * low;
}

/* x, y: centre of mass in pixels; area in pixels. */
static void take_view(reel_silhouette *out, const uint8_t *alpha, int width, int height, double x,
                      double y, double area)
{
    double step = 2.0 * REACH * sqrt(area) / REEL_SILHOUETTE_SIDE, sum = 0.0;
    for (int j = 0; j < REEL_SILHOUETTE_SIDE; j++) {
        for (int i = 0; i < REEL_SILHOUETTE_SIDE; i++) {
            double a = blended(alpha, width, height,
                               x + (i + 0.5) * step - 0.5 * step * REEL_SILHOUETTE_SIDE,
                               y + (j + 0.5) * step - 0.5 * step * REEL_SILHOUETTE_SIDE);
            out->value[j * REEL_SILHOUETTE_SIDE + i] = (float)a;
            sum += a * a;
        }
    }
    float gain = (float)sqrt(VALUES / fmax(sum, 1e-9));
    for (int i = 0; i < VALUES; i++) {
        out->value[i] *= gain;
    }
}

static double cosine(const reel_silhouette *a, const reel_silhouette *b)
{
    float sum[8] = { 0 };
    for (int i = 0; i < VALUES; i += 8) {
        for (int k = 0; k < 8; k++) {
            sum[k] += a->value[i + k] * b->value[i + k];
        }
    }
    double all = 0.0;
    for (int k = 0; k < 8; k++) {
        all += sum[k];
    }
    return all / VALUES;
}

/* ---- the rendered views ---- */

/* One object turned by `angle`, on grey. */
static void render_view(reel_silhouette *out, const reel_sprite *sprite, uint8_t *rgb,
                        uint8_t *alpha, int side, double angle, const reel_colour_seen *colour)
{
    size_t count = (size_t)side * (size_t)side;
    uint8_t *still = rgb + 3 * count;
    memset(rgb, 110, 6 * count);
    reel_canvas canvas = { rgb, side, side };
    double middle = 0.5 * side, sum = 0.0, x_sum = 0.0, y_sum = 0.0;
    reel_raster_sprite(&canvas, sprite, (reel_placement){ middle, middle, angle, 1.0 });
    reel_matte_pixels(alpha, rgb, still, count, colour);
    for (size_t i = 0; i < count; i++) {
        sum += alpha[i];
        x_sum += alpha[i] * ((double)(i % (size_t)side) + 0.5);
        y_sum += alpha[i] * ((double)(i / (size_t)side) + 0.5);
    }
    sum = fmax(sum, 1.0);
    take_view(out, alpha, side, side, x_sum / sum, y_sum / sum, sum / 255.0);
}

static reel_colour_seen plain(int family)
{
    static const uint8_t red[3] = { 230, 20, 26 };
    if (family == REEL_SILHOUETTE_WHITE) {
        return (reel_colour_seen){ .colour = REEL_COLOUR_WHITE, .full = 0.99f };
    }
    reel_chroma c = reel_chroma_of(red);
    float full = hypotf(c.u, c.v);
    return (reel_colour_seen){ REEL_COLOUR_RED, { c.u / full, c.v / full }, full };
}

static reel_status render_views(reel_silhouette *out, int family, int object, int size,
                                int short_pixels)
{
    double diameter = reel_sizes[size].diameter * short_pixels;
    int side = (int)ceil(1.6 * diameter) + 4;
    reel_colour_seen colour = plain(family);
    reel_sprite sprite;
    REEL_TRY(reel_object_draw(&sprite, (reel_object)object, (reel_colour)colour.colour, diameter));
    uint8_t *scratch = malloc(7 * (size_t)side * (size_t)side);
    if (scratch) {
        uint8_t *alpha = scratch + 6 * (size_t)side * (size_t)side;
        for (int a = 0; a < REEL_SILHOUETTE_ANGLES; a++) {
            double angle = 2.0 * M_PI * a / REEL_SILHOUETTE_ANGLES;
            render_view(&out[a], &sprite, scratch, alpha, side, angle, &colour);
        }
    }
    free(scratch);
    reel_sprite_deinit(&sprite);
    return scratch ? REEL_OK
                   : REEL_FAIL(REEL_ERR_MEMORY, "silhouettes: no memory for %d pixels", side);
}

reel_status reel_silhouettes_init(reel_silhouettes *out, int short_pixels)
{
    out->views = malloc((size_t)REEL_SILHOUETTE_FAMILIES * VIEWS_OF_FAMILY * sizeof *out->views);
    if (!out->views) {
        return REEL_FAIL(REEL_ERR_MEMORY, "silhouettes: no memory for %d views",
                         REEL_SILHOUETTE_FAMILIES * VIEWS_OF_FAMILY);
    }
    reel_silhouette *next = out->views;
    reel_status status = REEL_OK;
    for (int family = 0; family < REEL_SILHOUETTE_FAMILIES; family++) {
        for (int i = 0; i < REEL_OBJECT_COUNT * REEL_SIZE_COUNT && status == REEL_OK; i++) {
            status =
                render_views(next, family, i / REEL_SIZE_COUNT, i % REEL_SIZE_COUNT, short_pixels);
            next += REEL_SILHOUETTE_ANGLES;
        }
    }
    if (status < 0) {
        reel_silhouettes_deinit(out);
    }
    return status;
}

void reel_silhouettes_deinit(reel_silhouettes *silhouettes)
{
    free(silhouettes->views);
    silhouettes->views = NULL;
}

/* ---- the film ---- */

static void view_of_frame(reel_silhouette *out, const reel_matte *matte, const reel_track *track,
                          int frame)
{
    const reel_sighting *s = &track->at[frame];
    double unit = matte->width < matte->height ? matte->width : matte->height;
    size_t pixels = (size_t)matte->width * (size_t)matte->height;
    take_view(out, matte->alpha + pixels * (size_t)frame, matte->width, matte->height, s->x * unit,
              s->y * unit, s->area * unit * unit);
}

static void add_likeness(double sums[REEL_OBJECT_COUNT], const reel_silhouette *views,
                         const reel_silhouette *seen)
{
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        double best = 0.0;
        for (int v = 0; v < VIEWS_OF_OBJECT; v++) {
            best = fmax(best, cosine(seen, &views[o * VIEWS_OF_OBJECT + v]));
        }
        sums[o] += best;
    }
}

static int is_whole(const reel_track *track, int frame)
{
    return frame < track->frames && track->at[frame].is_found && track->at[frame].is_whole;
}

/* How much the object looks different `lag` frames later. */
static double change_after(const reel_matte *matte, const reel_track *track, int lag, int every)
{
    double same = 0.0;
    int pairs = 0;
    for (int f = 0; f + lag < track->frames; f += every) {
        if (is_whole(track, f) && is_whole(track, f + lag)) {
            reel_silhouette now, then;
            view_of_frame(&now, matte, track, f);
            view_of_frame(&then, matte, track, f + lag);
            same += cosine(&now, &then);
            pairs++;
        }
    }
    return pairs ? 1.0 - same / pairs : 0.0;
}

reel_object_seen reel_object_find(const reel_silhouettes *silhouettes, const reel_matte *matte,
                                  const reel_track *track, int is_white)
{
    const reel_silhouette *views =
        silhouettes->views + (is_white ? REEL_SILHOUETTE_WHITE * VIEWS_OF_FAMILY : 0);
    int whole = reel_track_whole_count(track), every = 1 + (whole - 1) / LOOKS_MAX;
    int lag = (int)fmax(1.0, round(0.125 * track->fps));
    double sums[REEL_OBJECT_COUNT] = { 0.0 }, second = 0.0;
    int looks = 0, passed = 0;
    for (int f = 0; f < track->frames; f++) {
        if (is_whole(track, f) && passed++ % every == 0) {
            reel_silhouette now;
            view_of_frame(&now, matte, track, f);
            add_likeness(sums, views, &now);
            looks++;
        }
    }
    reel_object_seen seen = { .object = -1 };
    /* Two lags: a fifth of a turn brings the star back to itself. */
    seen.changes =
        fmax(change_after(matte, track, lag, every), change_after(matte, track, 2 * lag, every));
    for (int o = 0; o < REEL_OBJECT_COUNT && looks > 0; o++) {
        double mean = sums[o] / looks;
        if (mean > seen.likeness) {
            second = seen.likeness;
            seen.likeness = mean;
            seen.object = o;
        } else {
            second = fmax(second, mean);
        }
    }
    seen.margin = seen.likeness - second;
    return seen;
}
