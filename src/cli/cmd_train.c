/* reel train - train the stages that a recipe, or a folder of recipes, describes. */
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "reel/train.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    const char *recipe;
    int json;
    reel_train_options options;
} train_args;

static const char usage[] = "reel train RECIPE -o RUN_DIR [options]";

static const cli_option options[] = {
    CLI_ARGUMENT(train_args, recipe, "RECIPE", "a recipe, or a folder of them"),
    CLI_STRING(train_args, options.run_dir, 'o', "run-dir", "DIR",
               "logs, curves and checkpoints go here"),
    CLI_DEVICE(train_args, options.device, 'd'),
    CLI_FLAG(train_args, options.resume, 0, "resume", "go on from the checkpoint in the run dir"),
    CLI_DOUBLE(train_args, options.max_minutes, 0, "max-minutes", "M",
               "of training per stage (no limit)"),
    CLI_I64(train_args, options.max_steps, 0, "max-steps", "N", "per stage (as the recipe says)"),
    CLI_INT(train_args, options.threads, 0, "threads", "N", "of the kernels (all)"),
    CLI_FLAG(train_args, json, 0, "json", "print the result as one JSON object"),
    CLI_OPTIONS_END
};

static int show(const reel_train_progress *p, void *user)
{
    reel_train_progress *last = user;
    *last = *p;
    char left[CLI_SECONDS_SIZE];
    cli_format_seconds(left, p->seconds_left);
    if (strcmp(p->phase, "train") == 0) {
        cli_progress_line("%s: step %" PRId64 "/%" PRId64 "  loss %.4f  %.1f clips/s  %s left",
                          p->stage, p->done, p->total, p->loss, p->samples_per_second, left);
    } else {
        cli_progress_line("%s: %s %" PRId64 "/%" PRId64 "  %s left", p->stage, p->phase, p->done,
                          p->total, left);
    }
    return cli_is_interrupted();
}

int cmd_train(int argc, char **argv)
{
    train_args args = { .options = REEL_TRAIN_OPTIONS_INIT };
    int code = cli_parse(&args, options, usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    if (!args.recipe || !args.options.run_dir) {
        return cli_usage_error("a recipe and --run-dir are required; see reel help train");
    }
    reel_train_progress last = { 0 };
    args.options.progress = show;
    args.options.user = &last;
    reel_status status = reel_train(args.recipe, &args.options);
    code = cli_exit_code(status);
    if (status == REEL_OK && args.json) {
        return cli_print_json(json_pack("{s:s, s:I, s:f}", "runDir", args.options.run_dir, "steps",
                                        (json_int_t)last.done, "loss", last.loss));
    }
    if (status == REEL_OK) {
        printf("%s\n", args.options.run_dir);
    }
    return code;
}
