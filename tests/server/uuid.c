/* Random names of version 4, and what is taken for one. */
#include "server/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void a_new_name_is_of_version_4_and_differs_from_the_last(void **state)
{
    (void)state;
    char last[REEL_UUID_SIZE] = "", name[REEL_UUID_SIZE], lower[REEL_UUID_SIZE];
    for (int i = 0; i < 100; i++) {
        assert_int_equal(reel_uuid_new(name), REEL_OK);
        assert_true(reel_uuid_is_v4(name));
        reel_uuid_lower(lower, name);
        assert_string_equal(name, lower);
        assert_string_not_equal(name, last);
        memcpy(last, name, sizeof last);
    }
}

static void only_version_4_in_its_usual_form_is_a_name(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "24cd5dff",
        "24cd5dff-cb81-4db5-8506-b72a9425f9d",
        "24cd5dff-cb81-4db5-8506-b72a9425f9d10",
        "24cd5dff-cb81-1db5-8506-b72a9425f9d1",
        "24cd5dff-cb81-4db5-c506-b72a9425f9d1",
        "24cd5dffzcb81-4db5-8506-b72a9425f9d1",
        "24cd5dfg-cb81-4db5-8506-b72a9425f9d1",
        "{24cd5dff-cb81-4db5-8506-b72a9425f9d1}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(reel_uuid_is_v4(bad[i]));
    }
    assert_true(reel_uuid_is_v4("24cd5dff-cb81-4db5-8506-b72a9425f9d1"));
    char lower[REEL_UUID_SIZE];
    assert_true(reel_uuid_is_v4("24CD5DFF-CB81-4DB5-B506-B72A9425F9D1"));
    reel_uuid_lower(lower, "24CD5DFF-CB81-4DB5-B506-B72A9425F9D1");
    assert_string_equal(lower, "24cd5dff-cb81-4db5-b506-b72a9425f9d1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_name_is_of_version_4_and_differs_from_the_last),
        cmocka_unit_test(only_version_4_in_its_usual_form_is_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
