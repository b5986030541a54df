/* The commands of the program: one row each in main.c, one cmd_*.c each. */
#ifndef REEL_CLI_COMMAND_H
#define REEL_CLI_COMMAND_H

/* Returns the exit code of the program. argv[0] is the name of the command. */
typedef int (*cli_command_fn)(int argc, char **argv);

typedef struct {
    const char *name, *summary;
    cli_command_fn run;
} cli_command;

extern const cli_command cli_commands[]; /* ends with a row without a name */

/* NULL if there is none. */
const cli_command *cli_command_find(const cli_command *commands, const char *name);

/* Run the command that argv[1] names, with argv from there on; without one, list them and return
 * CLI_USAGE. `prefix` is what is typed before the name: "reel" or "reel world". */
int cli_command_run(const cli_command *commands, const char *prefix, int argc, char **argv);

int cmd_generate(int argc, char **argv);
int cmd_world(int argc, char **argv);
int cmd_encode(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_vabench(int argc, char **argv);
int cmd_bench(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_api(int argc, char **argv);
int cmd_serve(int argc, char **argv);
int cmd_intake(int argc, char **argv);
int cmd_help(int argc, char **argv);

#endif
