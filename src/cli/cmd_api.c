/* reel api - the description of the HTTP API, for programs and for people. */
#include "cli/command.h"
#include "cli/opt.h"
#include "reel/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *form;
} api_args;

static const char usage[] = "reel api FORM";

static const cli_option options[] = {
    CLI_ARGUMENT(api_args, form, "FORM", "openapi (JSON, OpenAPI 3.1) or markdown"), CLI_OPTIONS_END
};

int cmd_api(int argc, char **argv)
{
    api_args args = { 0 };
    int code = cli_parse(&args, options, usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    int is_markdown = args.form && strcmp(args.form, "markdown") == 0;
    if (!is_markdown && (!args.form || strcmp(args.form, "openapi") != 0)) {
        return cli_usage_error("api: FORM is %s, expected openapi or markdown",
                               args.form ? args.form : "missing");
    }
    char *text;
    reel_status status =
        reel_api_describe(&text, is_markdown ? REEL_API_MARKDOWN : REEL_API_OPENAPI);
    if (status == REEL_OK) {
        printf("%s%s", text, is_markdown ? "" : "\n");
        free(text);
    }
    return cli_exit_code(status);
}
