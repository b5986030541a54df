/* Looking up and running commands. */
#include "cli/command.h"

#include "cli/opt.h"

#include <stdio.h>
#include <string.h>

const cli_command *cli_command_find(const cli_command *commands, const char *name)
{
    for (const cli_command *c = commands; c->name; c++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

static void list(FILE *stream, const cli_command *commands, const char *prefix)
{
    fprintf(stream, "%s COMMAND [options]\n\n", prefix);
    for (const cli_command *c = commands; c->name; c++) {
        fprintf(stream, "  %-12s %s\n", c->name, c->summary);
    }
    fprintf(stream, "\n%s COMMAND --help lists its options\n", prefix);
}

int cli_command_run(const cli_command *commands, const char *prefix, int argc, char **argv)
{
    if (argc < 2) {
        list(stderr, commands, prefix);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        list(stdout, commands, prefix);
        return CLI_DONE;
    }
    const cli_command *command = cli_command_find(commands, argv[1]);
    if (!command) {
        return cli_usage_error("unknown command \"%s\"; see %s --help", argv[1], prefix);
    }
    return command->run(argc - 1, argv + 1);
}
