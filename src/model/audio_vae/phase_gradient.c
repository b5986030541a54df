/* Phase gradient heap integration: an order of bins that depends on their values, hence on the host
 * and bin by bin, unlike the rest of the model. */
#include "model/audio_vae/phase_gradient.h"

#include "ops/expect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double GAMMA_HANN = 0.25645; /* times window^2: the Gaussian nearest to the window */
static const float QUIETEST = 1e-7f;

typedef struct {
    int64_t frames, bins;
    double hop_turn;     /* phase per hop and bin number */
    double ratio;        /* hop window / gamma */
    const float *level;  /* [frames, bins] log of the magnitude */
    float *phase;        /* [frames, bins] */
    unsigned char *done; /* [frames, bins] */
    int32_t *heap;       /* max-heap of bins by level, whose neighbours wait */
    int32_t heap_count;
} field;

/* --- the heap ------------------------------------------------------------------------------ */

/* Louder first; by place where levels are equal, so that the order is one. */
static int comes_before(const field *f, int32_t a, int32_t b)
{
    return f->level[a] > f->level[b] || (f->level[a] == f->level[b] && a < b);
}

static void heap_push(field *f, int32_t bin)
{
    int32_t i = f->heap_count++;
    while (i > 0 && comes_before(f, bin, f->heap[(i - 1) / 2])) {
        f->heap[i] = f->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    f->heap[i] = bin;
}

static int32_t heap_pop(field *f)
{
    int32_t top = f->heap[0], last = f->heap[--f->heap_count], i = 0;
    for (;;) {
        int32_t child = 2 * i + 1;
        if (child >= f->heap_count) {
            break;
        }
        if (child + 1 < f->heap_count && comes_before(f, f->heap[child + 1], f->heap[child])) {
            child++;
        }
        if (!comes_before(f, f->heap[child], last)) {
            break;
        }
        f->heap[i] = f->heap[child];
        i = child;
    }
    f->heap[i] = last;
    return top;
}

/* --- slopes -------------------------------------------------------------------------------- */

/* Slope of the level at position `at` of `count` along an axis of the given stride. */
static double slope(const float *level, int64_t at, int64_t count, int64_t stride)
{
    int64_t before = at > 0 ? 1 : 0, after = at + 1 < count ? 1 : 0;
    if (before + after == 0) {
        return 0;
    }
    return ((double)level[after * stride] - (double)level[-before * stride]) /
           (double)(before + after);
}

static double per_hop(const field *f, int64_t i)
{
    int64_t k = i % f->bins;
    return f->hop_turn * (double)k + f->ratio * slope(f->level + i, k, f->bins, 1);
}

static double per_bin(const field *f, int64_t i)
{
    return -M_PI - slope(f->level + i, i / f->bins, f->frames, f->bins) / f->ratio;
}

/* Give bin `to` its phase from its neighbour `from`: the mean slope of both. */
static void spread(field *f, int32_t from, int32_t to, double direction, int in_time)
{
    if (f->done[to]) {
        return;
    }
    double mean =
        in_time ? (per_hop(f, from) + per_hop(f, to)) / 2 : (per_bin(f, from) + per_bin(f, to)) / 2;
    f->phase[to] = (float)remainder((double)f->phase[from] + direction * mean, 2 * M_PI);
    f->done[to] = 1;
    heap_push(f, to);
}

/* From the bins on the heap to all others. */
static void integrate_on(field *f)
{
    while (f->heap_count > 0) {
        int32_t i = heap_pop(f), bins = (int32_t)f->bins;
        int64_t k = i % f->bins, n = i / f->bins;
        if (n + 1 < f->frames) {
            spread(f, i, i + bins, 1, 1);
        }
        if (n > 0) {
            spread(f, i, i - bins, -1, 1);
        }
        if (k + 1 < f->bins) {
            spread(f, i, i + 1, 1, 0);
        }
        if (k > 0) {
            spread(f, i, i - 1, -1, 0);
        }
    }
}

static int32_t loudest(const field *f)
{
    int32_t best = 0;
    for (int32_t i = 1; i < (int32_t)(f->frames * f->bins); i++) {
        best = comes_before(f, i, best) ? i : best;
    }
    return best;
}

static void begin_at(field *f, int32_t bin, float phase)
{
    f->done[bin] = 1;
    f->phase[bin] = phase;
    heap_push(f, bin);
}

/* One sound: level holds magnitudes on entry; `before` is the spectrum of frame 0, or NULL. All
 * bins are neighbours of neighbours: the sums reach all. */
static void integrate(field *f, float *level, const float *before)
{
    const int64_t count = f->frames * f->bins;
    for (int64_t i = 0; i < count; i++) {
        level[i] = logf(level[i] > QUIETEST ? level[i] : QUIETEST);
    }
    memset(f->done, 0, (size_t)f->frames * (size_t)f->bins);
    f->heap_count = 0;
    for (int32_t k = 0; before && k < (int32_t)f->bins; k++) {
        begin_at(f, k, atan2f(before[f->bins + k], before[k]));
    }
    if (!before) {
        begin_at(f, loudest(f), 0);
    }
    integrate_on(f);
}

/* The phases of `count` frames from `first` on. */
static void write_spectrum(float *spectrum, const field *f, int64_t first, int64_t count)
{
    for (int64_t n = first; n < first + count; n++) {
        for (int64_t k = 0; k < f->bins; k++) {
            float *z = spectrum + (n - first) * 2 * f->bins + k;
            z[0] = cosf(f->phase[n * f->bins + k]);
            z[f->bins] = sinf(f->phase[n * f->bins + k]);
        }
    }
}

static int piece_fits(const reel_tensor *magnitude, const reel_stft *stft,
                      const reel_phase_piece *piece)
{
    return magnitude->rank == 3 && magnitude->dim[2] == stft->bins &&
           magnitude->dim[1] * magnitude->dim[2] <= INT32_MAX &&
           magnitude->dim[1] > (piece->before != NULL) + piece->ahead &&
           (!piece->before || REEL_IS_F32(piece->before, magnitude->dim[0], 1, 2 * stft->bins));
}

reel_tensor *reel_phase_gradient(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitude,
                                 const reel_phase_piece *piece)
{
    const reel_phase_piece whole = { 0 };
    piece = piece ? piece : &whole;
    if (rt->status < 0 || !piece_fits(magnitude, stft, piece)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE,
                                "phase gradient: magnitude is %s, expected [B, N, %d]",
                                reel_shape(magnitude).text, stft->bins);
    }
    int64_t frames = magnitude->dim[1], bins = stft->bins, count = frames * bins;
    int64_t batch = magnitude->dim[0], first = piece->before ? 1 : 0;
    int64_t made = frames - first - piece->ahead;
    size_t mark = reel_arena_mark(&rt->host);
    const float *from = reel_host_f32(rt, magnitude);
    const float *before = piece->before ? reel_host_f32(rt, piece->before) : NULL;
    float *spectrum = reel_host_scratch(rt, batch * 2 * made * bins);
    float *level = reel_host_scratch(rt, count);
    field f = { .frames = frames,
                .bins = bins,
                .hop_turn = 2 * M_PI * stft->hop / stft->window,
                .ratio = stft->hop / (GAMMA_HANN * stft->window),
                .level = level,
                .phase = reel_host_scratch(rt, count),
                .done = (unsigned char *)reel_host_scratch(rt, count),
                .heap = (int32_t *)(void *)reel_host_scratch(rt, count) };
    for (int64_t b = 0; rt->status == REEL_OK && !reel_rt_is_dry(rt) && b < batch; b++) {
        memcpy(level, from + b * count, (size_t)count * sizeof *level);
        integrate(&f, level, before ? before + b * 2 * bins : NULL);
        write_spectrum(spectrum + b * 2 * made * bins, &f, first, made);
    }
    reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, spectrum, batch, made, 2 * bins);
    reel_arena_release(&rt->host, mark);
    return t;
}
