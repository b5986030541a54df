/* reel encode - make the latents that a recipe trains on, before or while it trains. */
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "reel/train.h"

#include <inttypes.h>

typedef struct {
    const char *recipe;
    reel_train_options options;
} encode_args;

static const char usage[] = "reel encode RECIPE [options]";

static const cli_option options[] = {
    CLI_ARGUMENT(encode_args, recipe, "RECIPE", "a recipe, or a folder of them"),
    CLI_DEVICE(encode_args, options.device, 'd'),
    CLI_INT(encode_args, options.threads, 0, "threads", "N", "to work on (all)"), CLI_OPTIONS_END
};

static int show(const reel_train_progress *p, void *user)
{
    (void)user;
    char left[CLI_SECONDS_SIZE];
    cli_format_seconds(left, p->seconds_left);
    cli_progress_line("%s: %" PRId64 "/%" PRId64 " clips  %.1f clips/s  %s left", p->stage, p->done,
                      p->total, p->samples_per_second, left);
    return cli_is_interrupted();
}

int cmd_encode(int argc, char **argv)
{
    encode_args args = { .options = REEL_TRAIN_OPTIONS_INIT };
    int code = cli_parse(&args, options, usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    if (!args.recipe) {
        return cli_usage_error("a recipe is required; see reel help encode");
    }
    args.options.progress = show;
    return cli_exit_code(reel_train_encode(args.recipe, &args.options));
}
