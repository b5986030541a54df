/* Frames of a signal. */
#include "ops/frame.h"

#include "check.h"

static reel_tensor *frame(reel_rt *rt, reel_tensor **in)
{
    return reel_frame(rt, in[0], 8, 3);
}

static reel_tensor *overlap_add(reel_rt *rt, reel_tensor **in)
{
    return reel_overlap_add(rt, in[0], 3);
}

static reel_tensor *with_gaps(reel_rt *rt, reel_tensor **in)
{
    return reel_overlap_add(rt, in[0], 11);
}

static void frames_give_the_same_bytes_with_every_number_of_threads(void **state)
{
    (void)state;
    check_shape signal[] = { { 2, { 2, 50001 } } };
    check_agrees_everywhere(frame, signal, 1, 1e-6);
    check_shape frames[] = { { 3, { 2, 9001, 8 } } };
    check_agrees_everywhere(overlap_add, frames, 1, 1e-6);
    check_agrees_everywhere(with_gaps, frames, 1, 1e-6);
}

static void frames_backward_match_finite_differences(void **state)
{
    (void)state;
    check_shape signal[] = { { 2, { 2, 19 } } };
    check_gradient(frame, signal, 1);
    check_shape frames[] = { { 3, { 2, 4, 8 } } };
    check_gradient(overlap_add, frames, 1);
    check_gradient(with_gaps, frames, 1);
}

static void frames_match_pytorch(void **state)
{
    (void)state;
    check_golden("ops/frame", frame, 1e-6);
    check_golden("ops/overlap_add", overlap_add, 1e-6);
}

static void overlap_add_sums_where_frames_meet(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    const float ones[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    reel_tensor *y = reel_overlap_add(rt, REEL_FROM_HOST(rt, REEL_F32, ones, 1, 3, 3), 2);
    assert_int_equal(y->dim[1], 7);
    assert_memory_equal(y->data, ((float[]){ 1, 1, 2, 1, 2, 1, 1 }), 28);
    reel_tensor *gaps = reel_overlap_add(rt, REEL_FROM_HOST(rt, REEL_F32, ones, 1, 2, 2), 3);
    assert_memory_equal(gaps->data, ((float[]){ 1, 1, 0, 1, 1 }), 20);
    check_rt_free(rt);
}

/* Long enough for several pieces of work; whole numbers, so that sums are exact. */
static void overlap_add_misses_no_frame_of_a_long_signal(void **state)
{
    (void)state;
    enum { FRAMES = 7000, WINDOW = 8, HOP = 3, SAMPLES = (FRAMES - 1) * HOP + WINDOW };
    static float frames[FRAMES * WINDOW], expected[SAMPLES];
    for (int i = 0; i < FRAMES * WINDOW; i++) {
        frames[i] = (float)(i * 7 % 101);
        expected[i / WINDOW * HOP + i % WINDOW] += frames[i];
    }
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, frames, 1, FRAMES, WINDOW);
    assert_memory_equal(overlap_add(rt, &x)->data, expected, sizeof expected);
    check_rt_free(rt);
}

static void frame_leaves_out_what_fills_no_whole_frame(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, ((float[]){ 1, 2, 3, 4, 5, 6 }), 1, 6);
    reel_tensor *y = reel_frame(rt, x, 3, 2);
    assert_int_equal(y->dim[1], 2);
    assert_memory_equal(y->data, ((float[]){ 1, 2, 3, 3, 4, 5 }), 24);
    check_rt_free(rt);
}

static void frame_refuses_a_signal_shorter_than_its_window(void **state)
{
    (void)state;
    check_shape in[] = { { 2, { 1, 7 } } };
    check_refuses(frame, in, 1, REEL_ERR_SHAPE, "frame: x is [1, 7] f32, window 8, hop 3");
    check_refuses(overlap_add, in, 1, REEL_ERR_SHAPE, "overlap_add: frames are [1, 7] f32, hop 3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_give_the_same_bytes_with_every_number_of_threads),
        cmocka_unit_test(frames_backward_match_finite_differences),
        cmocka_unit_test(frames_match_pytorch),
        cmocka_unit_test(overlap_add_sums_where_frames_meet),
        cmocka_unit_test(overlap_add_misses_no_frame_of_a_long_signal),
        cmocka_unit_test(frame_leaves_out_what_fills_no_whole_frame),
        cmocka_unit_test(frame_refuses_a_signal_shorter_than_its_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
