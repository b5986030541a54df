/* PUT, and again. */
#include "server/upload.h"

#include "base/clock.h"
#include "base/error.h"
#include "server/files.h"
#include "server/outgoing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAUSE_LOOK_MS = 100 };

static int is_stopped(const reel_upload *upload)
{
    return upload->is_stopped && upload->is_stopped(upload->user);
}

static void pause_between(const reel_upload *upload, double seconds)
{
    const struct timespec look = { .tv_nsec = PAUSE_LOOK_MS * 1000000L };
    double until = reel_clock_seconds() + seconds;
    while (reel_clock_seconds() < until && !is_stopped(upload)) {
        nanosleep(&look, NULL);
    }
}

static reel_status put(const reel_upload *upload, int file, int64_t size, double seconds)
{
    if (lseek(file, 0, SEEK_SET) != 0) {
        return REEL_FAIL(REEL_ERR_IO, "the server cannot read it");
    }
    reel_outgoing request = { .url = upload->url,
                              .allowed = upload->allowed,
                              .seconds = (int)seconds + 1,
                              .content_type = reel_file_type(strrchr(upload->path, '/') + 1),
                              .puts_file = 1,
                              .file = file,
                              .file_size = size,
                              .is_stopped = upload->is_stopped,
                              .user = upload->user };
    return reel_outgoing_send(&request);
}

reel_status reel_upload_film(const reel_upload *upload)
{
    struct stat info;
    double until = reel_clock_seconds() + upload->seconds, pause = 1.0;
    int file = open(upload->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0 || fstat(file, &info) != 0) {
        reel_status status = REEL_FAIL(REEL_ERR_IO, "the server cannot read it");
        if (file >= 0) {
            close(file);
        }
        return status;
    }
    reel_status status = REEL_ERR_IO;
    for (int i = 0; i < upload->attempts && status == REEL_ERR_IO; i++) {
        if (i > 0) {
            pause_between(upload, pause);
            pause *= 4;
        }
        double left = until - reel_clock_seconds();
        if (is_stopped(upload)) {
            status = REEL_FAIL(REEL_ERR_CANCELLED, "the upload was stopped");
        } else if (left > 0) {
            status = put(upload, file, info.st_size, left);
        } else {
            break; /* with what the last attempt met */
        }
    }
    close(file);
    return status;
}
