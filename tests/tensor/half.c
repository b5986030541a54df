/* The 16-bit storage types against exact arithmetic. */
#include "tensor/safetensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

static uint32_t bits_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float from_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* What the bits of a small float format mean, by the definition: (-1)^s * 1.f * 2^(e - bias). */
static double value_of(uint16_t h, int fraction_bits, int exponent_bits)
{
    int bias = (1 << (exponent_bits - 1)) - 1;
    int e = h >> fraction_bits & ((1 << exponent_bits) - 1), f = h & ((1 << fraction_bits) - 1);
    double sign = h & 0x8000 ? -1.0 : 1.0, scale = ldexp(1.0, -fraction_bits);
    if (e == (1 << exponent_bits) - 1) {
        return f ? (double)NAN : sign * INFINITY;
    }
    return e ? sign * ldexp(1.0 + f * scale, e - bias) : sign * ldexp(f * scale, 1 - bias);
}

typedef struct {
    uint16_t (*narrow)(float);
    float (*widen)(uint16_t);
    int fraction_bits, exponent_bits;
} half_format;

static const half_format formats[] = {
    { reel_f32_to_f16, reel_f16_to_f32, 10, 5 },
    { reel_f32_to_bf16, reel_bf16_to_f32, 7, 8 },
};

static void every_16_bit_value_is_widened_exactly_and_comes_back(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        const half_format *f = &formats[k];
        for (uint32_t h = 0; h < 0x10000; h++) {
            double exact = value_of((uint16_t)h, f->fraction_bits, f->exponent_bits);
            float x = f->widen((uint16_t)h);
            if (isnan(exact)) {
                assert_true(isnan(x));
                assert_true(isnan(f->widen(f->narrow(x))));
            } else {
                assert_true((double)x == exact && !signbit(x) == !signbit(exact));
                assert_int_equal(f->narrow(x), h);
            }
        }
    }
}

/* Between two neighbours: the middle goes to the even one, anything beside it to the nearer one. */
static void narrowing_goes_to_the_nearest_and_a_tie_to_the_even(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        const half_format *f = &formats[k];
        uint32_t infinity = ((1u << f->exponent_bits) - 1) << f->fraction_bits;
        for (uint32_t h = 0; h + 1 < infinity; h++) {
            float low = f->widen((uint16_t)h), high = f->widen((uint16_t)(h + 1));
            float middle = (float)(((double)low + (double)high) / 2);
            uint16_t even = (uint16_t)(h & 1 ? h + 1 : h);
            assert_int_equal(f->narrow(middle), even);
            assert_int_equal(f->narrow(-middle), even | 0x8000);
            assert_int_equal(f->narrow(from_bits(bits_of(middle) - 1)), h);
            assert_int_equal(f->narrow(from_bits(bits_of(middle) + 1)), h + 1);
        }
    }
}

static void what_lies_beyond_the_range_becomes_infinite_or_zero(void **state)
{
    (void)state;
    assert_int_equal(reel_f32_to_f16(65519.996f), 0x7bff); /* rounds down to 65504 */
    assert_int_equal(reel_f32_to_f16(65520.0f), 0x7c00);
    assert_int_equal(reel_f32_to_f16(-1e30f), 0xfc00);
    assert_int_equal(reel_f32_to_f16(INFINITY), 0x7c00);
    assert_int_equal(reel_f32_to_f16(0x1p-25f), 0x0000);
    assert_int_equal(reel_f32_to_f16(0x1.000002p-25f), 0x0001);
    assert_int_equal(reel_f32_to_f16(-1e-40f), 0x8000);
    assert_int_equal(reel_f32_to_bf16(from_bits(0x7f7f7fff)), 0x7f7f);
    assert_int_equal(reel_f32_to_bf16(from_bits(0x7f7f8000)), 0x7f80);
    assert_int_equal(reel_f32_to_bf16(-INFINITY), 0xff80);
}

static void nan_stays_nan(void **state)
{
    (void)state;
    static const uint32_t nans[] = { 0x7fc00000, 0x7f800001, 0xffc00000, 0xff800001, 0x7fffffff };
    for (size_t i = 0; i < sizeof nans / sizeof *nans; i++) {
        for (int k = 0; k < 2; k++) {
            uint16_t h = formats[k].narrow(from_bits(nans[i]));
            assert_true(isnan(formats[k].widen(h)));
            assert_int_equal(h >> 15, nans[i] >> 31);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_16_bit_value_is_widened_exactly_and_comes_back),
        cmocka_unit_test(narrowing_goes_to_the_nearest_and_a_tie_to_the_even),
        cmocka_unit_test(what_lies_beyond_the_range_becomes_infinite_or_zero),
        cmocka_unit_test(nan_stays_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
