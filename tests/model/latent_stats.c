/* The axes of latents: the formula, the way back, files that are refused. */
#include "model/latent_stats.h"

#include "check.h"
#include "scratch.h"
#include "tensor/safetensors.h"

#include <math.h>

enum { C = 3, ROWS = 10 };

typedef struct {
    reel_weights weights;
    reel_latent_stats stats;
} axes;

/* As at the start, or with a mean and oblique axes. */
static void axes_open(axes *a, int is_measured)
{
    static const float mean[C] = { 0.5f, -2.0f, 3.0f }, std[C] = { 1.5f, 0.7f, 0.2f };
    static const float to[C * C] = { 2, 0, 0, 1, 4, 0, 0, -1, 0.5f };
    static const float from[C * C] = { 0.5f, 0, 0, -0.125f, 0.25f, 0, -0.25f, 0.5f, 2 };
    reel_weights_init_set(&a->weights);
    reel_latent_stats_declare(&a->weights, &a->stats, C);
    assert_int_equal(reel_weights_alloc(&a->weights), REEL_OK);
    assert_int_equal(reel_weights_randomise(&a->weights, 1), REEL_OK);
    if (is_measured) {
        reel_weight_set(&a->weights, a->stats.mean, mean);
        reel_weight_set(&a->weights, a->stats.std, std);
        reel_weight_set(&a->weights, a->stats.to, to);
        reel_weight_set(&a->weights, a->stats.from, from);
    }
}

static void latents_are_turned_into_their_axes_and_back(void **state)
{
    (void)state;
    axes a;
    axes_open(&a, 1);
    assert_int_equal(reel_latent_stats_check(&a.weights, &a.stats), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *x = check_random(rt, (check_shape){ 4, { 1, ROWS / 2, 2, C } }, 1);
    reel_tensor *z = reel_latent_normalise(rt, &a.stats, x);
    reel_tensor *back = reel_latent_denormalise(rt, &a.stats, z);
    assert_int_equal(rt->status, REEL_OK);
    assert_true(reel_same_shape(z, x) && reel_same_shape(back, x));
    for (int i = 0; i < ROWS * C; i++) {
        double wanted = 0;
        for (int k = 0; k < C; k++) {
            double centred = (double)reel_f32(x)[i / C * C + k] - (double)reel_f32(a.stats.mean)[k];
            wanted += (double)reel_f32(a.stats.to)[i % C * C + k] * centred;
        }
        assert_true(fabs((double)reel_f32(z)[i] - wanted) < 1e-5);
    }
    assert_true(check_distance(reel_f32(back), reel_f32(x), ROWS * C) < 1e-6);
    check_rt_free(rt);
    reel_weights_deinit(&a.weights);
}

static void axes_that_were_not_measured_change_nothing(void **state)
{
    (void)state;
    axes a;
    axes_open(&a, 0);
    assert_int_equal(reel_latent_stats_check(&a.weights, &a.stats), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *x = check_random(rt, (check_shape){ 2, { ROWS, C } }, 1);
    reel_tensor *z = reel_latent_denormalise(rt, &a.stats, reel_latent_normalise(rt, &a.stats, x));
    assert_int_equal(rt->status, REEL_OK);
    assert_memory_equal(z->data, x->data, reel_size_bytes(x));
    check_rt_free(rt);
    reel_weights_deinit(&a.weights);
}

static void a_latent_of_other_channels_is_refused(void **state)
{
    (void)state;
    axes a;
    axes_open(&a, 1);
    reel_rt *rt = check_rt_new();
    reel_latent_normalise(rt, &a.stats, check_random(rt, (check_shape){ 2, { ROWS, 4 } }, 1));
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    reel_rt_reset(rt);
    reel_latent_denormalise(rt, &a.stats, check_random(rt, (check_shape){ 2, { ROWS, 4 } }, 1));
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    check_rt_free(rt);
    reel_weights_deinit(&a.weights);
}

static void numbers_that_are_no_axes_are_refused(void **state)
{
    (void)state;
    static const struct {
        int tensor, index;
        float value;
        const char *message;
    } bad[] = {
        { 0, 2, NAN, "latent_mean: is nan at 2" },
        { 1, 0, INFINITY, "latent_to: is inf at 0" },
        { 1, 1, 0.01f, "latent_from: times latent_to is " },
        { 2, 4, NAN, "latent_from: is nan at 4" },
        { 2, 8, 2.01f, "latent_from: times latent_to is 0.005 off the identity at [2, 2]" },
        { 3, 1, 0.0f, "latent_std: is 0 at 1" },
        { 3, 0, -INFINITY, "latent_std: is -inf at 0" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        axes a;
        axes_open(&a, 1);
        reel_tensor *t[] = { a.stats.mean, a.stats.to, a.stats.from, a.stats.std };
        reel_f32(t[bad[i].tensor])[bad[i].index] = bad[i].value;
        assert_int_equal(reel_latent_stats_check(&a.weights, &a.stats), REEL_ERR_FORMAT);
        if (!strstr(reel_error_message(), bad[i].message)) {
            fail_msg("%s: is \"%s\"", bad[i].message, reel_error_message());
        }
        reel_weights_deinit(&a.weights);
    }
}

/* Codecs before latents had axes: a mean and the deviation of every channel of x. */
static void a_file_without_axes_is_refused(void **state)
{
    (void)state;
    const char *path = scratch_path("old.safetensors");
    reel_weights old;
    reel_tensor *t;
    reel_safetensors file;
    axes a;
    reel_weights_init_set(&old);
    REEL_WEIGHT(&old, &t, "latent_mean", REEL_INIT_ZERO, REEL_GROUP_PLAIN, C);
    REEL_WEIGHT(&old, &t, "latent_std", REEL_INIT_ONE, REEL_GROUP_PLAIN, C);
    assert_int_equal(reel_weights_alloc(&old), REEL_OK);
    assert_int_equal(reel_weights_save(&old, NULL, path, REEL_F32, NULL), REEL_OK);
    axes_open(&a, 0);
    assert_int_equal(reel_safetensors_open(&file, path), REEL_OK);
    assert_int_equal(reel_weights_load(&a.weights, &file), REEL_ERR_NOT_FOUND);
    assert_string_equal(reel_error_message(), "latent_to: is missing, expected [3, 3] f32");
    reel_safetensors_close(&file);
    reel_weights_deinit(&a.weights);
    reel_weights_deinit(&old);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latents_are_turned_into_their_axes_and_back),
        cmocka_unit_test(axes_that_were_not_measured_change_nothing),
        cmocka_unit_test(a_latent_of_other_channels_is_refused),
        cmocka_unit_test(numbers_that_are_no_axes_are_refused),
        cmocka_unit_test(a_file_without_axes_is_refused),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
