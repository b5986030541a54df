/* Decoding a film: as much memory for a long one as for a short one. */
#include "pipeline/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"

static size_t bytes_of(const reel_model *model, double seconds)
{
    reel_geometry g;
    size_t bytes;
    assert_int_equal(reel_geometry_build(&g, &model->geometry, seconds, "16:9", "base"), REEL_OK);
    assert_int_equal(reel_decode_measure(&bytes, model, &g, 0), REEL_OK);
    return bytes;
}

static void the_memory_of_decoding_pictures_does_not_grow_with_the_film(void **state)
{
    (void)state;
    reel_model model;
    assert_int_equal(tiny_model_make(scratch_dir), REEL_OK);
    assert_int_equal(reel_model_open(&model, scratch_dir), REEL_OK);
    assert_int_equal(bytes_of(&model, 3), bytes_of(&model, 15));
    reel_model_close(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_memory_of_decoding_pictures_does_not_grow_with_the_film,
                                        scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
