/* The progress line and the interrupt flag. */
#include "cli/progress.h"

#include "base/clock.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t was_interrupted;
static int line_is_dirty;

/* When the current phase began, to tell how long it will take. */
static struct {
    char name[32];
    double started;
    int done_at_start;
} phase_now;

static void on_signal(int number)
{
    (void)number;
    was_interrupted = 1;
}

void cli_interrupt_init(void)
{
    struct sigaction action = { .sa_handler = on_signal };
    action.sa_flags = (int)SA_RESETHAND; /* the second one acts as if there were no handler */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

int cli_is_interrupted(void)
{
    return was_interrupted;
}

void cli_format_seconds(char *out, double seconds)
{
    unsigned all = seconds > 0.0 && seconds < 3.6e6 ? (unsigned)(seconds + 0.5) : 0;
    if (all >= 3600) {
        snprintf(out, CLI_SECONDS_SIZE, "%u:%02u:%02u", all / 3600, all / 60 % 60, all % 60);
    } else {
        snprintf(out, CLI_SECONDS_SIZE, "%u:%02u", all / 60, all % 60);
    }
}

void cli_progress_line(const char *format, ...)
{
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    va_list args;
    va_start(args, format);
    fputs("\r\033[K", stderr);
    vfprintf(stderr, format, args);
    fflush(stderr);
    va_end(args);
    line_is_dirty = 1;
}

void cli_progress_end(void)
{
    if (line_is_dirty) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        line_is_dirty = 0;
    }
}

int cli_progress(const char *phase, int done, int total, void *user)
{
    (void)user;
    if (strncmp(phase_now.name, phase, sizeof phase_now.name - 1) != 0 ||
        done < phase_now.done_at_start) {
        snprintf(phase_now.name, sizeof phase_now.name, "%s", phase);
        phase_now.started = reel_clock_seconds();
        phase_now.done_at_start = done;
    }
    int since = done - phase_now.done_at_start;
    if (since > 0) {
        char left[CLI_SECONDS_SIZE];
        double each = (reel_clock_seconds() - phase_now.started) / since;
        cli_format_seconds(left, each * (total - done));
        cli_progress_line("%s %d/%d  %s left", phase, done, total, left);
    } else {
        cli_progress_line("%s %d/%d", phase, done, total);
    }
    return cli_is_interrupted();
}
