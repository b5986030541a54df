/* The dispatch table. */
#include "ops/kernels.h"

#include "check.h"

typedef void (*any_function)(void);

static void kernels_have_every_function_of_every_operator(void **state)
{
    (void)state;
    union {
        reel_kernels table;
        any_function function[sizeof(reel_kernels) / sizeof(any_function)];
    } k;
    memset(&k, 0, sizeof k);
    reel_kernels_init_c(&k.table);
    for (size_t i = 0; i < sizeof k.function / sizeof *k.function; i++) {
        assert_true(k.function[i] != NULL);
    }
    k.table = *reel_kernels_get();
    for (size_t i = 0; i < sizeof k.function / sizeof *k.function; i++) {
        assert_true(k.function[i] != NULL);
    }
}

static void kernels_can_be_forced_to_the_plain_version(void **state)
{
    (void)state;
    reel_kernels plain, k = *reel_kernels_get();
    reel_kernels_init_c(&plain);
    assert_int_equal(reel_kernels_force(&k, "linear:c,attention:c"), REEL_OK);
    assert_ptr_equal(k.linear.forward, plain.linear.forward);
    assert_ptr_equal(k.linear.backward, plain.linear.backward);
    assert_ptr_equal(k.attention.forward, plain.attention.forward);
    assert_ptr_equal(k.conv.forward, reel_kernels_get()->conv.forward);
}

static void kernels_refuse_an_unknown_operator(void **state)
{
    (void)state;
    reel_kernels k = *reel_kernels_get();
    assert_int_equal(reel_kernels_force(&k, "linear:c,lineal:c"), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "\"lineal:c\""));
    assert_int_equal(reel_kernels_force(&k, "linear"), REEL_ERR_INVALID);
    assert_int_equal(reel_kernels_force(&k, "linear:cuda"), REEL_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_have_every_function_of_every_operator),
        cmocka_unit_test(kernels_can_be_forced_to_the_plain_version),
        cmocka_unit_test(kernels_refuse_an_unknown_operator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
