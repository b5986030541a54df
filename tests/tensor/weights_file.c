/* Weight sets in files: saved, loaded, and refused with the name of what does not fit. */
#include "base/error.h"
#include "tensor/int8_matrix.h"
#include "tensor/safetensors.h"

#include <math.h>
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

static void constants_keep_all_their_bits(void **state)
{
    (void)state;
    const char *path = scratch_path("constant.safetensors");
    reel_weights set[2];
    reel_tensor *t[2];
    for (int i = 0; i < 2; i++) {
        reel_weights_init_set(&set[i]);
        REEL_WEIGHT(&set[i], &t[i], "c", REEL_INIT_UNIT, REEL_GROUP_CONSTANT, 5);
        assert_int_equal(reel_weights_alloc(&set[i]), REEL_OK);
    }
    reel_weights_randomise(&set[0], 9);
    assert_int_equal(reel_weights_save(&set[0], NULL, path, REEL_F16, NULL), REEL_OK);
    assert_int_equal(load(&set[1], path), REEL_OK);
    assert_memory_equal(t[0]->data, t[1]->data, 5 * sizeof(float));
    reel_weights_deinit(&set[0]);
    reel_weights_deinit(&set[1]);
}

/* dit.q [4, 3] in that form. */
static void declare_as(reel_weights *set, reel_weights_form form)
{
    reel_tensor *t;
    reel_weights_init_set(set);
    reel_weights_push(set, "dit");
    REEL_WEIGHT(set, &t, "q", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, 4, 3);
    REEL_WEIGHT(set, &t, "bias", REEL_INIT_UNIT, REEL_GROUP_PLAIN, 5);
    reel_weights_pop(set);
    assert_int_equal(reel_weights_alloc_as(set, form), REEL_OK);
}

static void assert_near(const reel_weights *set, const reel_weights *exact)
{
    const float *expected = reel_f32(exact->items[0].tensor);
    const reel_int8_matrix m = reel_int8_matrix_view(set->items[0].tensor->data, 4, 3);
    for (int r = 0; r < 4; r++) {
        int8_t bytes[3];
        const float scale = reel_int8_matrix_get_bytes(bytes, &m, r);
        for (int i = 0; i < 3; i++) {
            assert_true(fabsf(bytes[i] * scale - expected[3 * r + i]) < 0.51f * scale);
        }
    }
}

static void hidden_matrices_are_quantised_on_load(void **state)
{
    (void)state;
    const char *path = scratch_path("w.safetensors");
    reel_weights set, small;
    declare(&set, 4, 1);
    declare_as(&small, REEL_WEIGHTS_INT8);
    reel_weights_randomise(&set, 9);
    assert_int_equal(reel_weights_save(&set, NULL, path, REEL_F32, NULL), REEL_OK);
    assert_int_equal(load(&small, path), REEL_OK);
    assert_int_equal(small.items[0].tensor->dtype, REEL_I8);
    assert_near(&small, &set);
    assert_memory_equal(small.items[1].tensor->data, set.items[1].tensor->data, 5 * sizeof(float));
    assert_int_equal(small.elements, 16);
    assert_int_equal(reel_weights_bytes(&small), 16 * sizeof(float) + 64 + 64 + 64);
    assert_int_equal(reel_weights_save(&small, NULL, path, REEL_F16, NULL), REEL_ERR_UNSUPPORTED);
    reel_weights_deinit(&set);
    reel_weights_deinit(&small);
}

static void stored_matrices_stay_in_the_file(void **state)
{
    (void)state;
    static const reel_dtype types[] = { REEL_F16, REEL_BF16, REEL_F32 };
    for (int k = 0; k < 3; k++) {
        const char *path = scratch_path("w.safetensors");
        reel_weights set, mapped;
        declare(&set, 4, 1);
        declare_as(&mapped, REEL_WEIGHTS_STORED);
        reel_weights_randomise(&set, 9);
        assert_int_equal(reel_weights_save(&set, NULL, path, types[k], NULL), REEL_OK);
        assert_int_equal(load(&mapped, path), REEL_OK);
        const reel_tensor *q = mapped.items[0].tensor;
        const unsigned char *at = q->data, *begin = mapped.mapping.data;
        assert_int_equal(q->dtype, types[k]);
        assert_true(at >= begin &&
                    at + 12 * reel_dtype_size(types[k]) <= begin + mapped.mapping.size);
        for (int i = 0; i < 12; i++) {
            const uint16_t *half = q->data;
            const float value = k == 0   ? reel_f16_to_f32(half[i])
                                : k == 1 ? reel_bf16_to_f32(half[i])
                                         : reel_f32(q)[i];
            assert_true(fabsf(value - set.values[i]) <= 0.01f * fabsf(set.values[i]));
        }
        assert_int_equal(mapped.items[1].tensor->dtype, REEL_F32);
        assert_int_equal(reel_weights_bytes(&mapped),
                         16 * sizeof(float) + 12 * reel_dtype_size(types[k]));
        reel_weights_deinit(&set);
        reel_weights_deinit(&mapped);
    }
}

static void weights_stored_in_8_bits_are_loaded_in_every_form(void **state)
{
    (void)state;
    const char *path = scratch_path("int8.safetensors"), *copy = scratch_path("copy.safetensors");
    reel_weights set, wide, small, again;
    declare(&set, 4, 1);
    declare(&wide, 4, 1);
    declare_as(&small, REEL_WEIGHTS_INT8);
    declare_as(&again, REEL_WEIGHTS_INT8);
    reel_weights_randomise(&set, 9);
    assert_int_equal(reel_weights_save(&set, NULL, path, REEL_I8, NULL), REEL_OK);
    assert_int_equal(load(&small, path), REEL_OK);
    assert_near(&small, &set);
    assert_int_equal(load(&wide, path), REEL_OK);
    assert_near(&small, &wide);
    assert_int_equal(reel_weights_save(&small, NULL, copy, REEL_I8, NULL), REEL_OK);
    assert_int_equal(load(&again, copy), REEL_OK);
    assert_memory_equal(again.items[0].tensor->data, small.items[0].tensor->data, 3 * 64);
    reel_weights_deinit(&again);
    declare_as(&again, REEL_WEIGHTS_STORED);
    assert_int_equal(load(&again, copy), REEL_ERR_SHAPE); /* bytes have no use without panels */
    reel_weights_deinit(&set);
    reel_weights_deinit(&wide);
    reel_weights_deinit(&small);
    reel_weights_deinit(&again);
}

/* dit.q [4, 3] as bytes, and scales that may be wrong. */
static void write_bytes(const char *path, const char *scale_name, int64_t scales, float scale)
{
    int8_t bytes[12] = { 1 };
    float values[5] = { 1, scale, 1, 1, 1 };
    const reel_tensor q = { .dtype = REEL_I8, .rank = 2, .dim = { 4, 3 }, .data = bytes };
    const reel_tensor s = { .dtype = REEL_F32, .rank = 1, .dim = { scales }, .data = values };
    const reel_safetensors_entry entries[] = { { "dit.q", &q, REEL_I8 },
                                               { scale_name, &s, REEL_F32 } };
    assert_int_equal(reel_safetensors_write(path, entries, 2, NULL), REEL_OK);
}

static void bytes_without_their_scales_are_refused(void **state)
{
    (void)state;
    const char *path = scratch_path("int8.safetensors");
    reel_weights set;
    declare(&set, 4, 0);
    write_bytes(path, "dit.scale", 4, 1);
    assert_int_equal(load(&set, path), REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "dit.q.scale: is absent, expected [4] f32");
    write_bytes(path, "dit.q.scale", 5, 1);
    assert_int_equal(load(&set, path), REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(), "dit.q.scale: is [5] f32, expected [4] f32");
    write_bytes(path, "dit.q.scale", 4, -1);
    assert_int_equal(load(&set, path), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), "dit.q.scale: is -1 at 1, expected 0 or more");
    write_bytes(path, "dit.q.scale", 4, 1);
    assert_int_equal(load(&set, path), REEL_OK);
    reel_weights_deinit(&set);
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
        IN_SCRATCH(constants_keep_all_their_bits),
        IN_SCRATCH(hidden_matrices_are_quantised_on_load),
        IN_SCRATCH(stored_matrices_stay_in_the_file),
        IN_SCRATCH(weights_stored_in_8_bits_are_loaded_in_every_form),
        IN_SCRATCH(bytes_without_their_scales_are_refused),
        IN_SCRATCH(an_average_is_saved_in_place_of_the_values),
        IN_SCRATCH(a_file_that_does_not_fit_is_named_and_changes_nothing),
        IN_SCRATCH(integers_are_no_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
