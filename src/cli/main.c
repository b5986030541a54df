/* reel: the command line of OpenReels. A new command is one cmd_*.c and one row here. */
#include "base/log.h"
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cli_command cli_commands[] = {
    { "generate", "a film with sound from a sentence", cmd_generate },
    { "world", "render clips of the procedural film set, or list what it holds", cmd_world },
    { "encode", "make the latents that a recipe trains on", cmd_encode },
    { "train", "train the parts of a model by a recipe", cmd_train },
    { "vabench", "judge a model by films for prompts it never met", cmd_vabench },
    { "bench", "how fast the engine runs here, row by row", cmd_bench },
    { "inspect", "what a part, a model or a film holds", cmd_inspect },
    { "serve", "answer requests for films over HTTP and WebSocket", cmd_serve },
    { "api", "describe the HTTP API: OpenAPI or Markdown", cmd_api },
    { "intake", "decode one file in confinement; reel serve runs it", cmd_intake },
    { "help", "this list, or the options of a command", cmd_help },
    { NULL, NULL, NULL },
};

/* Warnings and errors of the library; everything with REEL_LOG=debug in the environment. */
static void log_line(reel_log_level level, const char *line, void *user)
{
    const int *wants_all = user;
    if (level >= REEL_LOG_WARN || *wants_all) {
        cli_progress_end();
        fprintf(stderr, "reel: %s\n", line);
    }
}

int main(int argc, char **argv)
{
    const char *wanted = getenv("REEL_LOG");
    int wants_all = wanted && strcmp(wanted, "debug") == 0;
    reel_log_set(log_line, &wants_all);
    cli_interrupt_init();
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("reel %s\n", REEL_VERSION);
        return CLI_DONE;
    }
    int code = cli_command_run(cli_commands, "reel", argc, argv);
    if (fflush(stdout) != 0 && code == CLI_DONE) {
        fputs("reel: stdout: the results cannot be written\n", stderr);
        code = CLI_FAILED;
    }
    return code;
}
