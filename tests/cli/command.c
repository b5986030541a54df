/* Commands are found by name and get the words that follow; times read as a clock shows them. */
#include "cli/command.h"

#include "cli/opt.h"
#include "cli/progress.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int seen_argc;
static const char *seen_word;

static int cmd_say(int argc, char **argv)
{
    seen_argc = argc;
    seen_word = argv[argc - 1];
    return 7;
}

static const cli_command commands[] = { { "say", "say a word", cmd_say }, { NULL, NULL, NULL } };

static void a_command_gets_the_words_after_its_name(void **state)
{
    (void)state;
    char reel[] = "reel", say[] = "say", word[] = "hello";
    char *argv[] = { reel, say, word };
    assert_int_equal(cli_command_run(commands, "reel", 3, argv), 7);
    assert_int_equal(seen_argc, 2);
    assert_string_equal(seen_word, "hello");
}

static void an_unknown_or_missing_command_is_a_usage_error(void **state)
{
    (void)state;
    char reel[] = "reel", sing[] = "sing";
    char *argv[] = { reel, sing };
    seen_argc = 0;
    assert_int_equal(cli_command_run(commands, "reel", 2, argv), CLI_USAGE);
    assert_int_equal(cli_command_run(commands, "reel", 1, argv), CLI_USAGE);
    assert_int_equal(seen_argc, 0);
}

static void times_read_as_a_clock_shows_them(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *expected;
    } rows[] = { { 0.0, "0:00" },       { 59.6, "1:00" }, { 65.0, "1:05" },
                 { 7384.0, "2:03:04" }, { -5.0, "0:00" }, { 1e300, "0:00" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[CLI_SECONDS_SIZE];
        cli_format_seconds(text, rows[i].seconds);
        assert_string_equal(text, rows[i].expected);
    }
}

static void an_interrupt_asks_to_stop(void **state)
{
    (void)state;
    cli_interrupt_init();
    assert_int_equal(cli_progress("denoise", 1, 30, NULL), 0);
    raise(SIGINT);
    assert_int_not_equal(cli_progress("denoise", 2, 30, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_gets_the_words_after_its_name),
        cmocka_unit_test(an_unknown_or_missing_command_is_a_usage_error),
        cmocka_unit_test(times_read_as_a_clock_shows_them),
        cmocka_unit_test(an_interrupt_asks_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
