/* Weight sets in files: saved, loaded, and refused with the name of what does not fit. */
#include "base/error.h"
#include "tensor/safetensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

/* dit.q [rows, 3] and, if wanted, dit.bias [5]. */
static void declare(reel_weights *set, int64_t rows, int with_bias)
{
    reel_tensor *t;
    reel_weights_init_set(set);
    reel_weights_push(set, "dit");
    REEL_WEIGHT(set, &t, "q", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, rows, 3);
    if (with_bias) {
        REEL_WEIGHT(set, &t, "bias", REEL_INIT_UNIT, REEL_GROUP_PLAIN, 5);
    }
    reel_weights_pop(set);
    assert_int_equal(reel_weights_alloc(set), REEL_OK);
}

static reel_status load(reel_weights *set, const char *path)
{
    reel_safetensors file;
    reel_status status = reel_safetensors_open(&file, path);
    assert_int_equal(status, REEL_OK);
    status = reel_weights_load(set, &file);
    reel_safetensors_close(&file);
    return status;
}

static void saved_weights_are_loaded_bit_for_bit(void **state)
{
    (void)state;
    const char *path = scratch_path("w.safetensors");
    reel_weights set, again;
    declare(&set, 4, 1);
    declare(&again, 4, 1);
    reel_weights_randomise(&set, 9);
    assert_int_equal(reel_weights_save(&set, NULL, path, REEL_F32, NULL), REEL_OK);
    assert_int_equal(load(&again, path), REEL_OK);
    assert_memory_equal(set.values, again.values, set.elements * sizeof(float));
    reel_weights_deinit(&set);
    reel_weights_deinit(&again);
}

static void half_weights_are_widened_on_load(void **state)
{
    (void)state;
    static const reel_dtype stored[] = { REEL_F16, REEL_BF16 };
    for (int k = 0; k < 2; k++) {
        const char *path = scratch_path("half.safetensors");
        reel_weights set, again;
        declare(&set, 4, 1);
        declare(&again, 4, 1);
        reel_weights_randomise(&set, 9);
        assert_int_equal(reel_weights_save(&set, NULL, path, stored[k], NULL), REEL_OK);
        assert_int_equal(load(&again, path), REEL_OK);
        for (size_t i = 0; i < set.elements; i++) {
            float x = set.values[i];
            float expected =
                k ? reel_bf16_to_f32(reel_f32_to_bf16(x)) : reel_f16_to_f32(reel_f32_to_f16(x));
            assert_true(again.values[i] == expected);
        }
        reel_weights_deinit(&set);
        reel_weights_deinit(&again);
    }
}

static void an_average_is_saved_in_place_of_the_values(void **state)
{
    (void)state;
    const char *path = scratch_path("ema.safetensors");
    reel_weights set;
    float average[32] = { 0 };
    declare(&set, 4, 1);
    assert_int_equal(set.elements, 32);
    for (int i = 0; i < 5; i++) {
        average[16 + i] = (float)i;
    }
    reel_weights_randomise(&set, 9);
    assert_int_equal(reel_weights_save(&set, average, path, REEL_F32, NULL), REEL_OK);
    assert_int_equal(load(&set, path), REEL_OK);
    assert_memory_equal(set.values, average, sizeof average);
    reel_weights_deinit(&set);
}

static void a_file_that_does_not_fit_is_named_and_changes_nothing(void **state)
{
    (void)state;
    const char *path = scratch_path("w.safetensors");
    reel_weights saved, other;
    declare(&saved, 4, 1);
    assert_int_equal(reel_weights_save(&saved, NULL, path, REEL_F32, NULL), REEL_OK);

    declare(&other, 6, 1); /* another shape */
    reel_weights_randomise(&other, 3);
    float before[48];
    assert_int_equal(other.elements, 48);
    memcpy(before, other.values, sizeof before);
    assert_int_equal(load(&other, path), REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "dit.q: is [4, 3] f32, expected [6, 3] f32");
    assert_memory_equal(before, other.values, sizeof before);
    reel_weights_deinit(&other);

    declare(&other, 4, 0); /* one more in the file */
    assert_int_equal(load(&other, path), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "dit.bias: is [5] f32, the model has no such weight");
    assert_int_equal(reel_weights_save(&other, NULL, path, REEL_F32, NULL), REEL_OK);
    reel_weights_deinit(&other);

    assert_int_equal(load(&saved, path), REEL_ERR_NOT_FOUND); /* one less in the file */
    assert_string_equal(reel_error_message(), "dit.bias: is missing, expected [5] f32");
    reel_weights_deinit(&saved);
}

static void integers_are_no_weights(void **state)
{
    (void)state;
    const char *path = scratch_path("i.safetensors");
    int32_t numbers[12] = { 0 };
    reel_tensor t = { .dtype = REEL_I32, .rank = 2, .dim = { 4, 3 }, .data = numbers };
    reel_safetensors_entry entry = { "dit.q", &t, REEL_I32 };
    assert_int_equal(reel_safetensors_write(path, &entry, 1, NULL), REEL_OK);
    reel_weights set;
    declare(&set, 4, 0);
    assert_int_equal(load(&set, path), REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "dit.q: is [4, 3] i32, expected [4, 3] f32");
    reel_weights_deinit(&set);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(saved_weights_are_loaded_bit_for_bit),
        IN_SCRATCH(half_weights_are_widened_on_load),
        IN_SCRATCH(an_average_is_saved_in_place_of_the_values),
        IN_SCRATCH(a_file_that_does_not_fit_is_named_and_changes_nothing),
        IN_SCRATCH(integers_are_no_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
