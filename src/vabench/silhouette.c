/* Comparing normalised mattes with rendered ones. */
#include "vabench/silhouette.h"

#include "base/error.h"
#include "world/objects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { VALUES = REEL_SILHOUETTE_SIDE * REEL_SILHOUETTE_SIDE, LOOKS_MAX = 24, SHOTS_MAX = 64 };
enum {
    ANGLES = REEL_SILHOUETTE_ANGLES,
    SOFTNESSES = 3,
    SHORT_MAX = 160,
    PAIRS_MIN = 10,
    REACH_MAX = 8,
    LAG_MAX = 20
};
/* A manner: one object at one size and softness. */
enum {
    MANNERS_OF_OBJECT = REEL_SIZE_COUNT * SOFTNESSES,
    MANNERS = REEL_OBJECT_COUNT * MANNERS_OF_OBJECT
};

/* Gaussian blur in eightieths of the short side: pixels of the base film. */
static const double softness[SOFTNESSES] = { 0.0, 0.9, 1.6 };

/* By how much the differences that noise makes may vary. */
static const double NOISE_GAIN = 1.5;
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

/* Work place for pictures of `side` pixels. */
typedef struct {
    int side;
    uint8_t *rgb, *still;          /* [side, side, 3] */
    uint8_t *sharp, *alpha, *half; /* [side, side]: as drawn, blurred, blurred along rows */
} easel;

static reel_status easel_init(easel *e, int side)
{
    size_t count = (size_t)side * (size_t)side;
    *e = (easel){ .side = side, .rgb = malloc(9 * count) };
    if (!e->rgb) {
        return REEL_FAIL(REEL_ERR_MEMORY, "silhouettes: no memory for %d pixels", side);
    }
    e->still = e->rgb + 3 * count;
    e->sharp = e->rgb + 6 * count;
    e->alpha = e->rgb + 7 * count;
    e->half = e->rgb + 8 * count;
    return REEL_OK;
}

/* One pass of a Gaussian; `step` 1 goes along rows, `side` along columns. */
static void blur_pass(uint8_t *out, const uint8_t *in, int side, int step, double sigma)
{
    float weights[2 * REACH_MAX + 1], norm = 0.0f;
    int reach = (int)fmin(REACH_MAX, ceil(2.5 * sigma));
    for (int k = -reach; k <= reach; k++) {
        weights[k + reach] = (float)exp(-0.5 * k * k / (sigma * sigma));
        norm += weights[k + reach];
    }
    for (int i = 0; i < side * side; i++) {
        int at = step == 1 ? i % side : i / side;
        float sum = 0.0f;
        for (int k = at < reach ? -at : -reach; k <= reach && at + k < side; k++) {
            sum += weights[k + reach] * in[i + k * step];
        }
        out[i] = (uint8_t)(sum / norm + 0.5f);
    }
}

/* A view of the whole picture. */
static void view_picture(reel_silhouette *out, const easel *e, const uint8_t *alpha)
{
    double sum = 1e-9, x_sum = 0.0, y_sum = 0.0;
    for (int i = 0; i < e->side * e->side; i++) {
        sum += alpha[i];
        x_sum += alpha[i] * (i % e->side + 0.5);
        y_sum += alpha[i] * (i / e->side + 0.5);
    }
    take_view(out, alpha, e->side, e->side, x_sum / sum, y_sum / sum, sum / 255.0);
}

/* How one object is drawn. */
typedef struct {
    reel_sprite sprite;
    reel_colour_seen colour;
    int short_pixels;
} subject;

/* Turned by one angle, on grey, at every softness: out[softness * ANGLES]. */
static void render_angle(reel_silhouette *out, const easel *e, const subject *o, double angle)
{
    size_t count = (size_t)e->side * (size_t)e->side;
    reel_canvas canvas = { e->rgb, e->side, e->side };
    double middle = 0.5 * e->side;
    memset(e->rgb, 110, 6 * count);
    reel_raster_sprite(&canvas, &o->sprite, (reel_placement){ middle, middle, angle, 1.0 });
    reel_matte_pixels(e->sharp, e->rgb, e->still, count, &o->colour);
    view_picture(out, e, e->sharp);
    for (int s = 1; s < SOFTNESSES; s++) {
        double sigma = softness[s] * o->short_pixels / 80.0;
        blur_pass(e->half, e->sharp, e->side, 1, sigma);
        blur_pass(e->alpha, e->half, e->side, e->side, sigma);
        view_picture(out + s * ANGLES, e, e->alpha);
    }
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

/* out [softness, angle]; the manner is one of object and size. */
static reel_status render_views(reel_silhouette *out, int family, int manner, int short_pixels)
{
    int object = manner / REEL_SIZE_COUNT, size = manner % REEL_SIZE_COUNT;
    double diameter = reel_sizes[size].diameter * short_pixels;
    subject o = { .colour = plain(family), .short_pixels = short_pixels };
    easel e;
    REEL_TRY(
        reel_object_draw(&o.sprite, (reel_object)object, (reel_colour)o.colour.colour, diameter));
    reel_status status = easel_init(&e, (int)ceil(1.7 * diameter) + 10);
    for (int a = 0; a < ANGLES && status == REEL_OK; a++) {
        render_angle(out + a, &e, &o, 2.0 * M_PI * a / ANGLES);
    }
    free(e.rgb);
    reel_sprite_deinit(&o.sprite);
    return status;
}

reel_status reel_silhouettes_init(reel_silhouettes *out, int short_pixels)
{
    static const int all = REEL_SILHOUETTE_FAMILIES * MANNERS * ANGLES;
    short_pixels = short_pixels < SHORT_MAX ? short_pixels : SHORT_MAX;
    out->views = malloc((size_t)all * sizeof *out->views);
    reel_status status = REEL_OK;
    if (!out->views) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "silhouettes: no memory for %d views", all);
    }
    int next = 0;
    for (int family = 0; family < REEL_SILHOUETTE_FAMILIES; family++) {
        for (int i = 0; i < REEL_OBJECT_COUNT * REEL_SIZE_COUNT && status == REEL_OK; i++) {
            status = render_views(out->views + next, family, i, short_pixels);
            next += SOFTNESSES * ANGLES;
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

/* What the frames show that have the object whole. */
typedef struct {
    int count;
    int frame[SHOTS_MAX];
    reel_silhouette view[SHOTS_MAX];
} shots;

static void take_shots(shots *out, const reel_matte *matte, const reel_track *track)
{
    double unit = matte->width < matte->height ? matte->width : matte->height;
    size_t pixels = (size_t)matte->width * (size_t)matte->height;
    out->count = 0;
    for (int f = 0; f < track->frames && out->count < SHOTS_MAX; f++) {
        const reel_sighting *s = &track->at[f];
        if (s->is_found && s->is_whole) {
            out->frame[out->count] = f;
            take_view(&out->view[out->count++], matte->alpha + pixels * (size_t)f, matte->width,
                      matte->height, s->x * unit, s->y * unit, s->area * unit * unit);
        }
    }
}

/* Find the manner, one for the whole film, that is most alike on average. */
static void compare(reel_object_seen *out, const reel_silhouette *views, const shots *s)
{
    double sums[MANNERS] = { 0.0 }, second = 0.0;
    int every = 1 + (s->count - 1) / LOOKS_MAX, looks = 0;
    for (int i = 0; i < s->count; i += every) {
        looks++;
        for (int m = 0; m < MANNERS; m++) {
            double best = 0.0;
            for (int a = 0; a < ANGLES; a++) {
                best = fmax(best, cosine(&s->view[i], &views[m * ANGLES + a]));
            }
            sums[m] += best;
        }
    }
    for (int o = 0; o < REEL_OBJECT_COUNT && looks > 0; o++) {
        double best = 0.0;
        for (int m = 0; m < MANNERS_OF_OBJECT; m++) {
            best = fmax(best, sums[o * MANNERS_OF_OBJECT + m] / looks);
        }
        if (best > out->likeness) {
            second = out->likeness;
            out->likeness = best;
            out->object = o;
        } else {
            second = fmax(second, best);
        }
    }
    out->margin = out->likeness - second;
}

/* Mean difference between shots for every distance in frames, the most of them less what noise,
 * which adds about the same to each, can account for. */
static double changes_of(const shots *s)
{
    double sums[LAG_MAX + 1] = { 0.0 }, most = 0.0, least = 1.0;
    int counts[LAG_MAX + 1] = { 0 };
    for (int i = 0; i < s->count; i++) {
        for (int j = i + 1; j < s->count && s->frame[j] - s->frame[i] <= LAG_MAX; j++) {
            int lag = s->frame[j] - s->frame[i];
            sums[lag] += 1.0 - cosine(&s->view[i], &s->view[j]);
            counts[lag]++;
        }
    }
    for (int lag = 1; lag <= LAG_MAX; lag++) {
        if (counts[lag] >= PAIRS_MIN) {
            most = fmax(most, sums[lag] / counts[lag]);
            least = fmin(least, sums[lag] / counts[lag]);
        }
    }
    return fmax(0.0, most - NOISE_GAIN * least);
}

reel_status reel_object_find(reel_object_seen *out, const reel_silhouettes *silhouettes,
                             const reel_matte *matte, const reel_track *track, int is_white)
{
    *out = (reel_object_seen){ .object = -1 };
    shots *s = malloc(sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "film: no memory for %d shots", SHOTS_MAX);
    }
    take_shots(s, matte, track);
    int family = is_white ? REEL_SILHOUETTE_WHITE : REEL_SILHOUETTE_COLOURED;
    compare(out, silhouettes->views + family * MANNERS * ANGLES, s);
    out->changes = changes_of(s);
    free(s);
    return REEL_OK;
}
