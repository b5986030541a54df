/* Encoding clips, changing single latents, and watching the decoder. */
#include "train/latent_probe.h"

#include "base/error.h"
#include "ops/kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_APART = 6, CLIPS_PER_PROBED = 8 };

static const double DEVIATIONS = 0.3;                  /* that a channel is changed by */
static const size_t CLIP_STEP_BYTES = (size_t)8 << 30; /* address space to treat one clip in */

/* Latents of a clip on the host, [frames, height, width, C]. */
typedef struct {
    int rank;
    int64_t dim[REEL_MAX_RANK]; /* of the tensor that they came as */
    int64_t frames, height, width;
    float *values, *changed;
} clip_latents;

typedef struct {
    const reel_latent_source *source;
    reel_latent_basis basis;
    reel_rt rt;
    clip_latents clip;
    double step[REEL_LATENT_CHANNELS_MAX]; /* that each channel is changed by */
    float *plain;                          /* the output of the clip as it is, `outputs` values */
    float *change[REEL_LATENT_CHANNELS_MAX];
    int64_t outputs;
} session;

/* *buffer holds `count` values, whatever it held before. */
static reel_status provide(float **buffer, int64_t count)
{
    free(*buffer);
    *buffer = malloc((size_t)count * sizeof **buffer + 1);
    return *buffer ? REEL_OK
                   : REEL_FAIL(REEL_ERR_MEMORY, "no memory for %lld values of a codec",
                               (long long)count);
}

static void session_deinit(session *s)
{
    for (int c = 0; c < REEL_LATENT_CHANNELS_MAX; c++) {
        free(s->change[c]);
    }
    free(s->plain);
    free(s->clip.values);
    free(s->clip.changed);
    reel_latent_basis_deinit(&s->basis);
    reel_rt_deinit(&s->rt);
}

static reel_status encode(session *s, int index)
{
    clip_latents *l = &s->clip;
    reel_rt_reset(&s->rt);
    const reel_tensor *t = s->source->encode(s->source->self, &s->rt, index);
    const float *values = reel_host_f32(&s->rt, t);
    REEL_TRY(s->rt.status);
    l->rank = t->rank;
    memcpy(l->dim, t->dim, sizeof l->dim);
    l->frames = t->dim[1];
    l->height = t->rank == 5 ? t->dim[2] : 1;
    l->width = t->rank == 5 ? t->dim[3] : 1;
    REEL_TRY(provide(&l->values, reel_count(t)));
    memcpy(l->values, values, reel_size_bytes(t));
    return provide(&l->changed, reel_count(t));
}

/* `changed` becomes `values` with a channel changed at all places of the first `frames` latents.
 * Returns how many there are. */
static int64_t nudge(clip_latents *l, const reel_latent_probe *p, int64_t frames, int clip,
                     int channel, float step)
{
    const int64_t channels = l->dim[l->rank - 1];
    const int64_t down = l->height < CELLS_APART ? l->height : CELLS_APART;
    const int64_t across = l->width < CELLS_APART ? l->width : CELLS_APART;
    const int64_t along = p->apart && p->apart < frames ? p->apart : frames;
    int64_t places = 0;
    memcpy(l->changed, l->values,
           (size_t)(frames * l->height * l->width * channels) * sizeof *l->changed);
    for (int64_t f = p->first + (p->apart ? clip % along : 0); f < frames; f += along) {
        for (int64_t y = clip % down; y < l->height; y += down) {
            for (int64_t x = (clip + clip / down) % across; x < l->width; x += across) {
                l->changed[((f * l->height + y) * l->width + x) * channels + channel] += step;
                places++;
            }
        }
    }
    return places;
}

/* What the decoder makes of the first `frames` latents in `values`; borrowed until the next. */
static reel_status decode(const float **out, session *s, const float *values, int64_t frames)
{
    int64_t dim[REEL_MAX_RANK];
    memcpy(dim, s->clip.dim, sizeof dim);
    dim[1] = frames;
    reel_rt_reset(&s->rt);
    reel_tensor *latent = reel_from_host(&s->rt, REEL_F32, values, s->clip.rank, dim);
    const reel_tensor *t = s->source->decode(s->source->self, &s->rt, latent);
    *out = reel_host_f32(&s->rt, t);
    REEL_TRY(s->rt.status);
    s->outputs = reel_count(t);
    return REEL_OK;
}

/* One piece of clip `index`, whose latents are there. */
static reel_status probe_piece(session *s, const reel_latent_probe *p, int index)
{
    const int64_t frames = p->latents && p->latents < s->clip.frames ? p->latents : s->clip.frames;
    const float *output;
    int64_t places = 0;
    REEL_TRY(decode(&output, s, s->clip.values, frames));
    REEL_TRY(provide(&s->plain, s->outputs));
    memcpy(s->plain, output, (size_t)s->outputs * sizeof *output);
    for (int c = 0; c < s->basis.channels; c++) {
        places = nudge(&s->clip, p, frames, index, c, (float)s->step[c]);
        REEL_TRY(decode(&output, s, s->clip.changed, frames));
        REEL_TRY(provide(&s->change[c], s->outputs));
        const double factor = sqrt(p->weight) / s->step[c];
        for (int64_t i = 0; i < s->outputs; i++) {
            s->change[c][i] = (float)(((double)output[i] - (double)s->plain[i]) * factor);
        }
    }
    reel_latent_basis_add_effect(&s->basis, s->change, s->outputs, places);
    return REEL_OK;
}

static reel_status measure(session *s)
{
    for (int i = 0; i < s->source->clips; i++) {
        REEL_TRY(encode(s, i));
        reel_latent_basis_add_clip(&s->basis, s->clip.values, s->clip.frames,
                                   s->clip.height * s->clip.width);
    }
    reel_latent_basis_deviations(s->step, &s->basis);
    for (int c = 0; c < s->basis.channels; c++) {
        s->step[c] = (double)(float)(s->step[c] * DEVIATIONS);
    }
    for (int i = 0; i * CLIPS_PER_PROBED < s->source->clips; i++) {
        REEL_TRY(encode(s, i));
        for (int p = 0; p < REEL_LATENT_PROBES; p++) {
            if (s->source->probe[p].weight > 0) {
                REEL_TRY(probe_piece(s, &s->source->probe[p], i));
            }
        }
    }
    return REEL_OK;
}

reel_status reel_latent_probe_measure(const reel_latent_stats *stats,
                                      const reel_latent_source *source)
{
    session s = { .source = source };
    REEL_TRY(reel_rt_init(&s.rt, reel_kernels_get(), CLIP_STEP_BYTES));
    reel_status status = reel_latent_basis_init(&s.basis, (int)reel_width(stats->mean));
    status = status < 0 ? status : measure(&s);
    status = status < 0 ? status : reel_latent_basis_store(&s.basis, source->power, stats);
    session_deinit(&s);
    return status;
}
