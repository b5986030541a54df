/* Films made on a GPU: the pictures of the processor, the same bytes each time, refusals in time.
 */
#include "reel/generate.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpu.h"
#include "tiny_engine.h"

static reel_clip make(reel_engine *on)
{
    reel_clip clip;
    reel_request r = engine_request();
    if (reel_generate(&clip, on, &r, NULL, NULL) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
    return clip;
}

static reel_engine *open_gpu(void)
{
    reel_engine *on;
    if (reel_engine_open(&on, scratch_dir, "cuda,f32", NULL) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
    return on;
}

static size_t rgb_bytes(const reel_clip *clip)
{
    return (size_t)clip->frames * (size_t)clip->width * (size_t)clip->height * 3;
}

/* Rounding may move a colour by a level. */
static void assert_near(const reel_clip *ours, const reel_clip *theirs)
{
    assert_int_equal(rgb_bytes(ours), rgb_bytes(theirs));
    for (size_t i = 0; i < rgb_bytes(ours); i++) {
        if (abs((int)ours->rgb[i] - (int)theirs->rgb[i]) > 2) {
            fail_msg("byte %zu is %d, on the processor %d", i, ours->rgb[i], theirs->rgb[i]);
        }
    }
}

/* Sound is compared by its loudness: phases follow from an
 * order that rounding can exchange. */
static void a_film_of_the_gpu_looks_and_sounds_like_one_of_the_processor(void **state)
{
    (void)state;
    reel_engine *on = open_gpu();
    assert_non_null(strstr(reel_engine_device(on), "cuda:0"));
    reel_clip ours = make(on), theirs = make(engine);
    assert_int_equal(ours.samples, theirs.samples);
    assert_near(&ours, &theirs);
    double power[2] = { 0, 0 };
    for (int64_t i = 0; i < ours.channels * ours.samples; i++) {
        power[0] += (double)ours.pcm[i] * (double)ours.pcm[i];
        power[1] += (double)theirs.pcm[i] * (double)theirs.pcm[i];
    }
    assert_true(fabs(power[0] - power[1]) <= 0.05 * power[1] + 1e-9);
    reel_clip_free(&ours);
    reel_clip_free(&theirs);
    reel_engine_close(on);
}

static void the_same_seed_gives_the_same_bytes_on_the_gpu(void **state)
{
    (void)state;
    reel_engine *on = open_gpu();
    reel_clip one = make(on), two = make(on);
    assert_memory_equal(one.rgb, two.rgb, rgb_bytes(&one));
    assert_memory_equal(one.pcm, two.pcm,
                        (size_t)one.channels * (size_t)one.samples * sizeof *one.pcm);
    reel_clip_free(&one);
    reel_clip_free(&two);
    reel_engine_close(on);
}

static void codecs_and_the_step_cache_give_the_pictures_of_the_processor(void **state)
{
    (void)state;
    reel_engine *on = open_gpu();
    reel_engine *const engines[] = { on, engine };
    reel_clip clip[2];
    reel_request r = engine_request();
    r.steps = 4;
    r.step_cache = 2;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reel_generate(&clip[i], engines[i], &r, NULL, NULL), REEL_OK);
    }
    assert_near(&clip[0], &clip[1]);
    memcpy(clip[0].rgb, clip[1].rgb, rgb_bytes(&clip[0]));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reel_engine_round_trip(engines[i], &clip[i]), REEL_OK);
    }
    assert_near(&clip[0], &clip[1]);
    reel_clip_free(&clip[0]);
    reel_clip_free(&clip[1]);
    reel_engine_close(on);
}

static void weights_on_a_gpu_are_f32(void **state)
{
    (void)state;
    static const char *const forms[] = { "stored", "int8" };
    reel_engine *on;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reel_engine_open(&on, scratch_dir, "cuda,f32", forms[i]),
                         REEL_ERR_UNSUPPORTED);
        assert_non_null(strstr(reel_error_message(), "expected f32"));
    }
    assert_int_equal(reel_engine_open(&on, scratch_dir, "cuda,f32", "auto"), REEL_OK);
    reel_engine_close(on);
}

static void a_gpu_that_is_not_there_is_named(void **state)
{
    (void)state;
    reel_engine *on;
    assert_int_equal(reel_engine_open(&on, scratch_dir, "cuda:63", NULL), REEL_ERR_NOT_FOUND);
    assert_non_null(strstr(reel_error_message(), "cuda:63"));
    assert_null(on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_film_of_the_gpu_looks_and_sounds_like_one_of_the_processor),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_on_the_gpu),
        cmocka_unit_test(codecs_and_the_step_cache_give_the_pictures_of_the_processor),
        cmocka_unit_test(weights_on_a_gpu_are_f32),
        cmocka_unit_test(a_gpu_that_is_not_there_is_named),
    };
    int skipped = gpu_or_skip();
    return skipped ? skipped : cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
