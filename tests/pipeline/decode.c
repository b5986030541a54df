/* Decoding a film: as much memory for a long one as for a short one. */
#include "pipeline/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"

static size_t bytes_of(const reel_model *model, double seconds, int has_audio)
{
    reel_geometry g;
    size_t bytes;
    assert_int_equal(reel_geometry_build(&g, &model->geometry, seconds, "16:9", "base"), REEL_OK);
    assert_int_equal(reel_decode_measure(&bytes, model, &g, has_audio), REEL_OK);
    return bytes;
}

static void the_memory_of_decoding_pictures_does_not_grow_with_the_film(void **state)
{
    (void)state;
    reel_model model;
    assert_int_equal(tiny_model_make(scratch_dir), REEL_OK);
    assert_int_equal(reel_model_open(&model, scratch_dir), REEL_OK);
    assert_int_equal(bytes_of(&model, 3, 0), bytes_of(&model, 15, 0));
    reel_model_close(&model);
}

/* But for the latents themselves. With windows of that length it is the sound that needs more. */
static void nor_does_that_of_decoding_sound(void **state)
{
    (void)state;
    reel_model model;
    reel_audio_vae_config audio = tiny_model_audio_vae();
    audio.window = 512;
    assert_int_equal(tiny_model_make(scratch_dir), REEL_OK);
    assert_int_equal(tiny_model_save_audio_vae(scratch_dir, &audio), REEL_OK);
    assert_int_equal(reel_model_open(&model, scratch_dir), REEL_OK);
    const size_t short_film = bytes_of(&model, 6, 1), long_film = bytes_of(&model, 15, 1);
    assert_true(short_film > bytes_of(&model, 6, 0)); /* the sound needs more */
    assert_in_range(long_film, short_film, short_film + short_film / 50);
    reel_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_memory_of_decoding_pictures_does_not_grow_with_the_film,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(nor_does_that_of_decoding_sound, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
