/* The half product against sums in double, and its last bit against its mirror image. */
#include "ops/c/symmetric_product.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static float *noise(int64_t count, uint64_t sequence)
{
    float *x = malloc((size_t)count * sizeof *x);
    assert_non_null(x);
    reel_rng_fill_normal(x, (size_t)count, 17, sequence);
    return x;
}

static double element(const reel_symmetric_product_args *p, int64_t i, int64_t j)
{
    double sum = 0;
    for (int64_t k = 0; k < p->depth; k++) {
        sum += (double)p->a.data[i * p->a.outer + k * p->a.inner] *
               (double)p->b.data[j * p->b.outer + k * p->b.inner];
    }
    double added = p->add ? (double)p->add_scale * (double)p->add[i * p->side + j] : 0.0;
    return (double)p->scale * sum + added + (i == j ? (double)p->diagonal : 0.0);
}

static void check(const reel_symmetric_product_args *p)
{
    size_t scratch = reel_symmetric_product_scratch(p->side, p->depth);
    float *memory = noise((int64_t)scratch, 9);
    reel_symmetric_product(p, memory);
    for (int64_t i = 0; i < p->side; i++) {
        for (int64_t j = 0; j < p->side; j++) {
            assert_true(fabs((double)p->out[i * p->side + j] - element(p, i, j)) < 1e-4);
            assert_true(p->out[i * p->side + j] == p->out[j * p->side + i]);
        }
    }
    free(memory);
}

static const int64_t sides[] = { 1, 5, 6, 11, 12, 13, 31, 32, 33, 64, 97 };

static void gram_matrices_have_the_value_of_their_sums(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof sides / sizeof *sides; n++) {
        int64_t side = sides[n], depth = 3 + 2 * side;
        float *x = noise(side * depth, n), *out = noise(side * side, 3);
        reel_symmetric_factor wide = { x, depth, 1 }, tall = { x, 1, side };
        reel_symmetric_product_args args = {
            .out = out, .a = wide, .b = wide, .side = side, .depth = depth, .scale = 0.5f
        };
        check(&args);
        args.a = args.b = tall;
        check(&args);
        free(x);
        free(out);
    }
}

static void polynomials_of_a_matrix_have_the_value_of_their_sums(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof sides / sizeof *sides; n++) {
        int64_t side = sides[n], square = side * side;
        float *x = noise(square, n), *gram = noise(square, 4), *out = noise(square, 5);
        reel_symmetric_factor rows = { x, side, 1 }, of_gram = { gram, 1, side };
        reel_symmetric_product_args args = { .out = gram,
                                             .a = rows,
                                             .b = rows,
                                             .side = side,
                                             .depth = side,
                                             .scale = 1.0f / (float)side };
        check(&args);
        args = (reel_symmetric_product_args){ .out = out,
                                              .a = of_gram,
                                              .b = of_gram,
                                              .add = gram,
                                              .side = side,
                                              .depth = side,
                                              .scale = 0.25f,
                                              .add_scale = -2.0f,
                                              .diagonal = 3.0f };
        check(&args);
        free(x);
        free(gram);
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gram_matrices_have_the_value_of_their_sums),
        cmocka_unit_test(polynomials_of_a_matrix_have_the_value_of_their_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
