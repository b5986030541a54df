/* Which weight is moved by which rule. */
#include "train/optimiser.h"

#include "base/rng.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A set of one weight of each group, all values and all gradients 1. */
static void make_set(reel_weights *set, reel_tensor *t[4])
{
    reel_weights_init_set(set);
    REEL_WEIGHT(set, &t[0], "matrix", REEL_INIT_ONE, REEL_GROUP_MATRIX, 4, 6);
    REEL_WEIGHT(set, &t[1], "edge", REEL_INIT_ONE, REEL_GROUP_EDGE, 5, 3);
    REEL_WEIGHT(set, &t[2], "plain", REEL_INIT_ONE, REEL_GROUP_PLAIN, 7);
    REEL_WEIGHT(set, &t[3], "frozen", REEL_INIT_ONE, REEL_GROUP_MATRIX, 4, 4);
    assert_int_equal(reel_weights_alloc(set), REEL_OK);
    assert_int_equal(reel_weights_alloc_grads(set), REEL_OK);
    reel_weights_randomise(set, 0);
    for (size_t i = 0; i < set->elements; i++) {
        set->grads[i] = 1;
    }
    reel_weights_want_grads(set, "frozen", 0);
}

static void optimiser_moves_each_group_by_its_rule(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *t[4];
    make_set(&set, t);
    reel_recipe recipe = {
        .lr = 0.1f, .muon_lr = 0.01f, .weight_decay = 0.5f, .beta1 = 0.9f, .beta2 = 0.99f
    };
    reel_optimiser o;
    assert_int_equal(reel_optimiser_init(&o, &set, &recipe), REEL_OK);
    assert_int_equal(o.matrix_count, 1);
    assert_int_equal(reel_optimiser_step(&o, 0, 1, 1), REEL_OK);
    assert_true(fabsf(*reel_f32(t[1]) - (1 - 0.1f * 0.5f - 0.1f)) < 1e-5f);
    assert_true(fabsf(*reel_f32(t[2]) - (1 - 0.1f)) < 1e-5f);
    assert_true(*reel_f32(t[3]) == 1.0f);
    /* a matrix of equal gradients has one singular value: U = about 1 / sqrt(4 * 6) */
    float moved = 1 - 0.01f * 0.5f - *reel_f32(t[0]);
    assert_true(moved > 0.01f * 0.6f / sqrtf(24) && moved < 0.01f * 1.3f / sqrtf(24));
    reel_optimiser_deinit(&o);
    recipe.muon_lr = 0;
    assert_int_equal(reel_optimiser_init(&o, &set, &recipe), REEL_OK);
    assert_int_equal(o.matrix_count, 0);
    reel_optimiser_deinit(&o);
    reel_weights_deinit(&set);
}

static void optimiser_gives_the_same_weights_on_any_number_of_threads(void **state)
{
    (void)state;
    float kept[2][64];
    int threads = omp_get_max_threads();
    for (int n = 0; n < 2; n++) {
        reel_weights set;
        reel_tensor *t[4];
        reel_optimiser o;
        reel_recipe recipe = { .lr = 0.1f, .muon_lr = 0.01f, .beta1 = 0.9f, .beta2 = 0.99f };
        omp_set_num_threads(n + 1);
        make_set(&set, t);
        reel_rng_fill_normal(set.grads, set.elements, 3, 0);
        assert_int_equal(reel_optimiser_init(&o, &set, &recipe), REEL_OK);
        for (int step = 0; step < 3; step++) {
            assert_int_equal(reel_optimiser_step(&o, step, 1, 0.5), REEL_OK);
        }
        assert_true(set.elements >= 64);
        memcpy(kept[n], set.values, sizeof kept[n]);
        reel_optimiser_deinit(&o);
        reel_weights_deinit(&set);
    }
    omp_set_num_threads(threads);
    assert_memory_equal(kept[0], kept[1], sizeof kept[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimiser_moves_each_group_by_its_rule),
        cmocka_unit_test(optimiser_gives_the_same_weights_on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
