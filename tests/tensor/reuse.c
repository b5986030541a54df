/* Memory that serves again: what may be dropped, and stretches of work. */
#include "tensor/reuse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { CAPACITY = 1 << 20 };

static reel_rt started(void)
{
    reel_rt rt;
    assert_int_equal(reel_rt_init(&rt, NULL, CAPACITY), REEL_OK);
    return rt;
}

/* A tensor of `count` elements, all `value` unless the pass is dry. */
static reel_tensor *filled(reel_rt *rt, int64_t count, float value)
{
    reel_tensor *t = REEL_NEW(rt, REEL_F32, count);
    for (int64_t i = 0; t->data && i < count; i++) {
        reel_f32(t)[i] = value;
    }
    return t;
}

/* --- dropping -------------------------------------------------------------------------------- */

static void a_dropped_tensor_makes_room_for_the_next_of_its_size(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *a = filled(&rt, 100, 1), *b = filled(&rt, 100, 2);
    const void *first = a->data, *second = b->data;
    REEL_DROP(&rt, a, NULL, b, a); /* a second time is once */
    const size_t used = rt.arena.used;
    assert_ptr_equal(filled(&rt, 100, 3)->data, second); /* the latest first */
    assert_ptr_not_equal(filled(&rt, 200, 4)->data, first);
    assert_true(rt.arena.used > used);
    assert_ptr_equal(filled(&rt, 100, 5)->data, first);
    assert_ptr_not_equal(filled(&rt, 100, 6)->data, first);
    reel_rt_deinit(&rt);
}

static void a_view_drops_what_it_is_a_view_of(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *a = filled(&rt, 12, 1), *view = REEL_VIEW(&rt, a, 3, 4);
    const void *place = a->data;
    REEL_DROP(&rt, view, a);
    assert_ptr_equal(filled(&rt, 12, 2)->data, place);
    assert_ptr_not_equal(filled(&rt, 12, 3)->data, place);
    reel_rt_deinit(&rt);
}

static void what_a_backward_pass_may_read_is_dropped_only_without_a_tape(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *a = filled(&rt, 30, 1);
    const void *place = a->data;
    rt.recording = 1;
    REEL_DONE(&rt, a);
    assert_ptr_equal(a->data, place);
    assert_ptr_not_equal(filled(&rt, 30, 2)->data, place);
    rt.recording = 0;
    REEL_DONE(&rt, a);
    assert_ptr_equal(filled(&rt, 30, 3)->data, place);
    reel_rt_deinit(&rt);
}

static void a_tensor_from_outside_of_the_step_is_never_dropped(void **state)
{
    (void)state;
    reel_rt rt = started();
    float value = 7;
    reel_tensor weight = { .dtype = REEL_F32, .rank = 1, .dim = { 1 }, .data = &value };
    REEL_DROP(&rt, &weight);
    assert_ptr_equal(weight.data, &value);
    assert_ptr_not_equal(filled(&rt, 1, 1)->data, &value);
    reel_rt_deinit(&rt);
}

/* A chain of any length in the memory of two links. */
static size_t chain(reel_rt *rt, int length)
{
    reel_tensor *before = filled(rt, 1000, 0);
    for (int i = 0; i < length; i++) {
        reel_tensor *next = filled(rt, 1000, (float)i);
        REEL_DONE(rt, before);
        before = next;
    }
    return rt->arena.peak;
}

static void a_dry_pass_counts_what_is_reused(void **state)
{
    (void)state;
    reel_rt rt = started(), dry;
    assert_int_equal(reel_rt_init(&dry, NULL, 0), REEL_OK);
    assert_int_equal(chain(&rt, 20), 2 * 4 * 1008); /* a multiple of 64 bytes each */
    assert_int_equal(chain(&dry, 20), rt.arena.peak);
    reel_rt_deinit(&dry);
    reel_rt_deinit(&rt);
}

static void a_reset_forgets_what_was_dropped(void **state)
{
    (void)state;
    reel_rt rt = started();
    filled(&rt, 50, 1);
    reel_tensor *late = filled(&rt, 50, 2);
    const void *place = late->data;
    REEL_DROP(&rt, late);
    reel_rt_reset(&rt);
    assert_ptr_not_equal(filled(&rt, 50, 3)->data, place);
    reel_rt_deinit(&rt);
}

/* --- stretches ------------------------------------------------------------------------------- */

/* Two of four tensors are kept, the later one named first. */
static void keep_two(reel_rt *rt, reel_tensor *kept[2])
{
    filled(rt, 1000, 1);
    const reel_stretch stretch = reel_stretch_begin(rt);
    filled(rt, 100, 2);
    kept[1] = filled(rt, 50, 3);
    filled(rt, 10, 4);
    kept[0] = filled(rt, 70, 5);
    reel_stretch_keep(rt, &stretch, kept, 2);
    filled(rt, 300, 6);
}

static void what_is_kept_moves_down_and_the_rest_is_given_back(void **state)
{
    (void)state;
    reel_rt rt = started(), dry;
    reel_tensor *kept[2];
    keep_two(&rt, kept);
    assert_int_equal(rt.arena.used, 4 * (1008 + 64 + 80 + 304)); /* each a multiple of 64 bytes */
    for (int i = 0; i < 50; i++) {
        assert_true(reel_f32(kept[1])[i] == 3.0f && reel_f32(kept[0])[i] == 5.0f);
    }
    assert_int_equal(reel_rt_init(&dry, NULL, 0), REEL_OK);
    keep_two(&dry, kept);
    assert_int_equal(dry.arena.used, rt.arena.used);
    assert_int_equal(dry.arena.peak, rt.arena.peak);
    reel_rt_deinit(&dry);
    reel_rt_deinit(&rt);
}

static void what_is_older_than_the_stretch_stays_and_a_tape_keeps_everything(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *early = filled(&rt, 20, 1);
    const void *place = early->data;
    reel_stretch stretch = reel_stretch_begin(&rt);
    reel_tensor *late = filled(&rt, 20, 2);
    const size_t used = rt.arena.used;
    rt.recording = 1;
    reel_stretch_keep(&rt, &stretch, &early, 1);
    assert_int_equal(rt.arena.used, used);

    rt.recording = 0;
    stretch = reel_stretch_begin(&rt);
    reel_tensor *later = filled(&rt, 20, 3);
    reel_stretch_keep(&rt, &stretch, (reel_tensor *[]){ early, NULL, late, later }, 4);
    assert_ptr_equal(early->data, place);
    assert_true(rt.arena.used > used);
    assert_true(reel_f32(late)[19] == 2.0f && reel_f32(later)[19] == 3.0f);
    reel_rt_deinit(&rt);
}

/* Older memory outlives a stretch, whatever happens in it; memory of the stretch does not. */
static void a_stretch_drops_and_uses_nothing_older(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *dropped = filled(&rt, 40, 1), *early = filled(&rt, 40, 2);
    const void *free_place = dropped->data, *place = early->data;
    REEL_DROP(&rt, dropped);
    const reel_stretch stretch = reel_stretch_begin(&rt);
    reel_tensor *inside = filled(&rt, 40, 3);
    const void *inner_place = inside->data;
    assert_ptr_not_equal(inner_place, free_place);
    REEL_DROP(&rt, early, inside);
    assert_ptr_equal(early->data, place);
    reel_tensor *again = filled(&rt, 40, 4);
    assert_ptr_equal(again->data, inner_place);
    REEL_DROP(&rt, again);
    reel_stretch_forget(&rt, &stretch);
    assert_ptr_equal(filled(&rt, 40, 5)->data, free_place);
    assert_true(reel_f32(early)[39] == 2.0f);
    REEL_DROP(&rt, early);
    assert_ptr_equal(filled(&rt, 40, 6)->data, place);
    reel_rt_deinit(&rt);
}

static void with_a_tape_what_was_dropped_in_and_before_a_stretch_is_used_after_it(void **state)
{
    (void)state;
    reel_rt rt = started();
    reel_tensor *before = filled(&rt, 40, 1);
    const void *place = before->data;
    rt.recording = 1;
    REEL_DROP(&rt, before);
    const reel_stretch stretch = reel_stretch_begin(&rt);
    reel_tensor *inside = filled(&rt, 40, 2);
    const void *inner_place = inside->data;
    REEL_DROP(&rt, inside);
    reel_stretch_keep(&rt, &stretch, NULL, 0);
    assert_ptr_equal(filled(&rt, 40, 3)->data, inner_place);
    assert_ptr_equal(filled(&rt, 40, 4)->data, place);
    reel_rt_deinit(&rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dropped_tensor_makes_room_for_the_next_of_its_size),
        cmocka_unit_test(a_view_drops_what_it_is_a_view_of),
        cmocka_unit_test(what_a_backward_pass_may_read_is_dropped_only_without_a_tape),
        cmocka_unit_test(a_tensor_from_outside_of_the_step_is_never_dropped),
        cmocka_unit_test(a_dry_pass_counts_what_is_reused),
        cmocka_unit_test(a_reset_forgets_what_was_dropped),
        cmocka_unit_test(what_is_kept_moves_down_and_the_rest_is_given_back),
        cmocka_unit_test(what_is_older_than_the_stretch_stays_and_a_tape_keeps_everything),
        cmocka_unit_test(a_stretch_drops_and_uses_nothing_older),
        cmocka_unit_test(with_a_tape_what_was_dropped_in_and_before_a_stretch_is_used_after_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
