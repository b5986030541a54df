/* reel intake - the confined process in which the server decodes what strangers send. */
#include "cli/command.h"
#include "cli/opt.h"
#include "reel/intake.h"

typedef struct {
    int none;
} intake_args;

static const char usage[] = "reel intake <FILE 1<>JOB";

static const cli_option options[] = { CLI_OPTIONS_END };

int cmd_intake(int argc, char **argv)
{
    intake_args args = { 0 };
    int code = cli_parse(&args, options, usage, argc, argv);
    return code == CLI_OK ? reel_intake_child() : code;
}
