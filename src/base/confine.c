/* Limits of the kernel, then a list of the system calls that stay. */
#include "base/confine.h"

#include "base/error.h"
#include "base/sanitizers.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Sanitizers reserve terabytes of addresses for themselves. */
#define IS_SANITIZED (REEL_IS_ASAN || REEL_IS_TSAN)

/* Harmless whatever their arguments are: nothing leaves the process by them. */
static const char *const harmless[] = {
    "brk",          "clock_getres",    "clock_gettime",  "close",        "exit",
    "exit_group",   "futex",           "getpid",         "getrandom",    "gettid",
    "gettimeofday", "lseek",           "_llseek",        "madvise",      "mremap",
    "munmap",       "restart_syscall", "rt_sigprocmask", "rt_sigreturn", "sched_getaffinity",
    "sched_yield",  "sigaltstack",     "sysinfo",
};

/* What decoding never asks for: meeting one ends the process instead of refusing the call. */
static const char *const hostile[] = {
    "execve", "execveat",         "ptrace", "socket",  "connect", "bind", "fork",
    "vfork",  "process_vm_readv", "mount",  "unshare", "keyctl",  "bpf",  "process_vm_writev",
};

static int add_each(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(names[i]);
        /* below 0: this machine has no such call */
        if (number >= 0 && seccomp_rule_add(filter, action, number, 0) != 0) {
            return -1;
        }
    }
    return 0;
}

static int allow_descriptor(scmp_filter_ctx filter, int number, int fd)
{
    struct scmp_arg_cmp is_fd = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)fd };
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 1, is_fd);
}

/* Argument `arg` has exactly `bits` of `mask`. */
static struct scmp_arg_cmp has_bits(unsigned arg, scmp_datum_t mask, scmp_datum_t bits)
{
    return (struct scmp_arg_cmp){
        .arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = bits
    };
}

static int add_rules(scmp_filter_ctx filter)
{
    static const int readers[] = { SCMP_SYS(read), SCMP_SYS(pread64) };
    static const int writers[] = { SCMP_SYS(write), SCMP_SYS(pwrite64) };
    int code = add_each(filter, SCMP_ACT_ALLOW, harmless, sizeof harmless / sizeof *harmless);
    if (code == 0) {
        code = add_each(filter, SCMP_ACT_KILL_PROCESS, hostile, sizeof hostile / sizeof *hostile);
    }
    for (int i = 0; i < 2 && code == 0; i++) {
        code = allow_descriptor(filter, readers[i], 0);
        code = code != 0 ? code : allow_descriptor(filter, readers[i], 1);
        code = code != 0 ? code : allow_descriptor(filter, writers[i], 1);
    }
    if (code == 0) { /* memory of its own, never to be executed */
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
                                has_bits(2, PROT_EXEC, 0), has_bits(3, MAP_TYPE, MAP_PRIVATE));
    }
    if (code == 0) {
        code = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                has_bits(2, PROT_EXEC, 0));
    }
    return code;
}

static reel_status filter_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a filter of system calls");
    }
    int code = add_rules(filter);
    code = code != 0 ? code : seccomp_load(filter);
    seccomp_release(filter);
    return code == 0
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_UNSUPPORTED, "this system has no seccomp: %s", strerror(-code));
}

static reel_status limit(int resource, rlim_t value)
{
    struct rlimit both = { value, value }, now;
    if (getrlimit(resource, &now) == 0 && now.rlim_max < value) {
        return REEL_OK; /* stricter already */
    }
    return setrlimit(resource, &both) == 0
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_UNSUPPORTED, "limit %d: %s", resource, strerror(errno));
}

reel_status reel_confine(const reel_confinement *limits)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "prctl: %s", strerror(errno));
    }
    REEL_TRY(limit(RLIMIT_CORE, 0));
    REEL_TRY(limit(RLIMIT_CPU, (rlim_t)limits->cpu_seconds));
    REEL_TRY(limit(RLIMIT_FSIZE, limits->output_bytes));
    if (!IS_SANITIZED) {
        REEL_TRY(limit(RLIMIT_DATA, limits->memory_bytes));
    }
    REEL_TRY(limit(RLIMIT_NOFILE, 0)); /* what is open stays so */
    return filter_calls();
}
