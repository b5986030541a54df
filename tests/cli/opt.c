/* Options are read as they are written, and every mistake is one line that names it. */
#include "cli/opt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct {
    const char *prompt, *recipe, *second;
    int steps, quiet;
    int64_t limit;
    uint64_t seed;
    double seconds;
} args_type;

static const cli_option options[] = {
    CLI_ARGUMENT(args_type, recipe, "RECIPE", "the first word"),
    CLI_STRING(args_type, prompt, 'p', "prompt", "TEXT", "what to show"),
    CLI_INT(args_type, steps, 'n', "steps", "N", "how many (30)"),
    CLI_I64(args_type, limit, 0, "limit", "N", "at most"),
    CLI_U64(args_type, seed, 's', "seed", "N", "same seed, same film"),
    CLI_DOUBLE(args_type, seconds, 't', "seconds", "S", "length"),
    CLI_FLAG(args_type, quiet, 'q', "quiet", "say nothing"),
    CLI_ARGUMENT(args_type, second, "OTHER", "the second word"),
    CLI_OPTIONS_END
};

/* Parse words; what was printed on `stream` (1 or 2) is in `printed`. */
static char printed[4096];

static int parse(args_type *args, int stream, const char *const *words)
{
    char *argv[16] = { NULL };
    int argc = 0;
    for (; words[argc]; argc++) {
        argv[argc] = strdup(words[argc]);
    }
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stream == 1 ? stdout : stderr);
    int kept = dup(stream);
    dup2(fileno(file), stream);
    *args = (args_type){ .steps = 30 };
    int code = cli_parse(args, options, "reel test RECIPE [options]", argc, argv);
    fflush(stream == 1 ? stdout : stderr);
    dup2(kept, stream);
    close(kept);
    rewind(file);
    size_t length = fread(printed, 1, sizeof printed - 1, file);
    printed[length] = 0;
    fclose(file);
    args->prompt = args->prompt ? "set" : NULL; /* it pointed into argv */
    for (int i = 0; i < argc; i++) {
        free(argv[i]);
    }
    return code;
}

#define WORDS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        "test", __VA_ARGS__, NULL                                                                  \
    }

static void every_spelling_is_understood(void **state)
{
    (void)state;
    args_type args;
    assert_int_equal(parse(&args, 2,
                           WORDS("--steps", "7", "--seed=18446744073709551615", "-t-2.5", "-q",
                                 "-p", "--steps", "--limit", "5")),
                     CLI_OK);
    assert_int_equal(args.steps, 7);
    assert_true(args.seed == UINT64_MAX);
    assert_true(args.seconds == -2.5);
    assert_int_equal(args.quiet, 1);
    assert_int_equal(args.limit, 5);
    assert_non_null(args.prompt); /* a value may look like an option */
    assert_string_equal(printed, "");
}

static void what_is_not_given_keeps_its_default(void **state)
{
    (void)state;
    args_type args;
    assert_int_equal(parse(&args, 2, WORDS("-q")), CLI_OK);
    assert_int_equal(args.steps, 30);
    assert_null(args.prompt);
    assert_null(args.recipe);
}

static void words_fill_the_arguments_in_order(void **state)
{
    (void)state;
    static char first[] = "a.json", second[] = "-b";
    char name[] = "test", quiet[] = "-q", dashes[] = "--";
    char *argv[] = { name, first, quiet, dashes, second };
    args_type args = { 0 };
    assert_int_equal(cli_parse(&args, options, "usage", 5, argv), CLI_OK);
    assert_string_equal(args.recipe, "a.json");
    assert_string_equal(args.second, "-b");
    assert_int_equal(args.quiet, 1);
}

static void every_mistake_is_one_line_that_names_it(void **state)
{
    (void)state;
    static const struct {
        const char *words[4], *expected;
    } rows[] = {
        { { "test", "--stepz", "7" }, "reel: unknown option --stepz; see reel help test\n" },
        { { "test", "-x" }, "reel: unknown option -x; see reel help test\n" },
        { { "test", "--steps" }, "reel: --steps needs a whole number\n" },
        { { "test", "--steps", "7.5" }, "reel: --steps: is \"7.5\", expected a whole number\n" },
        { { "test", "--steps", "" }, "reel: --steps: is \"\", expected a whole number\n" },
        { { "test", "--steps", "3000000000" },
          "reel: --steps: is \"3000000000\", expected a whole number\n" },
        { { "test", "--seed", "-1" }, "reel: --seed: is \"-1\", expected a whole number from 0\n" },
        { { "test", "--limit=-1" }, "reel: --limit: is \"-1\", expected a whole number from 0\n" },
        { { "test", "--seed", "99999999999999999999" },
          "reel: --seed: is \"99999999999999999999\", expected a whole number from 0\n" },
        { { "test", "-t", "nan" }, "reel: --seconds: is \"nan\", expected a number\n" },
        { { "test", "-t", "1e999" }, "reel: --seconds: is \"1e999\", expected a number\n" },
        { { "test", "--quiet=1" }, "reel: --quiet takes no value\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        args_type args;
        assert_int_equal(parse(&args, 2, rows[i].words), CLI_USAGE);
        assert_string_equal(printed, rows[i].expected);
    }
    args_type args;
    assert_int_equal(parse(&args, 2, WORDS("a", "b", "c")), CLI_USAGE);
    assert_string_equal(printed, "reel: test: \"c\" is one word too many\n");
}

static void help_lists_every_option(void **state)
{
    (void)state;
    args_type args;
    assert_int_equal(parse(&args, 1, WORDS("--help")), CLI_DONE);
    assert_non_null(strstr(printed, "reel test RECIPE [options]"));
    for (const cli_option *o = options; o->type != CLI_TYPE_END; o++) {
        assert_non_null(strstr(printed, o->help));
        assert_non_null(strstr(printed, o->name ? o->name : o->value));
    }
}

static void a_status_has_one_exit_code(void **state)
{
    (void)state;
    assert_int_equal(cli_exit_code(REEL_OK), 0);
    assert_int_equal(cli_exit_code(REEL_ERR_INVALID), 2);
    assert_int_equal(cli_exit_code(REEL_ERR_CANCELLED), 130);
    assert_int_equal(cli_exit_code(REEL_ERR_IO), 1);
    assert_int_equal(cli_exit_code(REEL_ERR_FORMAT), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_is_understood),
        cmocka_unit_test(what_is_not_given_keeps_its_default),
        cmocka_unit_test(words_fill_the_arguments_in_order),
        cmocka_unit_test(every_mistake_is_one_line_that_names_it),
        cmocka_unit_test(help_lists_every_option),
        cmocka_unit_test(a_status_has_one_exit_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
