/* Training on a GPU: the losses of the processor, checkpoints that either goes on from. */
#include "train/stage.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gpu.h"
#include "scratch.h"
#include "tiny_model.h"
#include "tiny_run.h"

enum { STEPS = 10 };

static void train_on(const reel_device *device, const char *name, const char *mode, int64_t steps)
{
    const reel_device *before;
    char buckets[512];
    snprintf(buckets, sizeof buckets, "%s, %s", tiny_films, tiny_stills);
    assert_int_equal(reel_device_select(device, &before), REEL_OK);
    assert_int_equal(tiny_run(name, mode, buckets, ", \"ema\": 0.9", steps), REEL_OK);
    assert_int_equal(reel_device_select(before, NULL), REEL_OK);
}

/* The rounding of one step is carried to all that follow. */
static void assert_near(const double *a, const double *b, int count)
{
    for (int i = 0; i < count; i++) {
        if (!(fabs(a[i] - b[i]) <= 1e-3 * fabs(b[i]))) {
            fail_msg("step %d: %.6f on the GPU, %.6f on the processor", i, a[i], b[i]);
        }
    }
}

static void ten_losses_on_the_gpu_are_those_of_the_processor(void **state)
{
    (void)state;
    double ours[64], theirs[64], video[64], its_video[64];
    train_on(reel_device_current(), "cpu", "joint", STEPS);
    train_on(gpu, "gpu", "joint", STEPS);
    assert_int_equal(tiny_log(theirs, its_video, "cpu", "video"), STEPS);
    assert_int_equal(tiny_log(ours, video, "gpu", "video"), STEPS);
    assert_near(ours, theirs, STEPS);
    for (int i = 0; i < STEPS; i++) {
        assert_int_equal(isnan(video[i]), isnan(its_video[i]));
    }
}

static void the_same_training_twice_has_the_same_losses_bit_for_bit(void **state)
{
    (void)state;
    double once[64], twice[64], unused[64];
    train_on(gpu, "once", "joint", STEPS);
    train_on(gpu, "twice", "joint", STEPS / 2);
    train_on(gpu, "twice", "joint", STEPS); /* resumed from its checkpoint */
    assert_int_equal(tiny_log(once, unused, "once", "video"), STEPS);
    assert_int_equal(tiny_log(twice, unused, "twice", "video"), STEPS);
    assert_memory_equal(once, twice, STEPS * sizeof *once);
}

static void a_training_moves_from_the_gpu_to_the_processor_and_on(void **state)
{
    (void)state;
    double ours[64], theirs[64], unused[64];
    train_on(reel_device_current(), "stayed", "joint", STEPS);
    train_on(gpu, "moved", "joint", STEPS / 2);
    train_on(reel_device_current(), "moved", "joint", STEPS);
    assert_int_equal(tiny_log(theirs, unused, "stayed", "video"), STEPS);
    assert_int_equal(tiny_log(ours, unused, "moved", "video"), STEPS);
    assert_near(ours, theirs, STEPS);
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }
    tiny_model_make(scratch_dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_losses_on_the_gpu_are_those_of_the_processor),
        cmocka_unit_test(the_same_training_twice_has_the_same_losses_bit_for_bit),
        cmocka_unit_test(a_training_moves_from_the_gpu_to_the_processor_and_on),
    };
    int skipped = gpu_or_skip();
    return skipped ? skipped : cmocka_run_group_tests(tests, setup, scratch_teardown_tree);
}
