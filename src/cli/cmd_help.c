/* reel help - the list of commands, or the options of one. */
#include "cli/command.h"
#include "cli/opt.h"

#include <stddef.h>

int cmd_help(int argc, char **argv)
{
    char help[] = "--help";
    if (argc < 2) {
        char *words[] = { argv[0], help, NULL };
        return cli_command_run(cli_commands, "reel", 2, words);
    }
    const cli_command *command = cli_command_find(cli_commands, argv[1]);
    if (!command) {
        return cli_usage_error("unknown command \"%s\"; see reel help", argv[1]);
    }
    if (command->run == cmd_help) {
        char *words[] = { argv[0], help, NULL };
        return cli_command_run(cli_commands, "reel", 2, words);
    }
    if (argc > 2) { /* reel help world render */
        char *words[] = { argv[1], argv[2], help, NULL };
        return command->run(3, words);
    }
    char *words[] = { argv[1], help, NULL };
    return command->run(2, words);
}
