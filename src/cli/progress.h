/* What a long command shows on stderr while it works, and how Ctrl-C stops it. */
#ifndef REEL_CLI_PROGRESS_H
#define REEL_CLI_PROGRESS_H

/* From here on the first SIGINT or SIGTERM only raises a flag; a second one ends the program. */
void cli_interrupt_init(void);
int cli_is_interrupted(void);

/* A reel_progress_fn: shows phase, step and time left in one line that is written over, and asks to
 * stop after Ctrl-C. Shows nothing when stderr is no terminal. `user` is not looked at. */
int cli_progress(const char *phase, int done, int total, void *user);

/* Any other text in that line. */
void cli_progress_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Wipe the line, before something else is printed. */
void cli_progress_end(void);

/* "1:05" or "2:03:04". `out` holds CLI_SECONDS_SIZE characters. */
enum { CLI_SECONDS_SIZE = 32 };
void cli_format_seconds(char *out, double seconds);

#endif
