/* An advisory lock on a file of the run folder. */
#include "train/run_lock.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

reel_status reel_run_lock_take(int *lock, const char *run_dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/lock", run_dir);
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*lock < 0) {
        return REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(errno));
    }
    if (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        int code = errno;
        reel_run_lock_release(lock);
        return code == EWOULDBLOCK ? REEL_FAIL(REEL_ERR_INVALID,
                                               "%s: another training runs in this folder", run_dir)
                                   : REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(code));
    }
    return REEL_OK;
}

void reel_run_lock_release(int *lock)
{
    if (*lock >= 0) {
        close(*lock);
    }
    *lock = -1;
}
