/* A confined process computes, reads and writes what it was given, and gets nowhere else. */
#include "base/confine.h"

#include "base/sanitizers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Their memory is not counted, see base/confine.c. */
#define IS_SANITIZED (REEL_IS_ASAN || REEL_IS_TSAN)

enum { DONE = 40, NOT_CONFINED };

static const reel_confinement limits = { .memory_bytes = 64 << 20,
                                         .cpu_seconds = 1,
                                         .output_bytes = 4096 };

/* Run `act` confined, in a process of its own; the status that waitpid() tells. */
static int confined(int (*act)(void))
{
    int code;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *out = tmpfile();
        if (!out || dup2(fileno(out), STDOUT_FILENO) < 0 || reel_confine(&limits) != REEL_OK) {
            _exit(NOT_CONFINED);
        }
        _exit(act());
    }
    assert_int_equal(waitpid(child, &code, 0), child);
    return code;
}

static int exit_code(int (*act)(void))
{
    int code = confined(act);
    return WIFEXITED(code) ? WEXITSTATUS(code) : -WTERMSIG(code);
}

static int compute(void)
{
    static const char text[] = "outcome";
    char *bytes = calloc(1, 8 << 20);
    if (!bytes || write(STDOUT_FILENO, text, sizeof text) != (ssize_t)sizeof text) {
        return 1;
    }
    memset(bytes, 1, 8 << 20);
    return bytes[4 << 20] == 1 ? DONE : 2;
}

static int open_file(void)
{
    return open("/etc/passwd", O_RDONLY) < 0 && errno == EPERM ? DONE : 1;
}

static int make_file(void)
{
    return open("/tmp/confined", O_WRONLY | O_CREAT, 0600) < 0 && errno == EPERM ? DONE : 1;
}

static int remove_file(void)
{
    return unlink("/tmp") < 0 && errno == EPERM ? DONE : 1;
}

static int write_elsewhere(void)
{
    return write(STDERR_FILENO, "x", 1) < 0 && errno == EPERM ? DONE : 1;
}

static int end_another(void)
{
    return kill(getpid(), SIGTERM) < 0 && errno == EPERM ? DONE : 1;
}

static int make_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *code =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && code == MAP_FAILED &&
                   mprotect(page, 4096, PROT_READ | PROT_EXEC) < 0
               ? DONE
               : 1;
}

static int share_memory(void)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? DONE : 1;
}

static int connect_out(void)
{
    socket(AF_INET, SOCK_STREAM, 0);
    return 1;
}

static int run_program(void)
{
    static char shell[] = "/bin/sh";
    char *arguments[] = { shell, NULL }, *environment[] = { NULL };
    execve(shell, arguments, environment);
    return 1;
}

static int divide(void)
{
    return fork() < 0 && errno == EPERM ? DONE : 1;
}

static int loop(void)
{
    static volatile int goes_on = 1;
    while (goes_on) {
    }
    return 1;
}

static int flood(void)
{
    static char block[8192];
    ssize_t count = write(STDOUT_FILENO, block, sizeof block);
    return count == 4096 && write(STDOUT_FILENO, block, 1) < 0 ? DONE : 1;
}

static void a_confined_process_still_computes_and_answers(void **state)
{
    (void)state;
    assert_int_equal(exit_code(compute), DONE);
}

static void it_reaches_no_file_no_descriptor_and_no_process(void **state)
{
    (void)state;
    assert_int_equal(exit_code(open_file), DONE);
    assert_int_equal(exit_code(make_file), DONE);
    assert_int_equal(exit_code(remove_file), DONE);
    assert_int_equal(exit_code(write_elsewhere), DONE);
    assert_int_equal(exit_code(end_another), DONE);
    assert_int_equal(exit_code(divide), DONE);
}

static void it_makes_no_code_and_shares_no_memory(void **state)
{
    (void)state;
    assert_int_equal(exit_code(make_code), DONE);
    assert_int_equal(exit_code(share_memory), DONE);
}

static void network_and_programs_end_it(void **state)
{
    (void)state;
    assert_int_equal(exit_code(connect_out), -SIGSYS);
    assert_int_equal(exit_code(run_program), -SIGSYS);
}

static void its_time_and_output_are_bounded(void **state)
{
    (void)state;
    int code = exit_code(loop);
    assert_true(code == -SIGXCPU || code == -SIGKILL);
    code = exit_code(flood);
    assert_true(code == DONE || code == -SIGXFSZ);
}

#if !IS_SANITIZED
static int take_memory(void)
{
    return malloc((size_t)256 << 20) ? 1 : DONE;
}

static void its_memory_is_bounded(void **state)
{
    (void)state;
    assert_int_equal(exit_code(take_memory), DONE);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_confined_process_still_computes_and_answers),
        cmocka_unit_test(it_reaches_no_file_no_descriptor_and_no_process),
        cmocka_unit_test(it_makes_no_code_and_shares_no_memory),
        cmocka_unit_test(network_and_programs_end_it),
        cmocka_unit_test(its_time_and_output_are_bounded),
#if !IS_SANITIZED
        cmocka_unit_test(its_memory_is_bounded),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
