/* reel world - render clips of the procedural film set, or list what it holds. */
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "reel/world.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int json;
    reel_world_request request;
} render_args;

static const char render_usage[] = "reel world render -o DIR [options]";

static const cli_option render_options[] = {
    CLI_STRING(render_args, request.folder, 'o', "out", "DIR", "where the clips go"),
    CLI_INT(render_args, request.count, 'c', "count", "N", "clips (1)"),
    CLI_U64(render_args, request.seed, 's', "seed", "N", "same seed, same clips (0)"),
    CLI_DOUBLE(render_args, request.seconds, 't', "seconds", "S", "length, 0.5 to 30 (3)"),
    CLI_STRING(render_args, request.aspect, 'a', "aspect", "W:H",
               "16:9, 9:16, 4:3, 3:4 or 1:1 (16:9)"),
    CLI_INT(render_args, request.width, 'W', "width", "PX", "even (by the aspect)"),
    CLI_INT(render_args, request.height, 'H', "height", "PX", "even (by the aspect)"),
    CLI_INT(render_args, request.fps, 0, "fps", "N", "frames per second, 1 to 60 (16)"),
    CLI_STRING(render_args, request.choose, 0, "choose", "A=B,...",
               "fixed attributes, e.g. object=ball,motion=jump; see reel world list"),
    CLI_FLAG(render_args, json, 0, "json", "print the result as one JSON object"),
    CLI_OPTIONS_END
};

static int show(int done, int total, void *user)
{
    return cli_progress("render", done, total, user);
}

static int cmd_world_render(int argc, char **argv)
{
    render_args args = { .request = REEL_WORLD_REQUEST_INIT };
    int code = cli_parse(&args, render_options, render_usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    if (!args.request.folder) {
        return cli_usage_error("--out is required; see reel help world render");
    }
    reel_status status = reel_world_render(&args.request, show, NULL);
    code = cli_exit_code(status);
    if (status == REEL_OK && args.json) {
        return cli_print_json(
            json_pack("{s:s, s:i}", "folder", args.request.folder, "clips", args.request.count));
    }
    if (status == REEL_OK) {
        printf("%s\n", args.request.folder);
    }
    return code;
}

/* "object     ball box ...": an array of strings, or of objects with a name. */
static void print_names(const char *key, const json_t *array)
{
    printf("%-12s", key);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        const json_t *name = json_is_object(item) ? json_object_get(item, "name") : item;
        printf("%s%s", i ? ", " : "", json_is_string(name) ? json_string_value(name) : "?");
    }
    putchar('\n');
}

typedef struct {
    int json;
} list_args;

static const cli_option list_options[] = {
    CLI_FLAG(list_args, json, 0, "json", "print everything as one JSON object"), CLI_OPTIONS_END
};

static int cmd_world_list(int argc, char **argv)
{
    list_args args = { 0 };
    int code = cli_parse(&args, list_options, "reel world list [--json]", argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    char *text = NULL;
    reel_status status = reel_world_describe(&text);
    if (status != REEL_OK) {
        return cli_exit_code(status);
    }
    json_t *all = json_loads(text, 0, NULL);
    free(text);
    if (args.json || !json_is_object(all)) {
        return cli_print_json(all);
    }
    const char *key;
    json_t *member, *attributes = json_object_get(all, "attributes");
    json_object_foreach(attributes, key, member)
    {
        print_names(key, member);
    }
    print_names("aspects", json_object_get(all, "aspects"));
    print_names("events", json_object_get(all, "events"));
    print_names("captions", json_object_get(all, "captions"));
    json_decref(all);
    return CLI_DONE;
}

static const cli_command world_commands[] = {
    { "render", "clips with their captions and the truth about them", cmd_world_render },
    { "list", "attributes, values, sounds, aspects", cmd_world_list },
    { NULL, NULL, NULL },
};

int cmd_world(int argc, char **argv)
{
    return cli_command_run(world_commands, "reel world", argc, argv);
}
