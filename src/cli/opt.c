/* The option parser of every command. */
#include "cli/opt.h"

#include "cli/progress.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int cli_usage_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("reel: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return CLI_USAGE;
}

int cli_exit_code(reel_status status)
{
    cli_progress_end();
    if (status == REEL_OK) {
        return CLI_DONE;
    }
    if (status == REEL_ERR_CANCELLED) {
        fputs("reel: stopped\n", stderr);
        return CLI_STOPPED;
    }
    fprintf(stderr, "reel: %s\n", reel_error_message());
    return status == REEL_ERR_INVALID ? CLI_USAGE : CLI_FAILED;
}

/* "--seed N" or "RECIPE", the left column of help. */
static void spell(char *out, size_t size, const cli_option *o)
{
    if (o->type == CLI_TYPE_ARGUMENT) {
        snprintf(out, size, "    %s", o->value);
        return;
    }
    char letter[8] = "    ";
    if (o->letter) {
        snprintf(letter, sizeof letter, "-%c, ", o->letter);
    }
    snprintf(out, size, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
             o->value ? o->value : "");
}

static int print_help(const cli_option *options, const char *usage)
{
    printf("%s\n\n", usage);
    for (const cli_option *o = options; o->type != CLI_TYPE_END; o++) {
        char left[64];
        spell(left, sizeof left, o);
        printf("  %-28s %s\n", left, o->help);
    }
    printf("  %-28s %s\n", "-h, --help", "this text");
    return CLI_DONE;
}

static const cli_option *find_name(const cli_option *options, const char *name, size_t length)
{
    for (const cli_option *o = options; o->type != CLI_TYPE_END; o++) {
        if (o->name && strlen(o->name) == length && strncmp(o->name, name, length) == 0) {
            return o;
        }
    }
    return NULL;
}

static const cli_option *find_letter(const cli_option *options, char letter)
{
    for (const cli_option *o = options; o->type != CLI_TYPE_END; o++) {
        if (o->letter && o->letter == letter) {
            return o;
        }
    }
    return NULL;
}

static int is_whole(const char *text, const char *end)
{
    return end != text && *end == 0 && errno == 0 && text[0] != ' ';
}

/* Store `text` as the option's type; 0 when it is no such value. */
static int store(void *args, const cli_option *o, const char *text)
{
    void *field = (char *)args + o->offset;
    char *end = NULL;
    errno = 0;
    if (o->type == CLI_TYPE_STRING || o->type == CLI_TYPE_ARGUMENT) {
        *(const char **)field = text;
        return 1;
    }
    if (o->type == CLI_TYPE_DOUBLE) {
        double value = strtod(text, &end);
        *(double *)field = value;
        return is_whole(text, end) && isfinite(value);
    }
    if (o->type == CLI_TYPE_U64) {
        uint64_t value = strtoull(text, &end, 10);
        *(uint64_t *)field = value;
        return is_whole(text, end) && text[0] != '-';
    }
    long long value = strtoll(text, &end, 10);
    if (o->type == CLI_TYPE_I64) {
        *(int64_t *)field = value;
        return is_whole(text, end) && value >= 0;
    }
    *(int *)field = (int)value;
    return is_whole(text, end) && value >= INT_MIN && value <= INT_MAX;
}

static const char *expected(cli_type type)
{
    switch (type) {
    case CLI_TYPE_INT:
        return "a whole number";
    case CLI_TYPE_I64:
    case CLI_TYPE_U64:
        return "a whole number from 0";
    case CLI_TYPE_DOUBLE:
        return "a number";
    default:
        return "a value";
    }
}

/* What is being read: the words and how far it has come. */
typedef struct {
    int argc, at;
    char **argv;
    void *args;
    const cli_option *options;
    int arguments; /* how many words without a dash there were */
} reader;

static int take(reader *r, const cli_option *o, const char *attached)
{
    if (o->type == CLI_TYPE_FLAG) {
        if (attached) {
            return cli_usage_error("--%s takes no value", o->name);
        }
        *(int *)((char *)r->args + o->offset) = 1;
        return CLI_OK;
    }
    const char *text = attached;
    if (!text) {
        if (r->at + 1 >= r->argc) {
            return cli_usage_error("--%s needs %s", o->name, expected(o->type));
        }
        text = r->argv[++r->at];
    }
    if (!store(r->args, o, text)) {
        return cli_usage_error("--%s: is \"%s\", expected %s", o->name, text, expected(o->type));
    }
    return CLI_OK;
}

static int take_argument(reader *r, const char *word)
{
    int index = r->arguments++;
    for (const cli_option *o = r->options; o->type != CLI_TYPE_END; o++) {
        if (o->type == CLI_TYPE_ARGUMENT && index-- == 0) {
            store(r->args, o, word);
            return CLI_OK;
        }
    }
    return cli_usage_error("%s: \"%s\" is one word too many", r->argv[0], word);
}

static int take_option(reader *r, const char *word)
{
    const cli_option *o;
    const char *attached = NULL;
    if (word[1] == '-') {
        attached = strchr(word, '=');
        size_t length = attached ? (size_t)(attached - word) - 2 : strlen(word) - 2;
        o = find_name(r->options, word + 2, length);
        attached = attached ? attached + 1 : NULL;
    } else {
        o = find_letter(r->options, word[1]);
        attached = word[2] ? word + 2 : NULL;
    }
    if (!o) {
        return cli_usage_error("unknown option %s; see reel help %s", word, r->argv[0]);
    }
    return take(r, o, attached);
}

int cli_parse(void *args, const cli_option *options, const char *usage, int argc, char **argv)
{
    reader r = { .argc = argc, .argv = argv, .args = args, .options = options };
    int only_arguments = 0;
    for (r.at = 1; r.at < argc; r.at++) {
        const char *word = argv[r.at];
        int code;
        if (only_arguments || word[0] != '-' || word[1] == 0) {
            code = take_argument(&r, word);
        } else if (strcmp(word, "--") == 0) {
            only_arguments = 1;
            code = CLI_OK;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            return print_help(options, usage);
        } else {
            code = take_option(&r, word);
        }
        if (code != CLI_OK) {
            return code;
        }
    }
    return CLI_OK;
}
