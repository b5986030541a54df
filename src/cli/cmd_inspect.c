/* reel inspect - what a part, a model or a film holds, and what a film will cost in memory. */
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/result.h"
#include "reel/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_ARRAY = 16 };

typedef struct {
    const char *path;
    int memory, is_silent, json;
    reel_request request;
} inspect_args;

static const char usage[] = "reel inspect FILE|DIR [options]";

static const cli_option options[] = {
    CLI_ARGUMENT(inspect_args, path, "FILE|DIR", "a part, a model directory, a film or an image"),
    CLI_FLAG(inspect_args, memory, 0, "memory", "of a film by that model, as asked by"),
    CLI_DOUBLE(inspect_args, request.seconds, 't', "seconds", "S", "  length, 3 to 15 (5)"),
    CLI_STRING(inspect_args, request.resolution, 'r', "resolution", "NAME",
               "  480p, 720p, 1080p or base (480p)"),
    CLI_STRING(inspect_args, request.aspect, 'a', "aspect", "W:H",
               "  16:9, 9:16, 4:3, 3:4 or 1:1 (16:9)"),
    CLI_FLAG(inspect_args, is_silent, 0, "no-audio", "  a silent film"),
    CLI_FLAG(inspect_args, json, 0, "json", "print the result as one JSON object"),
    CLI_OPTIONS_END
};

/* Files come from strangers: nothing in them may steer the terminal. */
static void print_text(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (p[0] == 0xC2 && p[1] >= 0x80 && p[1] < 0xA0) { /* the controls of Latin-1 */
            p++;
            putchar(' ');
        } else {
            putchar(*p < 0x20 || *p == 0x7f ? ' ' : *p);
        }
    }
}

static void print_bytes(json_int_t bytes)
{
    static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
    double amount = (double)bytes;
    size_t unit = 0;
    while (amount >= 1000.0 && unit + 1 < sizeof units / sizeof *units) {
        amount /= 1000.0;
        unit++;
    }
    printf("%" JSON_INTEGER_FORMAT, bytes);
    if (unit > 0) {
        printf(" (%.1f %s)", amount, units[unit]);
    }
}

static int counts_bytes(const char *key)
{
    size_t length = strlen(key);
    return strcmp(key, "bytes") == 0 || (length > 5 && strcmp(key + length - 5, "Bytes") == 0);
}

static void print_value(const char *key, const json_t *value);

/* "[2, 8, 64]"; a long or nested one by its length. */
static void print_array(const json_t *array)
{
    size_t count = json_array_size(array);
    if (count > LONG_ARRAY || json_is_array(json_array_get(array, 0))) {
        printf("[%zu values]", count);
        return;
    }
    putchar('[');
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : "", stdout);
        print_value("", json_array_get(array, i));
    }
    putchar(']');
}

/* "width 192, heads 3" */
static void print_members(const json_t *object)
{
    const char *key, *between = "";
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        fputs(between, stdout);
        print_text(key);
        putchar(' ');
        print_value(key, value);
        between = ", ";
    }
}

static void print_value(const char *key, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        print_text(json_string_value(value));
        break;
    case JSON_INTEGER:
        if (counts_bytes(key)) {
            print_bytes(json_integer_value(value));
        } else {
            printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
        }
        break;
    case JSON_REAL:
        printf("%g", json_real_value(value));
        break;
    case JSON_ARRAY:
        print_array(value);
        break;
    case JSON_OBJECT:
        print_members(value);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        fputs(json_is_true(value) ? "yes" : "no", stdout);
        break;
    case JSON_NULL:
        fputs("none", stdout);
        break;
    }
}

/* A tensor or a part on a line of its own: its values without their names. */
static void print_row(const json_t *row)
{
    const char *key;
    json_t *value;
    fputs(" ", stdout);
    json_object_foreach((json_t *)(uintptr_t)row, key, value)
    {
        putchar(' ');
        print_value(key, value);
    }
    putchar('\n');
}

static int is_table(const json_t *value)
{
    return json_is_array(value) && json_is_object(json_array_get(value, 0));
}

/* One line per member, tables below their name. */
static void print_object(const json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        printf("%-13s", key);
        if (!is_table(value)) {
            print_value(key, value);
            putchar('\n');
            continue;
        }
        printf("%zu\n", json_array_size(value));
        for (size_t i = 0; i < json_array_size(value); i++) {
            print_row(json_array_get(value, i));
        }
    }
}

int cmd_inspect(int argc, char **argv)
{
    inspect_args args = { .request = REEL_REQUEST_INIT };
    int code = cli_parse(&args, options, usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    if (!args.path) {
        return cli_usage_error("a file or a model directory is required; see reel help inspect");
    }
    char *text = NULL;
    args.request.audio = !args.is_silent;
    reel_status status = args.memory ? reel_inspect_memory(&text, args.path, &args.request)
                                     : reel_inspect(&text, args.path);
    if (status != REEL_OK) {
        return cli_exit_code(status);
    }
    json_t *object = json_loads(text, 0, NULL);
    free(text);
    if (args.json || !object) {
        return cli_print_json(object);
    }
    print_object(object);
    json_decref(object);
    return CLI_DONE;
}
