/* posix_spawn() and a wait with an end. */
#include "base/child.h"

#include "base/clock.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_FREE = 3, LOOK_MS = 1000 };

/* The server ignores SIGPIPE and may block signals; its children do neither. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                   const reel_child *child)
{
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &usual);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int code = posix_spawn_file_actions_adddup2(actions, child->input, STDIN_FILENO);
    code = code ? code : posix_spawn_file_actions_adddup2(actions, child->output, STDOUT_FILENO);
    code = code
               ? code
               : posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    return code ? code : posix_spawn_file_actions_addclosefrom_np(actions, FIRST_FREE);
}

static reel_status start(pid_t *out, const reel_child *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a process");
    }
    int code = posix_spawnattr_init(&attributes);
    if (code == 0) {
        code = prepare(&actions, &attributes, child);
        code = code ? code
                    : posix_spawn(out, child->program, &actions, &attributes, child->arguments,
                                  child->environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return code == 0
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_IO, "%s: does not start: %s", child->program, strerror(code));
}

/* Wait until it ends by itself; 0 when it is to be killed instead. */
static int wait_for(int *is_stopped, int pidfd, const reel_child *child)
{
    double until = reel_clock_seconds() + child->seconds;
    struct pollfd look = { .fd = pidfd, .events = POLLIN };
    for (;;) {
        double left = (until - reel_clock_seconds()) * 1000.0;
        int ready = left > 0 ? poll(&look, 1, left < LOOK_MS ? (int)left + 1 : LOOK_MS) : 0;
        if (ready > 0 || (ready < 0 && errno != EINTR)) {
            return ready > 0;
        }
        *is_stopped = child->is_stopped && child->is_stopped(child->user);
        if (left <= 0 || *is_stopped) {
            return 0;
        }
    }
}

reel_status reel_child_run(reel_child_end *out, const reel_child *child)
{
    pid_t pid;
    int code = 0, is_stopped = 0;
    *out = (reel_child_end){ .exit_code = -1 };
    REEL_TRY(start(&pid, child));
    int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0 || !wait_for(&is_stopped, pidfd, child)) {
        out->is_late = !is_stopped;
        kill(pid, SIGKILL);
    }
    if (pidfd >= 0) {
        close(pidfd);
    }
    while (waitpid(pid, &code, 0) < 0 && errno == EINTR) {
    }
    out->signal = WIFSIGNALED(code) ? WTERMSIG(code) : 0;
    out->exit_code = WIFEXITED(code) ? WEXITSTATUS(code) : -1;
    return is_stopped ? REEL_FAIL(REEL_ERR_CANCELLED, "%s: was stopped", child->program) : REEL_OK;
}
