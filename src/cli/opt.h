/* Command-line options from a table: parsing, checking, help. */
#ifndef REEL_CLI_OPT_H
#define REEL_CLI_OPT_H

#include "reel/status.h"

#include <stddef.h>

/* Exit codes of the program. CLI_OK is none: it means "go on". */
enum { CLI_OK = -1, CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_STOPPED = 130 };

typedef enum {
    CLI_TYPE_END,
    CLI_TYPE_STRING,   /* const char *, borrowed from argv */
    CLI_TYPE_INT,      /* int */
    CLI_TYPE_I64,      /* int64_t, 0 or more */
    CLI_TYPE_U64,      /* uint64_t */
    CLI_TYPE_DOUBLE,   /* double, finite */
    CLI_TYPE_FLAG,     /* int, becomes 1; takes no value */
    CLI_TYPE_ARGUMENT, /* const char *: a word without a dash, in the order of the table */
} cli_type;

/* One row: where the value goes in the command's struct, how it is spelled, what help says. The
 * defaults are what the struct holds before cli_parse(). */
typedef struct {
    cli_type type;
    char letter; /* 0: none */
    const char *name, *value, *help;
    size_t offset;
} cli_option;

#define CLI_STRING(args, field, letter, name, value, help)                                         \
    {                                                                                              \
        CLI_TYPE_STRING, letter, name, value, help, offsetof(args, field)                          \
    }
#define CLI_INT(args, field, letter, name, value, help)                                            \
    {                                                                                              \
        CLI_TYPE_INT, letter, name, value, help, offsetof(args, field)                             \
    }
#define CLI_I64(args, field, letter, name, value, help)                                            \
    {                                                                                              \
        CLI_TYPE_I64, letter, name, value, help, offsetof(args, field)                             \
    }
#define CLI_U64(args, field, letter, name, value, help)                                            \
    {                                                                                              \
        CLI_TYPE_U64, letter, name, value, help, offsetof(args, field)                             \
    }
#define CLI_DOUBLE(args, field, letter, name, value, help)                                         \
    {                                                                                              \
        CLI_TYPE_DOUBLE, letter, name, value, help, offsetof(args, field)                          \
    }
#define CLI_FLAG(args, field, letter, name, help)                                                  \
    {                                                                                              \
        CLI_TYPE_FLAG, letter, name, NULL, help, offsetof(args, field)                             \
    }
#define CLI_ARGUMENT(args, field, value, help)                                                     \
    {                                                                                              \
        CLI_TYPE_ARGUMENT, 0, NULL, value, help, offsetof(args, field)                             \
    }
/* The device of an engine or a training, the same words in every command. */
#define CLI_DEVICE(args, field, letter)                                                            \
    CLI_STRING(args, field, letter, "device", "NAME", "cpu or cuda[:N][,f32|tf32|bf16] (cpu)")
#define CLI_OPTIONS_END                                                                            \
    {                                                                                              \
        CLI_TYPE_END, 0, NULL, NULL, NULL, 0                                                       \
    }

/* Fill `args` from argv[1..]; argv[0] is the command. Understands --name VALUE, --name=VALUE,
 * -n VALUE, -nVALUE and "--", after which nothing is an option.
 * Returns CLI_OK; CLI_DONE after --help, which prints `usage` and the table to stdout; CLI_USAGE
 * after one line on stderr that names the option. */
int cli_parse(void *args, const cli_option *options, const char *usage, int argc, char **argv);

/* One line on stderr; returns CLI_USAGE. */
int cli_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit code of `status`; on failure also its message on stderr. */
int cli_exit_code(reel_status status);

#endif
