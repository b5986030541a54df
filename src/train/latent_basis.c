/* Sums over latents and their effects, and the axes that follow from them. */
#include "train/latent_basis.h"

#include "base/error.h"
#include "ops/symmetric_eigen.h"

#include <math.h>
#include <stdlib.h>

static const double SMALLEST_STD = 1e-3, SMALLEST_SHARE = 1e-4;

reel_status reel_latent_basis_init(reel_latent_basis *basis, int channels)
{
    size_t matrix = (size_t)channels * (size_t)channels;
    *basis = (reel_latent_basis){ .channels = channels };
    basis->sum = calloc((size_t)channels + 3 * matrix, sizeof *basis->sum);
    if (!basis->sum) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the axes of %d channels", channels);
    }
    basis->square = basis->sum + channels;
    basis->moving = basis->square + matrix;
    basis->effect = basis->moving + matrix;
    return REEL_OK;
}

void reel_latent_basis_deinit(reel_latent_basis *basis)
{
    free(basis->sum);
    *basis = (reel_latent_basis){ 0 };
}

/* --- sums ------------------------------------------------------------------------------------ */

/* matrix += factor x x^T, the lower triangle. */
static void add_product(double *matrix, const double *x, int channels, double factor)
{
    for (int i = 0; i < channels; i++) {
        for (int j = 0; j <= i; j++) {
            matrix[i * channels + j] += factor * x[i] * x[j];
        }
    }
}

/* All times of one cell: `latent` and from there every `stride` values a vector. */
static void add_cell(reel_latent_basis *b, const float *latent, int64_t frames, int64_t stride)
{
    const int channels = b->channels;
    double mean[REEL_LATENT_CHANNELS_MAX] = { 0 }, x[REEL_LATENT_CHANNELS_MAX];
    for (int64_t f = 0; f < frames; f++) {
        for (int c = 0; c < channels; c++) {
            x[c] = (double)latent[f * stride + c];
            mean[c] += x[c];
        }
        add_product(b->square, x, channels, 1);
        add_product(b->moving, x, channels, 1);
    }
    for (int c = 0; c < channels; c++) {
        b->sum[c] += mean[c];
        mean[c] /= (double)frames;
    }
    add_product(b->moving, mean, channels, -(double)frames);
}

void reel_latent_basis_add_clip(reel_latent_basis *basis, const float *latent, int64_t frames,
                                int64_t cells)
{
    for (int64_t cell = 0; frames > 0 && cell < cells; cell++) {
        add_cell(basis, latent + cell * basis->channels, frames, cells * basis->channels);
    }
    basis->rows += frames * cells;
}

void reel_latent_basis_deviations(double *deviation, const reel_latent_basis *basis)
{
    double rows = (double)(basis->rows ? basis->rows : 1);
    for (int c = 0; c < basis->channels; c++) {
        double mean = basis->sum[c] / rows;
        double variance = basis->square[c * (basis->channels + 1)] / rows - mean * mean;
        deviation[c] = fmax(sqrt(fmax(variance, 0)), SMALLEST_STD);
    }
}

void reel_latent_basis_add_effect(reel_latent_basis *basis, float *const *change, int64_t count,
                                  int64_t places)
{
    for (int i = 0; i < basis->channels; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = 0;
            for (int64_t k = 0; k < count; k++) {
                sum += (double)change[i][k] * (double)change[j][k];
            }
            basis->effect[i * basis->channels + j] += sum;
        }
    }
    basis->places += places;
}

/* --- the axes -------------------------------------------------------------------------------- */

/* Matrices [n, n] and vectors [n] on the way to the axes. */
typedef struct {
    int n;
    double *covariance, *root, *inverse_root, *energy, *vector, *to, *from, *spoilt;
    double *mean, *value;
} workspace;

static reel_status workspace_init(workspace *w, int n)
{
    size_t matrix = (size_t)n * (size_t)n;
    double *at = calloc(8 * matrix + 2 * (size_t)n, sizeof *at);
    *w = (workspace){ .n = n, .covariance = at };
    if (!at) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the axes of %d channels", n);
    }
    double **const matrices[] = { &w->covariance, &w->root, &w->inverse_root, &w->energy,
                                  &w->vector,     &w->to,   &w->from,         &w->spoilt };
    for (int i = 0; i < 8; i++) {
        *matrices[i] = at + (size_t)i * matrix;
    }
    w->mean = at + 8 * matrix;
    w->value = w->mean + n;
    return REEL_OK;
}

/* out = sum over both triangles of a sum / count. */
static void take_mean(double *out, const double *lower, int n, int64_t count)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double mean = count ? lower[i * n + j] / (double)count : 0;
            out[i * n + j] = out[j * n + i] = mean;
        }
    }
}

/* out = a b, or a b^T */
static void multiply(double *out, const double *a, const double *b, int n, int is_transposed)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < n; k++) {
                sum += a[i * n + k] * (is_transposed ? b[j * n + k] : b[k * n + j]);
            }
            out[i * n + j] = sum;
        }
    }
}

/* Values that are too small to divide by are raised; all 1 where there is none. */
static void raise_smallest(double *value, int n)
{
    double least = value[0] > 0 ? SMALLEST_SHARE * value[0] : 1;
    for (int i = 0; i < n; i++) {
        value[i] = fmax(value[i], least);
    }
}

/* root = G^(1/2) and its inverse. */
static void find_roots(workspace *w, const reel_latent_basis *b)
{
    const int n = w->n;
    take_mean(w->spoilt, b->effect, n, b->places);
    reel_symmetric_eigen(w->value, w->vector, w->spoilt, n);
    raise_smallest(w->value, n);
    for (int i = 0; i < n * n; i++) {
        double sum = 0, inverse = 0;
        for (int k = 0; k < n; k++) {
            double product = w->vector[k * n + i / n] * w->vector[k * n + i % n];
            sum += sqrt(w->value[k]) * product;
            inverse += product / sqrt(w->value[k]);
        }
        w->root[i] = sum;
        w->inverse_root[i] = inverse;
    }
}

/* to = l^(power - 1/2) U^T R and its inverse, without the factor a. */
static void find_axes(workspace *w, const reel_latent_basis *b, double power)
{
    const int n = w->n;
    take_mean(w->energy, b->moving, n, b->rows);
    multiply(w->spoilt, w->root, w->energy, n, 0);
    multiply(w->energy, w->spoilt, w->root, n, 0);
    reel_symmetric_eigen(w->value, w->vector, w->energy, n);
    raise_smallest(w->value, n);
    multiply(w->to, w->vector, w->root, n, 0);
    multiply(w->from, w->inverse_root, w->vector, n, 1);
    for (int i = 0; i < n * n; i++) {
        w->to[i] *= pow(w->value[i / n], power - 0.5);
        w->from[i] *= pow(w->value[i % n], 0.5 - power);
    }
}

/* The factor a; value = deviations of z. */
static void normalise(workspace *w, const reel_latent_basis *b)
{
    const int n = w->n;
    double total = 0;
    take_mean(w->covariance, b->square, n, b->rows);
    for (int i = 0; i < n; i++) {
        w->mean[i] = b->sum[i] / (double)b->rows;
    }
    for (int i = 0; i < n * n; i++) {
        w->covariance[i] -= w->mean[i / n] * w->mean[i % n];
    }
    multiply(w->spoilt, w->to, w->covariance, n, 0);
    multiply(w->energy, w->spoilt, w->to, n, 1);
    for (int i = 0; i < n; i++) {
        total += fmax(w->energy[i * n + i], 0);
    }
    double a = total > 0 ? sqrt(n / total) : 1;
    for (int i = 0; i < n * n; i++) {
        w->to[i] *= a;
        w->from[i] /= a;
    }
    for (int i = 0; i < n; i++) {
        w->value[i] = fmax(a * sqrt(fmax(w->energy[i * n + i], 0)), SMALLEST_STD);
    }
}

static reel_status put(const reel_tensor *t, const double *values)
{
    int64_t count = reel_count(t);
    float *narrow = malloc((size_t)count * sizeof *narrow + 1);
    reel_status status =
        narrow ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for the axes of latents");
    for (int64_t i = 0; status == REEL_OK && i < count; i++) {
        narrow[i] = (float)values[i];
        if (!isfinite(narrow[i])) {
            status = REEL_FAIL(REEL_ERR_INVALID, "the axes of latents: %g, expected finite numbers",
                               values[i]);
        }
    }
    if (status == REEL_OK) {
        status = reel_copy_in(t->data, narrow, reel_size_bytes(t));
    }
    free(narrow);
    return status;
}

static reel_status put_all(const workspace *w, const reel_latent_stats *stats)
{
    REEL_TRY(put(stats->mean, w->mean));
    REEL_TRY(put(stats->to, w->to));
    REEL_TRY(put(stats->from, w->from));
    return put(stats->std, w->value);
}

reel_status reel_latent_basis_store(const reel_latent_basis *basis, double power,
                                    const reel_latent_stats *stats)
{
    if (basis->rows == 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "no latents were measured");
    }
    workspace w;
    reel_status status = workspace_init(&w, basis->channels);
    if (status == REEL_OK) {
        find_roots(&w, basis);
        find_axes(&w, basis, power);
        normalise(&w, basis);
        status = put_all(&w, stats);
    }
    free(w.covariance);
    return status;
}
