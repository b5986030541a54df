/* The linear layer in 8 bits: every kernel to the byte, and how near it comes to f32. */
#include "ops/linear_int8.h"

#include "base/error.h"
#include "base/rng.h"
#include "check.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

enum { SEED = 11, GUARD = 0x5a };

typedef struct {
    int64_t rows, in, out;
    float *x, *w, *b;
    void *memory;
    reel_int8_matrix matrix;
} layer;

static void layer_init(layer *l, int64_t rows, int64_t in, int64_t out)
{
    *l = (layer){ .rows = rows, .in = in, .out = out };
    const size_t bytes = reel_int8_matrix_bytes(out, in);
    l->x = malloc((size_t)(rows * in) * sizeof(float));
    l->w = malloc((size_t)(out * in) * sizeof(float));
    l->b = malloc((size_t)out * sizeof(float));
    l->memory = aligned_alloc(64, bytes);
    assert_true(l->x && l->w && l->b && l->memory);
    reel_rng_fill_normal(l->x, (size_t)(rows * in), SEED, 0);
    reel_rng_fill_normal(l->w, (size_t)(out * in), SEED, 1);
    reel_rng_fill_normal(l->b, (size_t)out, SEED, 2);
    memset(l->memory, 0, bytes);
    l->matrix = reel_int8_matrix_view(l->memory, out, in);
    for (int64_t o = 0; o < out; o++) {
        reel_int8_matrix_set_row(&l->matrix, o, l->w + o * in);
    }
}

static void layer_deinit(layer *l)
{
    free(l->x);
    free(l->w);
    free(l->b);
    free(l->memory);
}

/* [rows, out], owned by the caller; nothing is written past its end. */
static float *run(const layer *l, const reel_linear_int8_kernels *kernels, int with_bias)
{
    const size_t count = (size_t)(l->rows * l->out);
    float *y = malloc((count + 1) * sizeof *y);
    float *scale = malloc((size_t)l->rows * sizeof *scale);
    uint8_t *bytes = malloc((size_t)(l->rows * reel_int8_groups(l->in) * REEL_INT8_GROUP));
    assert_true(y && scale && bytes);
    memset(y, GUARD, (count + 1) * sizeof *y);
    reel_linear_int8_args args = { .y = y,
                                   .x = l->x,
                                   .b = with_bias ? l->b : NULL,
                                   .w = l->matrix,
                                   .rows = l->rows,
                                   .row_scale = scale,
                                   .row_byte = bytes };
    assert_int_equal(kernels->forward(&args), REEL_OK);
    const unsigned char *guard = (const unsigned char *)(y + count);
    for (size_t i = 0; i < sizeof *y; i++) {
        assert_int_equal(guard[i], GUARD);
    }
    free(scale);
    free(bytes);
    return y;
}

static void assert_kernels_agree(const layer *l)
{
    const size_t size = (size_t)(l->rows * l->out) * sizeof(float);
    const reel_linear_int8_kernels *forms[REEL_LINEAR_INT8_FORMS];
    const int count = reel_kernels_of_linear_int8(forms);
    for (int with_bias = 0; with_bias < 2; with_bias++) {
        float *plain = run(l, &reel_linear_int8_c, with_bias);
        for (int i = 0; i < 2 * count; i++) {
            const int before = omp_get_max_threads();
            omp_set_num_threads(1 + i % 2);
            float *found = run(l, forms[i / 2], with_bias);
            omp_set_num_threads(before);
            assert_memory_equal(found, plain, size);
            free(found);
        }
        free(plain);
    }
}

static void linear_int8_gives_the_same_bytes_on_every_device(void **state)
{
    (void)state;
    /* around a group, a panel, a block in registers and a tile */
    static const int64_t sizes[][3] = { { 1, 1, 1 },     { 5, 3, 7 },       { 6, 4, 16 },
                                        { 7, 33, 65 },   { 97, 192, 64 },   { 12, 16, 80 },
                                        { 191, 20, 48 }, { 600, 192, 192 }, { 1, 768, 192 } };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        layer l;
        layer_init(&l, sizes[i][0], sizes[i][1], sizes[i][2]);
        assert_kernels_agree(&l);
        layer_deinit(&l);
    }
}

static void linear_int8_takes_rows_of_zeros_and_of_extremes(void **state)
{
    (void)state;
    layer l;
    layer_init(&l, 7, 9, 17);
    memset(l.x, 0, 9 * sizeof *l.x);
    l.x[9 + 4] = 3e38f;
    l.x[18 + 8] = -1e-38f;
    for (int i = 0; i < 9; i++) {
        l.x[27 + i] = i % 2 ? -1e-33f : 1e-33f; /* all below REEL_INT8_ZERO */
    }
    assert_kernels_agree(&l);
    float *y = run(&l, &reel_linear_int8_c, 1);
    for (int o = 0; o < 17; o++) {
        assert_true(y[o] == l.b[o]);
        assert_true(y[3 * 17 + o] == l.b[o]);
    }
    free(y);
    layer_deinit(&l);
}

static void linear_int8_keeps_what_is_not_a_number_in_its_row(void **state)
{
    (void)state;
    static const float bad[] = { NAN, INFINITY, -INFINITY };
    for (int k = 0; k < 3; k++) {
        layer l;
        layer_init(&l, 8, 21, 18);
        l.x[3 * 21 + 20] = bad[k];
        const reel_linear_int8_kernels *forms[REEL_LINEAR_INT8_FORMS];
        const int count = reel_kernels_of_linear_int8(forms);
        for (int n = 0; n < count; n++) {
            float *y = run(&l, forms[n], 1);
            for (int i = 0; i < 8 * 18; i++) {
                assert_int_equal(isnan(y[i]) != 0, i / 18 == 3);
            }
            free(y);
        }
        layer_deinit(&l);
    }
}

/* The operator over the same layer, with the weight as f32 or in 8 bits. */
static reel_tensor *apply(reel_rt *rt, const layer *l, int in_bytes)
{
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, l->x, l->rows, l->in);
    reel_tensor *b = REEL_FROM_HOST(rt, REEL_F32, l->b, l->out);
    reel_tensor *w = REEL_FROM_HOST(rt, REEL_F32, l->w, l->out, l->in);
    if (in_bytes) {
        w->dtype = REEL_I8;
        w->data = l->memory;
    }
    return reel_linear(rt, x, &(reel_linear_params){ w, b });
}

static void linear_comes_near_with_a_weight_in_8_bits(void **state)
{
    (void)state;
    layer l;
    layer_init(&l, 64, 192, 96);
    reel_rt *rt = check_rt_new();
    const reel_tensor *exact = apply(rt, &l, 0), *near = apply(rt, &l, 1);
    assert_int_equal(rt->status, REEL_OK);
    const double distance = check_distance(near->data, exact->data, 64 * 96);
    assert_true(distance > 1e-4); /* it did run in 8 bits */
    assert_true(distance < 0.015);
    check_rt_free(rt);
    layer_deinit(&l);
}

static void linear_refuses_to_train_a_weight_in_8_bits(void **state)
{
    (void)state;
    layer l;
    layer_init(&l, 2, 8, 4);
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, l.x, 2, 8);
    reel_tensor w = { .dtype = REEL_I8, .rank = 2, .dim = { 4, 8 }, .data = l.memory };
    x->wants_grad = 1;
    reel_linear(rt, x, &(reel_linear_params){ .weight = &w });
    assert_int_equal(rt->status, REEL_ERR_UNSUPPORTED);
    assert_non_null(strstr(reel_error_message(), "[4, 8] i8, training needs f32"));
    check_rt_free(rt);
    layer_deinit(&l);
}

static void linear_refuses_a_weight_in_8_bits_of_another_width(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor w = { .dtype = REEL_I8, .rank = 2, .dim = { 4, 8 } };
    reel_linear(rt, REEL_NEW(rt, REEL_F32, 2, 7), &(reel_linear_params){ .weight = &w });
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    assert_non_null(strstr(reel_error_message(), "linear: weight is [4, 8] i8, x is [2, 7] f32"));
    check_rt_free(rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_int8_gives_the_same_bytes_on_every_device),
        cmocka_unit_test(linear_int8_takes_rows_of_zeros_and_of_extremes),
        cmocka_unit_test(linear_int8_keeps_what_is_not_a_number_in_its_row),
        cmocka_unit_test(linear_comes_near_with_a_weight_in_8_bits),
        cmocka_unit_test(linear_refuses_to_train_a_weight_in_8_bits),
        cmocka_unit_test(linear_refuses_a_weight_in_8_bits_of_another_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
