/* Where the time of one film goes: by phase, by operator and by place in the networks; with the
 * transformer in f32, and in 8 bits. */
#include "bench/film_case.h"

#include "base/error.h"
#include "ops/kernels.h"
#include "tensor/profile.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 8, GROUPS_MAX = 128 };    /* steps measured; the film's own number is counted */
static const double LEAST_SHARE = 0.002; /* of the film; what takes less has no row */

typedef struct {
    char name[96];
    double seconds;
} group;

typedef struct {
    const char *name; /* "film": what its rows begin with */
    reel_bench *bench;
    reel_film_case film;
    group groups[GROUPS_MAX];
    int count;
    double total;
} breakdown;

/* To the row "film/<kind>/<name>". */
static void add_time(breakdown *d, const char *kind, const char *of, double seconds)
{
    char name[96];
    int i = 0;
    snprintf(name, sizeof name, "%s/%s/%.60s", d->name, kind, of);
    while (i < d->count && strcmp(d->groups[i].name, name) != 0) {
        i++;
    }
    if (i == GROUPS_MAX) {
        return; /* more places than a reader could use */
    }
    if (i == d->count) {
        d->count++;
        d->groups[i] = (group){ .seconds = 0.0 };
        snprintf(d->groups[i].name, sizeof d->groups[i].name, "%s", name);
    }
    d->groups[i].seconds += seconds;
}

/* "dit/block 3/self_attention" and its likes become "dit/block/self_attention". */
static void without_numbers(char *out, size_t size, const char *scope)
{
    size_t at = 0;
    for (; *scope && at + 1 < size; scope++) {
        if (*scope == ' ' && isdigit((unsigned char)scope[1])) {
            scope += strspn(scope + 1, "0123456789");
        } else {
            out[at++] = *scope;
        }
    }
    out[at] = 0;
}

static void add_profile(breakdown *d, const reel_profile *p, double times)
{
    for (int i = 0; i < p->count; i++) {
        const reel_profile_row *row = &p->rows[i];
        const double seconds =
            times *
            (d->bench->request->cpu_time ? row->cpu_seconds / d->bench->threads : row->seconds);
        char op[64], scope[80];
        snprintf(op, sizeof op, "%.*s", (int)strcspn(row->kernel, "."), row->kernel);
        add_time(d, "op", op, seconds);
        without_numbers(scope, sizeof scope, row->scope);
        add_time(d, "in", scope[0] ? scope : "outside", seconds);
    }
}

/* --- phases ---------------------------------------------------------------------------------- */

static void end_phase(breakdown *d, const char *name, double seconds)
{
    add_time(d, "phase", name, seconds);
    d->total += seconds;
}

static reel_status run_steps(breakdown *d, reel_profile *profile)
{
    const int steps = d->film.model.defaults.steps;
    const double times = steps / (double)STEPS;
    REEL_TRY(reel_film_case_step(&d->film)); /* pages and caches */
    d->film.velocity.rt.profile = profile;
    const double start = reel_bench_clock(d->bench);
    for (int i = 0; i < STEPS; i++) {
        REEL_TRY(reel_film_case_step(&d->film));
    }
    end_phase(d, "denoise", times * (reel_bench_clock(d->bench) - start));
    add_profile(d, profile, times);
    return REEL_OK;
}

static reel_status run_decoder(breakdown *d, reel_profile *profile, const char *name,
                               reel_film_case_decoder decode)
{
    reel_rt rt;
    REEL_TRY(reel_film_case_rt_init(&rt, &d->film, decode));
    rt.profile = profile;
    reel_profile_clear(profile);
    const double start = reel_bench_clock(d->bench);
    decode(&rt, &d->film);
    end_phase(d, name, reel_bench_clock(d->bench) - start);
    add_profile(d, profile, 1.0);
    reel_status status = rt.status;
    reel_rt_deinit(&rt);
    return status;
}

static reel_status run_film(breakdown *d)
{
    reel_profile profile;
    REEL_TRY(reel_profile_init(&profile));
    double start = reel_bench_clock(d->bench);
    reel_status status;
    REEL_TRY_OR_DONE(reel_film_case_text(&d->film));
    end_phase(d, "text", reel_bench_clock(d->bench) - start);
    REEL_TRY_OR_DONE(run_steps(d, &profile));
    REEL_TRY_OR_DONE(run_decoder(d, &profile, "video_decode", reel_film_case_decode_video));
    REEL_TRY_OR_DONE(run_decoder(d, &profile, "audio_decode", reel_film_case_decode_audio));
done:
    d->film.velocity.rt.profile = NULL;
    reel_profile_deinit(&profile);
    return status;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Phases, operators and places each in a row, the longest first. */
static int by_kind_and_time(const void *a, const void *b)
{
    const group *x = a, *y = b;
    const int order = strchr(y->name, '/')[1] - strchr(x->name, '/')[1];
    return order ? order : (x->seconds < y->seconds) - (x->seconds > y->seconds);
}

static reel_status add_rows(breakdown *d)
{
    char shape[64], whole[32];
    snprintf(whole, sizeof whole, "%s/whole", d->name);
    snprintf(shape, sizeof shape, "5 s, %dx%d, %d steps", d->film.geometry.width,
             d->film.geometry.height, d->film.model.defaults.steps);
    qsort(d->groups, (size_t)d->count, sizeof *d->groups, by_kind_and_time);
    REEL_TRY(reel_bench_add(
        d->bench, &(reel_bench_row){ .name = whole, .shape = shape, .seconds = d->total }));
    for (int i = 0; i < d->count; i++) {
        const group *g = &d->groups[i];
        if (g->seconds >= LEAST_SHARE * d->total) {
            REEL_TRY(reel_bench_add(d->bench, &(reel_bench_row){ .name = g->name,
                                                                 .seconds = g->seconds,
                                                                 .ratio = g->seconds / d->total,
                                                                 .against = "film" }));
        }
    }
    return REEL_OK;
}

static reel_status measure(reel_bench *b, const char *name, reel_weights_form form)
{
    char whole[32];
    snprintf(whole, sizeof whole, "%s/whole", name);
    if (!reel_bench_wants(b, whole)) {
        return REEL_OK;
    }
    breakdown *d = calloc(1, sizeof *d);
    if (!d) {
        return REEL_FAIL(REEL_ERR_MEMORY, "bench: no memory");
    }
    d->name = name;
    d->bench = b;
    reel_status status = reel_film_case_init(&d->film, b->request->model_dir, form);
    if (status == REEL_OK) {
        status = run_film(d);
    }
    if (status == REEL_OK) {
        status = add_rows(d);
    }
    reel_film_case_deinit(&d->film);
    free(d);
    return status;
}

reel_status reel_bench_film(reel_bench *b)
{
    REEL_TRY(measure(b, "film", REEL_WEIGHTS_F32));
    return reel_bench_on_cpu() ? measure(b, "film_int8", REEL_WEIGHTS_INT8) : REEL_OK;
}
