/* A second attempt at a film begins where denoising ended, if it is the same film. */
#include "reel/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "tiny_engine.h"

/* Notes whether there was any denoising. */
static int note(const char *phase, int done, int total, void *user)
{
    (void)done, (void)total;
    *(int *)user |= strcmp(phase, "denoise") == 0;
    return 0;
}

static int is_denoised(reel_clip *clip, const reel_request *request)
{
    int denoised = 0;
    if (reel_generate(clip, engine, request, note, &denoised) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
    return denoised;
}

static reel_request kept_request(void)
{
    reel_request r = engine_request();
    r.latents_path = scratch_path("latents.safetensors");
    unlink(r.latents_path);
    return r;
}

static void the_second_attempt_only_decodes_and_makes_the_same_film(void **state)
{
    (void)state;
    for (int audio = 0; audio < 2; audio++) {
        reel_request r = kept_request();
        reel_clip first, second;
        r.audio = audio;
        assert_true(is_denoised(&first, &r));
        assert_true(reel_file_exists(r.latents_path));
        assert_false(is_denoised(&second, &r));
        assert_int_equal(first.frames, second.frames);
        assert_memory_equal(first.rgb, second.rgb, (size_t)first.frames * 72 * 40 * 3);
        assert_int_equal(first.samples, second.samples);
        if (audio) {
            assert_memory_equal(first.pcm, second.pcm, (size_t)first.samples * 2 * sizeof(float));
        }
        reel_clip_free(&first);
        reel_clip_free(&second);
    }
}

static void what_was_kept_is_of_one_request_alone(void **state)
{
    (void)state;
    const reel_request base = kept_request();
    reel_request changed[8];
    for (int i = 0; i < 8; i++) {
        changed[i] = base;
    }
    changed[0].prompt = "a blue crate rolls";
    changed[1].negative_prompt = "night";
    changed[2].seed = 8;
    changed[3].steps = 3;
    changed[4].cfg_video = 1.5f;
    changed[5].aspect = "1:1";
    changed[6].audio = 0;
    changed[7].solver = "heun";
    for (int i = 0; i < 8; i++) {
        reel_clip clip;
        unlink(base.latents_path);
        assert_true(is_denoised(&clip, &base));
        reel_clip_free(&clip);
        assert_true(is_denoised(&clip, &changed[i]));
        reel_clip_free(&clip);
        assert_false(is_denoised(&clip, &changed[i]));
        reel_clip_free(&clip);
    }
}

static void a_damaged_file_costs_only_the_denoising(void **state)
{
    (void)state;
    const reel_request r = kept_request();
    reel_clip clip;
    assert_int_equal(reel_file_write(r.latents_path, "no latents", 10), REEL_OK);
    assert_true(is_denoised(&clip, &r));
    reel_clip_free(&clip);
    assert_false(is_denoised(&clip, &r));
    reel_clip_free(&clip);
}

static void a_place_that_cannot_be_written_costs_nothing(void **state)
{
    (void)state;
    reel_request r = kept_request();
    r.latents_path = scratch_path("none/latents.safetensors");
    reel_clip clip;
    assert_true(is_denoised(&clip, &r));
    reel_clip_free(&clip);
}

static int stop_in_decode(const char *phase, int done, int total, void *user)
{
    (void)done, (void)total, (void)user;
    return strcmp(phase, "decode") == 0;
}

static void a_film_that_stopped_after_denoising_goes_on_there(void **state)
{
    (void)state;
    const reel_request r = kept_request();
    reel_clip clip;
    assert_int_equal(reel_generate(&clip, engine, &r, stop_in_decode, NULL), REEL_ERR_CANCELLED);
    assert_false(is_denoised(&clip, &r));
    reel_clip_free(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_attempt_only_decodes_and_makes_the_same_film),
        cmocka_unit_test(what_was_kept_is_of_one_request_alone),
        cmocka_unit_test(a_damaged_file_costs_only_the_denoising),
        cmocka_unit_test(a_place_that_cannot_be_written_costs_nothing),
        cmocka_unit_test(a_film_that_stopped_after_denoising_goes_on_there),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
