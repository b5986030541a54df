/* The runtime: tensors of a step, views, dry passes, sticky failures, and the tape. */
#include "tensor/runtime.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

enum { CAPACITY = 1 << 20 };

static reel_rt started(void)
{
    reel_rt rt;
    assert_int_equal(reel_rt_init(&rt, NULL, CAPACITY), REEL_OK);
    rt.recording = 1;
    return rt;
}

/* A scalar operator of the test: y = scale * sum(x), which saves nothing. */
static reel_status scaled_sum_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *x = node->input[0], *dx = reel_grad_of(rt, x);
    const float *dy = reel_f32(node->output->grad);
    for (int64_t i = 0; dx && dx->data && i < reel_count(x); i++) {
        reel_f32(dx)[i] += (float)node->number[0] * *dy;
    }
    return REEL_OK;
}

static reel_tensor *scaled_sum(reel_rt *rt, reel_tensor *x, double scale)
{
    reel_tensor *y = REEL_NEW(rt, REEL_F32, 1);
    if (y->data) {
        double sum = 0;
        for (int64_t i = 0; i < reel_count(x); i++) {
            sum += reel_f32(x)[i];
        }
        *reel_f32(y) = (float)(scale * sum);
    }
    reel_record(rt, scaled_sum_backward,
                (reel_node){ .output = y, .input = { x }, .number = { scale } });
    return y;
}

static reel_status add_backward(reel_rt *rt, const reel_node *node)
{
    for (int i = 0; i < 2; i++) {
        reel_tensor *dx = reel_grad_of(rt, node->input[i]);
        if (dx && dx->data) {
            *reel_f32(dx) += *reel_f32(node->output->grad);
        }
    }
    return REEL_OK;
}

/* Of two scalars. */
static reel_tensor *add(reel_rt *rt, reel_tensor *a, reel_tensor *b)
{
    reel_tensor *y = REEL_NEW(rt, REEL_F32, 1);
    if (y->data) {
        *reel_f32(y) = *reel_f32(a) + *reel_f32(b);
    }
    reel_record(rt, add_backward, (reel_node){ .output = y, .input = { a, b } });
    return y;
}

static reel_tensor *trained(reel_rt *rt, int64_t count)
{
    reel_tensor *x = reel_zeros(rt, REEL_F32, 1, &count);
    x->wants_grad = 1;
    return x;
}

static void host_values_come_in_with_their_shape(void **state)
{
    (void)state;
    reel_rt rt = started();
    const float values[6] = { 1, 2, 3, 4, 5, 6 };
    reel_tensor *t = REEL_FROM_HOST(&rt, REEL_F32, values, 2, 3);
    assert_string_equal(reel_shape(t).text, "[2, 3] f32");
    assert_memory_equal(t->data, values, sizeof values);
    assert_int_equal(reel_rows(t), 2);
    assert_int_equal(reel_width(t), 3);
    reel_tensor *z = reel_zeros(&rt, REEL_I8, 0, (int64_t[]){ 0 });
    assert_int_equal(reel_count(z), 1);
    assert_int_equal(*(int8_t *)z->data, 0);
    reel_rt_deinit(&rt);
}

static void a_view_shares_elements_and_gradient(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 6);
    reel_tensor *rows = REEL_VIEW(&rt, x, 2, 3), *again = REEL_VIEW(&rt, rows, 3, 2);
    assert_ptr_equal(again->data, x->data);
    reel_tensor *loss = add(&rt, scaled_sum(&rt, again, 2), scaled_sum(&rt, x, 3));
    assert_int_equal(reel_backward(&rt, loss, 1), REEL_OK);
    assert_ptr_equal(again->grad->data, x->grad->data);
    assert_string_equal(reel_shape(again->grad).text, "[3, 2] f32");
    for (int i = 0; i < 6; i++) {
        assert_true(reel_f32(x->grad)[i] == 5.0f);
    }
    reel_rt_deinit(&rt);
}

static void a_gradient_passes_through_a_view_of_an_intermediate_result(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 3);
    reel_tensor *y = scaled_sum(&rt, x, 4);
    reel_tensor *loss = scaled_sum(&rt, REEL_VIEW(&rt, y, 1, 1), 5);
    assert_int_equal(reel_backward(&rt, loss, 1), REEL_OK);
    assert_true(reel_f32(x->grad)[2] == 20.0f);
    reel_rt_deinit(&rt);
}

static void a_view_of_another_size_is_refused(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 6);
    assert_ptr_equal(REEL_VIEW(&rt, x, 4, 2), &rt.poison);
    assert_int_equal(rt.status, REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "[6] f32 cannot be seen as [4, 2] f32");
    reel_rt_deinit(&rt);
}

static void gradients_add_up_over_uses_and_scale_with_the_seed(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 2);
    reel_tensor *loss = add(&rt, scaled_sum(&rt, x, 1), scaled_sum(&rt, x, 10));
    assert_int_equal(reel_backward(&rt, loss, 0.5f), REEL_OK);
    assert_true(reel_f32(x->grad)[0] == 5.5f);
    assert_null(rt.tape);
    reel_rt_deinit(&rt);
}

/* A chain of sums over 1000 elements each, as long as you like, in the memory of a few. */
static void gradients_that_were_passed_on_make_room_for_others(void **state)
{
    (void)state;
    size_t peak[2];
    for (int i = 0; i < 2; i++) {
        reel_rt dry;
        assert_int_equal(reel_rt_init(&dry, NULL, 0), REEL_OK);
        dry.recording = 1;
        reel_tensor *x = trained(&dry, 1), *y = x;
        size_t before = dry.arena.used;
        for (int n = 0; n < 10 * (i + 1); n++) {
            y = scaled_sum(&dry, y, 2);
        }
        size_t forward = dry.arena.used - before;
        assert_int_equal(reel_backward(&dry, y, 1), REEL_OK);
        peak[i] = dry.arena.peak - before - forward;
        assert_null(y->grad);
        assert_non_null(x->grad);
        reel_rt_deinit(&dry);
    }
    assert_int_equal(peak[0], peak[1]);
}

static void a_recycled_gradient_begins_at_zero(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 1), *y = x;
    for (int n = 0; n < 5; n++) {
        y = scaled_sum(&rt, y, 2);
    }
    assert_int_equal(reel_backward(&rt, y, 1), REEL_OK);
    assert_true(*reel_f32(x->grad) == 32.0f);
    reel_rt_deinit(&rt);
}

/* y = a + b, where a takes the gradient of y over. */
static reel_status hand_over_backward(reel_rt *rt, const reel_node *node)
{
    reel_tensor *b = node->input[1], *db = reel_grad_of(rt, b);
    *reel_f32(db) += *reel_f32(node->output->grad);
    if (!reel_grad_hand_over(rt, node->input[0], node->output)) {
        *reel_f32(reel_grad_of(rt, node->input[0])) += *reel_f32(node->output->grad);
    }
    return REEL_OK;
}

static void a_gradient_is_handed_over_where_none_is_there_yet(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *a = trained(&rt, 1), *b = trained(&rt, 1), *c = trained(&rt, 1);
    reel_tensor *y = REEL_NEW(&rt, REEL_F32, 1), *z = REEL_NEW(&rt, REEL_F32, 1);
    *reel_f32(y) = *reel_f32(z) = 0.0f;
    reel_tensor *view = REEL_VIEW(&rt, a, 1, 1);
    reel_record(&rt, hand_over_backward, (reel_node){ .output = y, .input = { view, b } });
    reel_record(&rt, hand_over_backward, (reel_node){ .output = z, .input = { a, c } });
    reel_tensor *loss = add(&rt, scaled_sum(&rt, y, 3), scaled_sum(&rt, z, 5));
    assert_int_equal(reel_backward(&rt, loss, 1), REEL_OK);
    assert_true(*reel_f32(a->grad) == 8.0f); /* by hand from z, then added to from y */
    assert_true(*reel_f32(b->grad) == 3.0f);
    assert_true(*reel_f32(c->grad) == 5.0f);
    reel_rt_deinit(&rt);
}

static void what_wants_no_gradient_gets_none(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 2), *fixed = trained(&rt, 2);
    fixed->wants_grad = 0;
    reel_tensor *side = scaled_sum(&rt, fixed, 1);
    assert_null(rt.tape);
    assert_false(side->wants_grad);
    reel_tensor *loss = add(&rt, scaled_sum(&rt, x, 1), side);
    assert_int_equal(reel_backward(&rt, loss, 1), REEL_OK);
    assert_null(fixed->grad);
    assert_null(side->grad);
    assert_null(reel_grad_of(&rt, NULL));
    reel_rt_deinit(&rt);
}

static reel_status must_not_run(reel_rt *rt, const reel_node *node)
{
    (void)rt;
    (void)node;
    return REEL_FAIL(REEL_ERR_INTERNAL, "ran");
}

static void an_output_that_the_loss_does_not_use_is_skipped(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 1), *unused = REEL_NEW(&rt, REEL_F32, 1);
    reel_record(&rt, must_not_run, (reel_node){ .output = unused, .input = { x } });
    assert_int_equal(reel_backward(&rt, scaled_sum(&rt, x, 1), 1), REEL_OK);
    assert_true(*reel_f32(x->grad) == 1.0f);
    reel_rt_deinit(&rt);
}

static void a_failing_backward_stops_the_tape(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 1), *y = REEL_NEW(&rt, REEL_F32, 1);
    reel_record(&rt, must_not_run, (reel_node){ .output = y, .input = { x } });
    assert_int_equal(reel_backward(&rt, scaled_sum(&rt, y, 1), 1), REEL_ERR_INTERNAL);
    assert_int_equal(rt.status, REEL_ERR_INTERNAL);
    assert_null(x->grad);
    reel_rt_deinit(&rt);
}

static void backward_begins_at_a_scalar_on_the_tape(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 2);
    assert_int_equal(reel_backward(&rt, x, 1), REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "backward: [2] f32 is no scalar on the tape");
    reel_rt_reset(&rt);
    assert_int_equal(reel_backward(&rt, REEL_NEW(&rt, REEL_F32, 1), 1), REEL_ERR_SHAPE);
    reel_rt_deinit(&rt);
}

static void nothing_is_recorded_unless_asked(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 2);
    rt.recording = 0;
    assert_false(reel_will_record(&rt, 1, &x));
    assert_false(scaled_sum(&rt, x, 1)->wants_grad);
    assert_null(rt.tape);
    rt.recording = 1;
    assert_true(reel_will_record(&rt, 1, &x));
    reel_rt_deinit(&rt);
}

/* A step with views, gradients and options, as an operator would make it. */
static void step(reel_rt *rt)
{
    reel_tensor *x = trained(rt, 1000);
    const int options[3] = { 1, 2, 3 };
    const int *copy = reel_rt_copy(rt, options, sizeof options);
    assert_int_equal(copy[2], 3); /* options are real in a dry pass too */
    reel_tensor *loss = add(rt, scaled_sum(rt, REEL_VIEW(rt, x, 10, 100), 2), scaled_sum(rt, x, 1));
    assert_int_equal(reel_backward(rt, loss, 1), REEL_OK);
}

static void a_dry_pass_counts_what_the_real_pass_uses(void **state)
{
    (void)state;
    reel_rt dry, real;
    assert_int_equal(reel_rt_init(&dry, NULL, 0), REEL_OK);
    assert_true(reel_rt_is_dry(&dry));
    dry.recording = 1;
    step(&dry);
    assert_true(dry.arena.peak >= 2 * 1000 * sizeof(float)); /* values and gradient */

    assert_int_equal(reel_rt_init(&real, NULL, dry.arena.peak), REEL_OK);
    assert_false(reel_rt_is_dry(&real));
    real.recording = 1;
    step(&real);
    assert_int_equal(real.arena.peak, dry.arena.peak);
    reel_rt_deinit(&real);

    assert_int_equal(reel_rt_init(&real, NULL, dry.arena.peak - REEL_ARENA_ALIGN), REEL_OK);
    real.recording = 1;
    reel_tensor *x = trained(&real, 1000);
    reel_backward(&real, scaled_sum(&real, x, 1), 1);
    trained(&real, 64);
    assert_int_equal(real.status, REEL_ERR_MEMORY);
    reel_rt_deinit(&real);
    reel_rt_deinit(&dry);
}

static void the_first_failure_stays_and_later_operators_do_nothing(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *x = trained(&rt, 2);
    size_t used = rt.arena.used;
    reel_fail_tensor(&rt, REEL_ERR_SHAPE, "first");
    reel_fail_tensor(&rt, REEL_ERR_MEMORY, "second");
    assert_int_equal(rt.status, REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "first");
    assert_ptr_equal(REEL_NEW(&rt, REEL_F32, 5), &rt.poison);
    assert_ptr_equal(REEL_VIEW(&rt, x, 2, 1), &rt.poison);
    assert_ptr_equal(scaled_sum(&rt, &rt.poison, 1), &rt.poison);
    assert_int_equal(reel_backward(&rt, x, 1), REEL_ERR_SHAPE);
    assert_null(rt.tape);
    assert_int_equal(rt.arena.used, used);
    reel_rt_deinit(&rt);
}

static void a_reset_forgets_tensors_tape_and_failure(void **state)
{
    (void)state;
    reel_rt rt = started();
    scaled_sum(&rt, trained(&rt, 10), 1);
    reel_scope_enter(&rt, "block 1");
    reel_fail_tensor(&rt, REEL_ERR_SHAPE, "broken");
    reel_rt_reset(&rt);
    assert_int_equal(rt.status, REEL_OK);
    assert_null(rt.tape);
    assert_int_equal(rt.arena.used, 0);
    assert_int_equal(rt.headers.used, 0);
    assert_string_equal(rt.scope, "");
    assert_ptr_not_equal(trained(&rt, 10), &rt.poison);
    reel_rt_deinit(&rt);
}

static void a_failure_names_the_scope_it_happened_in(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_scope_enter(&rt, "block %d", 17);
    reel_scope_enter(&rt, "self_attention");
    reel_scope_leave(&rt);
    reel_scope_enter(&rt, "av_cross_attention");
    reel_fail_tensor(&rt, REEL_ERR_SHAPE, "to_q: is %s", "wrong");
    assert_string_equal(reel_error_message(), "block 17/av_cross_attention: to_q: is wrong");
    reel_scope_leave(&rt);
    assert_string_equal(rt.scope, "block 17");
    reel_scope_leave(&rt);
    assert_string_equal(rt.scope, "");
    reel_rt_deinit(&rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_values_come_in_with_their_shape),
        cmocka_unit_test(a_view_shares_elements_and_gradient),
        cmocka_unit_test(a_gradient_passes_through_a_view_of_an_intermediate_result),
        cmocka_unit_test(a_view_of_another_size_is_refused),
        cmocka_unit_test(gradients_add_up_over_uses_and_scale_with_the_seed),
        cmocka_unit_test(gradients_that_were_passed_on_make_room_for_others),
        cmocka_unit_test(a_recycled_gradient_begins_at_zero),
        cmocka_unit_test(a_gradient_is_handed_over_where_none_is_there_yet),
        cmocka_unit_test(what_wants_no_gradient_gets_none),
        cmocka_unit_test(an_output_that_the_loss_does_not_use_is_skipped),
        cmocka_unit_test(a_failing_backward_stops_the_tape),
        cmocka_unit_test(backward_begins_at_a_scalar_on_the_tape),
        cmocka_unit_test(nothing_is_recorded_unless_asked),
        cmocka_unit_test(a_dry_pass_counts_what_the_real_pass_uses),
        cmocka_unit_test(the_first_failure_stays_and_later_operators_do_nothing),
        cmocka_unit_test(a_reset_forgets_tensors_tape_and_failure),
        cmocka_unit_test(a_failure_names_the_scope_it_happened_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
