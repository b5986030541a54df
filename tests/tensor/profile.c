/* The rows of a profile: one per kernel and scope, forward and backward. */
#include "tensor/profile.h"

#include "ops/ops.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const reel_profile_row *find(const reel_profile *p, const char *scope, const char *kernel)
{
    for (int i = 0; i < p->count; i++) {
        if (strcmp(p->rows[i].scope, scope) == 0 && strcmp(p->rows[i].kernel, kernel) == 0) {
            return &p->rows[i];
        }
    }
    fail_msg("no row %s %s", scope, kernel);
    return NULL;
}

static void a_pass_is_counted_by_kernel_and_scope(void **state)
{
    (void)state;
    reel_rt rt;
    reel_profile profile;
    assert_int_equal(reel_profile_init(&profile), REEL_OK);
    assert_int_equal(reel_rt_init(&rt, reel_kernels_get(), 1 << 20), REEL_OK);
    rt.profile = &profile;
    rt.recording = 1;
    reel_tensor *x = reel_zeros(&rt, REEL_F32, 1, (int64_t[]){ 100 });
    x->wants_grad = 1;
    reel_scope_enter(&rt, "block 1");
    reel_tensor *y = reel_gelu(&rt, reel_gelu(&rt, x));
    reel_scope_leave(&rt);
    reel_tensor *loss = reel_mean_square(&rt, reel_gelu(&rt, y));
    assert_int_equal(reel_backward(&rt, loss, 1), REEL_OK);
    assert_true(find(&profile, "", "zeros")->calls >= 1);
    assert_int_equal(find(&profile, "block 1", "unary.forward")->calls, 2);
    assert_int_equal(find(&profile, "block 1", "unary.backward")->calls, 2);
    assert_int_equal(find(&profile, "", "unary.forward")->calls, 1);
    assert_true(find(&profile, "block 1", "unary.forward")->seconds > 0);
    assert_true(find(&profile, "block 1", "unary.forward")->cpu_seconds >= 0);
    reel_profile_clear(&profile);
    assert_int_equal(profile.count, 0);
    reel_rt_deinit(&rt);
    reel_profile_deinit(&profile);
}

static void a_full_profile_keeps_counting_in_its_last_row(void **state)
{
    (void)state;
    reel_profile profile;
    assert_int_equal(reel_profile_init(&profile), REEL_OK);
    for (int i = 0; i < REEL_PROFILE_ROWS + 5; i++) {
        char scope[16];
        snprintf(scope, sizeof scope, "%d", i);
        reel_profile_begin(&profile);
        assert_int_equal(reel_profile_end(&profile, scope, "x", REEL_ERR_SHAPE), REEL_ERR_SHAPE);
    }
    assert_int_equal(profile.count, REEL_PROFILE_ROWS);
    assert_int_equal(profile.rows[REEL_PROFILE_ROWS - 1].calls, 6);
    reel_profile_deinit(&profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pass_is_counted_by_kernel_and_scope),
        cmocka_unit_test(a_full_profile_keeps_counting_in_its_last_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
