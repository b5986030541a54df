/* Prices: the page's, and those of a file. */
#include "server/price.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

static void the_default_prices_are_those_of_the_page(void **state)
{
    (void)state;
    const reel_prices *p = &reel_prices_default;
    assert_true(reel_price_of(p, "480p", 0, 5) == 0.55);
    assert_true(reel_price_of(p, "720p", 0, 3) == 0.42);
    assert_true(reel_price_of(p, "1080p", 0, 15) == 5.25);
    assert_true(reel_price_of(p, "480p", 1, 1) == 0.18);
    assert_true(reel_price_of(p, "720p", 1, 4) == 1.0);
    assert_true(reel_price_of(p, "1080p", 1, 3.5) == 2.1875);
}

static reel_status load(reel_prices *out, const char *text)
{
    const char *path = scratch_path("prices.json");
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    return reel_prices_load(out, path);
}

static void a_file_changes_what_it_names_and_nothing_else(void **state)
{
    (void)state;
    reel_prices p;
    assert_int_equal(load(&p, "{\"textOrImage\":{\"480p\":0},\"video\":{\"1080p\":2}}"), REEL_OK);
    assert_true(reel_price_of(&p, "480p", 0, 5) == 0);
    assert_true(reel_price_of(&p, "720p", 0, 5) == 0.7);
    assert_true(reel_price_of(&p, "1080p", 1, 5) == 10);
}

static void a_damaged_file_is_refused_by_field(void **state)
{
    (void)state;
    reel_prices p;
    static const char *const texts[] = {
        "[]",
        "{\"audio\":{}}",
        "{\"video\":1}",
        "{\"video\":{\"4k\":1}}",
        "{\"video\":{\"480p\":-1}}",
        "{\"video\":{\"480p\":\"1\"}}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(load(&p, texts[i]), REEL_ERR_FORMAT);
    }
    assert_non_null(strstr(reel_error_message(), "video: 480p: "));
    assert_int_equal(reel_prices_load(&p, scratch_path("absent.json")), REEL_ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_prices_are_those_of_the_page),
        cmocka_unit_test(a_file_changes_what_it_names_and_nothing_else),
        cmocka_unit_test(a_damaged_file_is_refused_by_field),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
