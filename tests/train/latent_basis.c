/* The axes of latents: what they promise, from sums and from a codec; where nothing is to be
 * measured. */
#include "base/error.h"
#include "base/rng.h"
#include "check.h"
#include "ops/linear.h"
#include "train/latent_probe.h"

#include <math.h>

enum { C = 4, FRAMES = 6, CELLS = 5, CLIPS = 20, OUTPUTS = 7 };

typedef struct {
    reel_weights weights;
    reel_latent_stats stats;
} axes;

static void axes_open(axes *a)
{
    reel_weights_init_set(&a->weights);
    reel_latent_stats_declare(&a->weights, &a->stats, C);
    assert_int_equal(reel_weights_alloc(&a->weights), REEL_OK);
    assert_int_equal(reel_weights_randomise(&a->weights, 1), REEL_OK);
}

/* Latents of a clip: channels that depend on each other, each cell with a place of its own. */
static void draw_clip(float x[FRAMES * CELLS * C], int clip)
{
    float noise[FRAMES * CELLS * C], place[CELLS * C];
    reel_rng_fill_normal(noise, FRAMES * CELLS * C, 5, (uint64_t)clip);
    reel_rng_fill_normal(place, CELLS * C, 6, (uint64_t)clip);
    for (int i = 0; i < FRAMES * CELLS; i++) {
        const float *n = noise + i * C, *p = place + i % CELLS * C;
        x[i * C] = 3 + n[0] + p[0];
        x[i * C + 1] = -1 + 0.5f * n[0] + 0.2f * n[1] + 2 * p[1];
        x[i * C + 2] = 0.1f * n[2] + p[2] + p[1];
        x[i * C + 3] = 4 * n[3] - 0.1f * n[2];
    }
}

/* How outputs follow from a latent vector. */
static void draw_output(float output[OUTPUTS * C])
{
    reel_rng_fill_normal(output, OUTPUTS * C, 7, 0);
    for (int i = 0; i < OUTPUTS; i++) {
        output[i * C + 2] *= 5;
        output[i * C + 3] *= 0.1f;
    }
}

/* Every clip, and the effect of `places` latents if there are any. */
static void measure(reel_latent_basis *b, int frames, int cells, int places)
{
    float x[FRAMES * CELLS * C], output[OUTPUTS * C], column[C][OUTPUTS];
    float *change[C];
    assert_int_equal(reel_latent_basis_init(b, C), REEL_OK);
    for (int i = 0; i < CLIPS; i++) {
        draw_clip(x, i);
        reel_latent_basis_add_clip(b, x, frames, cells);
    }
    draw_output(output);
    for (int i = 0; i < OUTPUTS * C; i++) {
        column[i % C][i / C] = output[i];
    }
    for (int c = 0; c < C; c++) {
        change[c] = column[c];
    }
    for (int i = 0; i < places; i++) {
        reel_latent_basis_add_effect(b, change, OUTPUTS, 1);
    }
}

/* m := a m a^T, or a^T m a */
static void turn(double m[C * C], const float *a, int from_right)
{
    double half[C * C], whole[C * C];
    for (int i = 0; i < C * C; i++) {
        half[i] = 0;
        for (int k = 0; k < C; k++) {
            int at = from_right ? k * C + i / C : i / C * C + k;
            half[i] += (double)a[at] * m[k * C + i % C];
        }
    }
    for (int i = 0; i < C * C; i++) {
        whole[i] = 0;
        for (int k = 0; k < C; k++) {
            int at = from_right ? k * C + i % C : i % C * C + k;
            whole[i] += half[i / C * C + k] * (double)a[at];
        }
    }
    memcpy(m, whole, sizeof whole);
}

/* S of the clips as they were drawn. */
static void moving_of(double m[C * C])
{
    float x[FRAMES * CELLS * C];
    memset(m, 0, C * C * sizeof *m);
    for (int i = 0; i < CLIPS; i++) {
        draw_clip(x, i);
        for (int j = 0; j < CELLS * C * C; j++) {
            int cell = j / (C * C), a = j / C % C, b = j % C;
            double sums[2] = { 0 }, both = 0;
            for (int f = 0; f < FRAMES; f++) {
                const float *at = x + (f * CELLS + cell) * C;
                sums[0] += (double)at[a];
                sums[1] += (double)at[b];
                both += (double)at[a] * (double)at[b];
            }
            m[a * C + b] += (both - sums[0] * sums[1] / FRAMES) / (FRAMES * CELLS * CLIPS);
        }
    }
}

static void effect_of(double m[C * C])
{
    float output[OUTPUTS * C];
    draw_output(output);
    for (int i = 0; i < C * C; i++) {
        m[i] = 0;
        for (int o = 0; o < OUTPUTS; o++) {
            m[i] += (double)output[o * C + i / C] * (double)output[o * C + i % C];
        }
    }
}

/* In the axes what moves (a^2 l^(2 power)) and what is seen of a change (l^(1 - 2 power) / a^2) are
 * both diagonal, and l falls. */
static void check_axes(const reel_latent_stats *stats, double power)
{
    double moving[C * C], effect[C * C], first = 0;
    moving_of(moving);
    effect_of(effect);
    turn(moving, reel_f32(stats->to), 0);
    turn(effect, reel_f32(stats->from), 1);
    for (int i = 0; i < C * C; i++) {
        int row = i / C, column = i % C;
        if (row != column) {
            double size = moving[row * (C + 1)] * moving[column * (C + 1)];
            assert_true(fabs(moving[i]) < 1e-5 * sqrt(size));
            size = effect[row * (C + 1)] * effect[column * (C + 1)];
            assert_true(fabs(effect[i]) < 1e-5 * sqrt(size));
            continue;
        }
        double energy = moving[i] * effect[i], a2 = moving[i] / pow(energy, 2 * power);
        first = row == 0 ? a2 : first;
        assert_true(fabs(a2 / first - 1) < 1e-5);
        assert_true(row == 0 || energy < moving[i - C - 1] * effect[i - C - 1]);
    }
}

/* z over all clips: mean 0, mean square 1, the deviations that are told. */
static void check_deviations(const axes *a)
{
    double sum[C] = { 0 }, square[C] = { 0 }, total = 0;
    const double count = FRAMES * CELLS * CLIPS;
    float x[FRAMES * CELLS * C];
    reel_rt *rt = check_rt_new();
    for (int i = 0; i < CLIPS; i++) {
        draw_clip(x, i);
        reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, x, FRAMES, CELLS, C);
        reel_tensor *z = reel_latent_normalise(rt, &a->stats, t);
        assert_int_equal(rt->status, REEL_OK);
        for (int j = 0; j < FRAMES * CELLS * C; j++) {
            sum[j % C] += (double)reel_f32(z)[j];
            square[j % C] += (double)reel_f32(z)[j] * (double)reel_f32(z)[j];
        }
    }
    for (int c = 0; c < C; c++) {
        assert_true(fabs(sum[c] / count) < 1e-5);
        assert_true(fabs(sqrt(square[c] / count) - (double)reel_f32(a->stats.std)[c]) < 1e-5);
        total += square[c] / count / C;
    }
    assert_true(fabs(total - 1) < 1e-5);
    check_rt_free(rt);
}

static void axes_are_principal_in_what_moves_and_in_what_is_seen(void **state)
{
    (void)state;
    static const double powers[] = { 0, 0.25, 0.35, 0.5 };
    reel_latent_basis b;
    measure(&b, FRAMES, CELLS, 3);
    for (int i = 0; i < 4; i++) {
        axes a;
        axes_open(&a);
        assert_int_equal(reel_latent_basis_store(&b, powers[i], &a.stats), REEL_OK);
        assert_int_equal(reel_latent_stats_check(&a.weights, &a.stats), REEL_OK);
        check_axes(&a.stats, powers[i]);
        check_deviations(&a);
        reel_weights_deinit(&a.weights);
    }
    reel_latent_basis_deinit(&b);
}

/* One frame a clip: nothing moves. No places: no effect. One channel without any of both. */
static void axes_have_an_inverse_where_nothing_happens(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        reel_latent_basis b;
        axes a;
        axes_open(&a);
        measure(&b, i % 2 ? 1 : FRAMES, CELLS, i / 2);
        for (int c = 0; c < C; c++) {
            b.effect[3 * C + c] = b.moving[3 * C + c] = 0;
        }
        assert_int_equal(reel_latent_basis_store(&b, 0.25, &a.stats), REEL_OK);
        assert_int_equal(reel_latent_stats_check(&a.weights, &a.stats), REEL_OK);
        reel_latent_basis_deinit(&b);
        reel_weights_deinit(&a.weights);
    }
}

static void numbers_that_give_no_axes_are_refused(void **state)
{
    (void)state;
    reel_latent_basis b;
    axes a;
    axes_open(&a);
    assert_int_equal(reel_latent_basis_init(&b, C), REEL_OK);
    assert_int_equal(reel_latent_basis_store(&b, 0.25, &a.stats), REEL_ERR_INVALID);
    reel_latent_basis_deinit(&b);
    measure(&b, FRAMES, CELLS, 1);
    b.sum[1] = NAN;
    assert_int_equal(reel_latent_basis_store(&b, 0.25, &a.stats), REEL_ERR_INVALID);
    reel_latent_basis_deinit(&b);
    reel_weights_deinit(&a.weights);
}

/* --- a codec whose decoder is one matrix per latent vector ----------------------------------- */

static reel_tensor *encode(void *self, reel_rt *rt, int index)
{
    float x[FRAMES * CELLS * C];
    (void)self;
    draw_clip(x, index);
    return REEL_FROM_HOST(rt, REEL_F32, x, 1, FRAMES, 1, CELLS, C);
}

static reel_tensor *decode(void *self, reel_rt *rt, reel_tensor *latent)
{
    float output[OUTPUTS * C];
    (void)self;
    draw_output(output);
    reel_tensor *weight = REEL_FROM_HOST(rt, REEL_F32, output, OUTPUTS, C);
    return reel_linear(rt, latent, &(reel_linear_params){ .weight = weight });
}

static void a_codec_is_measured_by_changing_its_latents(void **state)
{
    (void)state;
    static const reel_latent_probe probes[][REEL_LATENT_PROBES] = {
        { { .weight = 1 } },
        { { .latents = 1, .weight = 1 }, { .latents = 3, .first = 1, .weight = 0.25 } },
        { { .apart = 4, .weight = 1 } },
    };
    for (int i = 0; i < 3; i++) {
        axes a;
        axes_open(&a);
        reel_latent_source source = {
            .clips = CLIPS, .power = 0.25, .encode = encode, .decode = decode
        };
        memcpy(source.probe, probes[i], sizeof source.probe);
        assert_int_equal(reel_latent_probe_measure(&a.stats, &source), REEL_OK);
        assert_int_equal(reel_latent_stats_check(&a.weights, &a.stats), REEL_OK);
        check_deviations(&a);
        float turned[C * C];
        memcpy(turned, reel_f32(a.stats.to), sizeof turned);
        reel_latent_basis b;
        measure(&b, FRAMES, CELLS, 1);
        assert_int_equal(reel_latent_basis_store(&b, 0.25, &a.stats), REEL_OK);
        assert_true(check_distance(turned, reel_f32(a.stats.to), C * C) < 1e-4);
        reel_latent_basis_deinit(&b);
        reel_weights_deinit(&a.weights);
    }
}

static reel_tensor *fail_to_decode(void *self, reel_rt *rt, reel_tensor *latent)
{
    (void)self;
    return reel_fail_tensor(rt, REEL_ERR_SHAPE, "%d latents", (int)latent->dim[1]);
}

static void a_codec_that_fails_says_so(void **state)
{
    (void)state;
    axes a;
    axes_open(&a);
    const reel_latent_source source = {
        .clips = 1, .encode = encode, .decode = fail_to_decode, .probe = { { .weight = 1 } }
    };
    assert_int_equal(reel_latent_probe_measure(&a.stats, &source), REEL_ERR_SHAPE);
    assert_non_null(strstr(reel_error_message(), "6 latents"));
    reel_weights_deinit(&a.weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(axes_are_principal_in_what_moves_and_in_what_is_seen),
        cmocka_unit_test(axes_have_an_inverse_where_nothing_happens),
        cmocka_unit_test(numbers_that_give_no_axes_are_refused),
        cmocka_unit_test(a_codec_is_measured_by_changing_its_latents),
        cmocka_unit_test(a_codec_that_fails_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
