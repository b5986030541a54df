/* Reading and writing safetensors: what goes in comes out, and nothing broken is believed. */
#include "tensor/safetensors.h"

#include "base/error.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

#include <math.h>

static reel_tensor tensor_of(reel_dtype dtype, void *data, int64_t rows, int64_t width)
{
    return (reel_tensor){ .dtype = dtype, .rank = 2, .dim = { rows, width }, .data = data };
}

static void every_type_comes_back_as_it_was_written(void **state)
{
    (void)state;
    float f32[6] = { 1, -2, 3.5f, 0, -0.0f, INFINITY };
    uint16_t f16[3] = { 0x3c00, 0x7c00, 1 }, bf16[2] = { 0x3f80, 0xff80 };
    int32_t i32[4] = { 1, -1, INT32_MAX, INT32_MIN };
    uint8_t u8[3] = { 0, 7, 255 };
    int8_t i8[5] = { -128, -1, 0, 1, 127 };
    reel_tensor t[] = {
        tensor_of(REEL_U8, u8, 3, 1),     tensor_of(REEL_F32, f32, 2, 3),
        tensor_of(REEL_BF16, bf16, 1, 2), tensor_of(REEL_I8, i8, 1, 5),
        tensor_of(REEL_I32, i32, 4, 1),   tensor_of(REEL_F16, f16, 3, 1),
    };
    reel_safetensors_entry entries[6];
    const char *names[] = { "u8", "f32", "bf16", "i8", "i32", "f16" };
    for (int i = 0; i < 6; i++) {
        entries[i] = (reel_safetensors_entry){ names[i], &t[i], t[i].dtype };
    }
    const char *path = scratch_path("all.safetensors");
    json_t *metadata = json_pack("{s:s, s:s}", "format", "test", "note", "\xC3\xA9\n\"");
    assert_int_equal(reel_safetensors_write(path, entries, 6, metadata), REEL_OK);
    json_decref(metadata);

    reel_safetensors file;
    assert_int_equal(reel_safetensors_open(&file, path), REEL_OK);
    assert_int_equal(file.count, 6);
    assert_string_equal(reel_safetensors_meta(&file, "note"), "\xC3\xA9\n\"");
    assert_null(reel_safetensors_meta(&file, "absent"));
    assert_null(reel_safetensors_find(&file, "absent"));
    assert_null(reel_safetensors_find(&file, "__metadata__"));
    assert_int_equal((uintptr_t)file.items[0].tensor.data % 64, 0);
    for (int i = 0; i < 6; i++) {
        const reel_tensor *found = reel_safetensors_find(&file, names[i]);
        assert_non_null(found);
        assert_string_equal(reel_shape(found).text, reel_shape(&t[i]).text);
        assert_memory_equal(found->data, t[i].data, reel_size_bytes(&t[i]));
    }
    reel_safetensors_close(&file);
    reel_safetensors_close(&file);
}

static void scalars_empty_tensors_and_empty_files_are_tensors_and_files(void **state)
{
    (void)state;
    float one = 5;
    reel_tensor scalar = { .dtype = REEL_F32, .data = &one };
    reel_tensor none = tensor_of(REEL_F32, NULL, 0, 7);
    reel_safetensors_entry entries[] = { { "none", &none, REEL_F32 },
                                         { "scalar", &scalar, REEL_F32 },
                                         { "nothing", &none, REEL_F16 } };
    const char *path = scratch_path("small.safetensors");
    reel_safetensors file;
    assert_int_equal(reel_safetensors_write(path, entries, 3, NULL), REEL_OK);
    assert_int_equal(reel_safetensors_open(&file, path), REEL_OK);
    assert_int_equal(reel_safetensors_find(&file, "scalar")->rank, 0);
    assert_true(*reel_f32(reel_safetensors_find(&file, "scalar")) == 5.0f);
    assert_string_equal(reel_shape(reel_safetensors_find(&file, "nothing")).text, "[0, 7] f16");
    reel_safetensors_close(&file);

    assert_int_equal(reel_safetensors_write(path, NULL, 0, NULL), REEL_OK);
    assert_int_equal(reel_safetensors_open(&file, path), REEL_OK);
    assert_int_equal(file.count, 0);
    assert_non_null(file.metadata);
    reel_safetensors_close(&file);
}

/* --- files that must be refused ------------------------------------------------------------ */

/* 8 bytes of length, the header, then `data_size` zero bytes; aligned as a mapping is. */
static unsigned char *file_of(const char *header, size_t data_size, size_t *size)
{
    size_t length = strlen(header), padded = (length + 8 + 63) / 64 * 64 - 8;
    uint64_t stored = padded;
    *size = 8 + padded + data_size;
    unsigned char *bytes = aligned_alloc(64, (*size + 63) / 64 * 64);
    assert_non_null(bytes);
    memcpy(bytes, &stored, 8);
    memset(bytes + 8, ' ', padded);
    memcpy(bytes + 8, header, length);
    memset(bytes + 8 + padded, 0, data_size);
    return bytes;
}

typedef struct {
    const char *header;
    size_t data_size;
    const char *message;
} refusal;

static void refuse_all(const refusal *cases, size_t count, reel_status expected)
{
    for (size_t i = 0; i < count; i++) {
        size_t size;
        reel_safetensors file;
        unsigned char *bytes = file_of(cases[i].header, cases[i].data_size, &size);
        assert_int_equal(reel_safetensors_parse(&file, bytes, size), expected);
        assert_string_equal(reel_error_message(), cases[i].message);
        assert_null(file.items);
        assert_null(file.metadata);
        free(bytes);
    }
}

#define A(dtype, shape, offsets)                                                                   \
    "{\"a\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"
#define PART(name, shape, offsets)                                                                 \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void ranges_that_lie_are_refused(void **state)
{
    (void)state;
    static const refusal cases[] = {
        { A("F32", "[2]", "[0,12]"), 8, "a: data_offsets[1]: expected an integer from 0 to 8" },
        { A("F32", "[2]", "[-8,0]"), 8, "a: data_offsets[0]: expected an integer from 0 to 8" },
        { A("F32", "[2]", "[8,0]"), 8, "a: data_offsets: [8, 0] runs backward" },
        { A("F32", "[2]", "[0,4]"), 8, "a: data_offsets: holds 4 bytes, [2] f32 needs 8" },
        { A("F16", "[2]", "[0,8]"), 8, "a: data_offsets: holds 8 bytes, [2] f16 needs 4" },
        { A("F32", "[2]", "[0]"), 8, "a: data_offsets: expected an array of 2 integers" },
        { A("F32", "[2]", "[0,8.0]"), 8, "a: data_offsets[1]: expected an integer from 0 to 8" },
        { A("F32", "[2]", "\"0,8\""), 8, "a: data_offsets: expected an array of 2 integers" },
        { A("F32", "[2]", "[0,9223372036854775807]"), 8,
          "a: data_offsets[1]: expected an integer from 0 to 8" },
        { A("F32", "[1]", "[4,8]"), 8, "a: begins at byte 4, the one before ends at 0" },
        { A("F32", "[1]", "[0,4]"), 8, "has 8 bytes of data, its tensors need 4" },
        { "{}", 1, "has 1 bytes of data, its tensors need 0" },
        { "{" PART("a", "[2]", "[0,8]") "," PART("b", "[2]", "[4,12]") "}", 12,
          "b: begins at byte 4, the one before ends at 8" },
        { "{" PART("a", "[2]", "[0,8]") "," PART("b", "[2]", "[0,8]") "}", 8,
          "b: begins at byte 0, the one before ends at 8" },
        { "{" PART("a", "[1]", "[0,4]") "," PART("b", "[1]", "[8,12]") "}", 12,
          "b: begins at byte 8, the one before ends at 4" },
        { "{" PART("a", "[2]", "[0,8]") "," PART("b", "[0]", "[4,4]") "}", 8,
          "b: begins at byte 4, the one before ends at 8" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases, REEL_ERR_FORMAT);
}

static void shapes_that_lie_are_refused(void **state)
{
    (void)state;
    static const refusal cases[] = {
        { A("F32", "[-1]", "[0,0]"), 0, "a: shape[0]: expected an integer from 0" },
        { A("F32", "[1.5]", "[0,4]"), 4, "a: shape[0]: expected an integer from 0" },
        { A("F32", "[\"2\"]", "[0,8]"), 8, "a: shape[0]: expected an integer from 0" },
        { A("F32", "2", "[0,8]"), 8, "a: shape: expected an array of integers" },
        { A("F32", "[4294967296,4294967296]", "[0,0]"), 0,
          "a: shape: [4294967296, 4294967296] f32 is too large" },
        { A("F32", "[4611686018427387904]", "[0,0]"), 0,
          "a: shape: [4611686018427387904] f32 is too large" },
        { A("U8", "[0,9223372036854775807,9223372036854775807]", "[0,0]"), 0,
          "a: shape: [0, 9223372036854775807, 9223372036854775807] u8 is too large" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases, REEL_ERR_FORMAT);
}

static void headers_that_are_no_headers_are_refused(void **state)
{
    (void)state;
    static const refusal cases[] = {
        { "[]", 0, "header: is an array, expected an object" },
        { "{\"a\":1}", 0, "a: expected an object" },
        { "{\"a\":{}}", 0, "a: dtype is missing" },
        { "{\"a\":{\"dtype\":4}}", 0, "a: dtype: is a number, expected a string" },
        { "{\"a\":{\"dtype\":\"F32\",\"extra\":1}}", 0, "a: extra: is no known key" },
        { "{\"__metadata__\":[]}", 0, "__metadata__: expected an object of strings" },
        { "{\"__metadata__\":{\"k\":1}}", 0, "__metadata__: k: expected a string" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases, REEL_ERR_FORMAT);
    static const char *const broken[] = {
        "",
        "{",
        "{} x",
        "{" PART("a", "[0]", "[0,0]") "," PART("a", "[0]", "[0,0]") "}",
        "{\"\xff\":{}}",
        A("F32", "[99999999999999999999]", "[0,0]"),
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        size_t size;
        reel_safetensors file;
        unsigned char *bytes = file_of(broken[i], 0, &size);
        assert_int_equal(reel_safetensors_parse(&file, bytes, size), REEL_ERR_FORMAT);
        assert_memory_equal(reel_error_message(), "header: line ", 13);
        free(bytes);
    }
}

static void well_formed_files_beyond_the_engine_are_unsupported(void **state)
{
    (void)state;
    static const refusal cases[] = {
        { A("F64", "[1]", "[0,8]"), 8, "a: dtype is F64, expected F32, F16, BF16, I32, U8 or I8" },
        { A("f32", "[1]", "[0,4]"), 4, "a: dtype is f32, expected F32, F16, BF16, I32, U8 or I8" },
        { A("F32", "[1,1,1,1,1,1,1]", "[0,4]"), 4,
          "a: shape: has 7 dimensions, expected at most 6" },
        { "{\"u\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}," PART("a", "[1]",
                                                                                 "[1,5]") "}",
          5, "a: data_offsets: 1 is not aligned for f32" },
    };
    refuse_all(cases, sizeof cases / sizeof *cases, REEL_ERR_UNSUPPORTED);
}

static void a_header_longer_than_the_file_or_the_limit_is_refused(void **state)
{
    (void)state;
    static const uint64_t lengths[] = { 9, 1000, (64 << 20) + 1, UINT64_MAX, UINT64_MAX - 7 };
    unsigned char bytes[16] = { 0 };
    reel_safetensors file;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(bytes, &lengths[i], 8);
        char expected[128];
        snprintf(expected, sizeof expected, "header: has %llu bytes, expected at most 8",
                 (unsigned long long)lengths[i]);
        assert_int_equal(reel_safetensors_parse(&file, bytes, sizeof bytes), REEL_ERR_FORMAT);
        assert_string_equal(reel_error_message(), expected);
    }
}

static void a_file_cut_anywhere_is_refused_and_names_its_path(void **state)
{
    (void)state;
    float values[4] = { 1, 2, 3, 4 };
    reel_tensor t = tensor_of(REEL_F32, values, 2, 2);
    reel_safetensors_entry entry = { "a", &t, REEL_F32 };
    const char *whole = scratch_path("whole"), *cut = scratch_path("cut");
    char *bytes;
    size_t size;
    assert_int_equal(reel_safetensors_write(whole, &entry, 1, NULL), REEL_OK);
    assert_int_equal(reel_file_read(&bytes, &size, whole, 1000), REEL_OK);
    for (size_t length = 0; length < size; length++) {
        reel_safetensors file;
        assert_int_equal(reel_file_write(cut, bytes, length), REEL_OK);
        assert_int_equal(reel_safetensors_open(&file, cut), REEL_ERR_FORMAT);
        assert_memory_equal(reel_error_message(), cut, strlen(cut));
    }
    free(bytes);
    reel_safetensors file;
    assert_int_equal(reel_safetensors_open(&file, scratch_path("absent")), REEL_ERR_NOT_FOUND);
}

/* --- writing ------------------------------------------------------------------------------- */

static void what_cannot_be_written_leaves_no_file(void **state)
{
    (void)state;
    float values[2] = { 1, 1e6f };
    int32_t numbers[2] = { 1, 2 };
    reel_tensor f32 = tensor_of(REEL_F32, values, 1, 2), i32 = tensor_of(REEL_I32, numbers, 1, 2);
    const char *path = scratch_path("never.safetensors");
    reel_safetensors_entry too_large[] = { { "w", &f32, REEL_F16 } };
    assert_int_equal(reel_safetensors_write(path, too_large, 1, NULL), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "w: has a value that f16 cannot hold"));
    reel_safetensors_entry other_type[] = { { "n", &i32, REEL_F32 } };
    assert_int_equal(reel_safetensors_write(path, other_type, 1, NULL), REEL_ERR_UNSUPPORTED);
    assert_non_null(strstr(reel_error_message(), "n: is [1, 2] i32 and cannot be stored as f32"));
    reel_safetensors_entry twice[] = { { "w", &f32, REEL_F32 }, { "w", &f32, REEL_F32 } };
    assert_int_equal(reel_safetensors_write(path, twice, 2, NULL), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "w: is given twice"));
    reel_safetensors_entry reserved[] = { { "__metadata__", &f32, REEL_F32 } };
    assert_int_equal(reel_safetensors_write(path, reserved, 1, NULL), REEL_ERR_INVALID);
    reel_safetensors_entry ill_formed[] = { { "\xff", &f32, REEL_F32 } };
    assert_int_equal(reel_safetensors_write(path, ill_formed, 1, NULL), REEL_ERR_INVALID);
    reel_safetensors_entry good[] = { { "w", &f32, REEL_F32 } };
    json_t *metadata = json_pack("{s:i}", "steps", 30);
    assert_int_equal(reel_safetensors_write(path, good, 1, metadata), REEL_ERR_INVALID);
    json_decref(metadata);
    assert_int_equal(scratch_count(), 0);
}

static void floats_are_narrowed_to_the_nearest_when_stored_so(void **state)
{
    (void)state;
    enum { COUNT = 10001 }; /* more than one chunk of the writer */
    static float values[COUNT];
    for (int i = 0; i < COUNT; i++) {
        values[i] = (float)(i - 5000) * 0.37f;
    }
    reel_tensor t = tensor_of(REEL_F32, values, 1, COUNT);
    reel_safetensors_entry entries[] = { { "h", &t, REEL_F16 }, { "b", &t, REEL_BF16 } };
    const char *path = scratch_path("half.safetensors");
    reel_safetensors file;
    assert_int_equal(reel_safetensors_write(path, entries, 2, NULL), REEL_OK);
    assert_int_equal(reel_safetensors_open(&file, path), REEL_OK);
    const uint16_t *h = reel_safetensors_find(&file, "h")->data;
    const uint16_t *b = reel_safetensors_find(&file, "b")->data;
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(h[i], reel_f32_to_f16(values[i]));
        assert_int_equal(b[i], reel_f32_to_bf16(values[i]));
    }
    reel_safetensors_close(&file);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(every_type_comes_back_as_it_was_written),
        IN_SCRATCH(scalars_empty_tensors_and_empty_files_are_tensors_and_files),
        cmocka_unit_test(ranges_that_lie_are_refused),
        cmocka_unit_test(shapes_that_lie_are_refused),
        cmocka_unit_test(headers_that_are_no_headers_are_refused),
        cmocka_unit_test(well_formed_files_beyond_the_engine_are_unsupported),
        cmocka_unit_test(a_header_longer_than_the_file_or_the_limit_is_refused),
        IN_SCRATCH(a_file_cut_anywhere_is_refused_and_names_its_path),
        IN_SCRATCH(what_cannot_be_written_leaves_no_file),
        IN_SCRATCH(floats_are_narrowed_to_the_nearest_when_stored_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
