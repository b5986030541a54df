/* The side that nobody can hurt: start the child, wait, look at what it says with suspicion. */
#include "reel/intake.h"

#include "base/arena.h"
#include "base/child.h"
#include "base/error.h"
#include "base/str.h"
#include "media/intake_job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_FREE = 3, GRACE_SECONDS = 10, SIDE_MAX = 1 << 20 };

/* A descriptor above the three that the child's own will replace. */
static int lift(int fd)
{
    if (fd < 0 || fd >= FIRST_FREE) {
        return fd;
    }
    int lifted = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);
    close(fd);
    return lifted;
}

static reel_status open_input(int *out, const char *path)
{
    struct stat info;
    *out = lift(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    if (*out < 0) {
        return REEL_FAIL(errno == ENOENT ? REEL_ERR_NOT_FOUND : REEL_ERR_IO, "the file: %s",
                         strerror(errno));
    }
    if (fstat(*out, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(*out);
        *out = -1;
        return REEL_FAIL(REEL_ERR_IO, "the file: is no regular file");
    }
    return REEL_OK;
}

static reel_status write_job(int *out, const reel_intake_job *job)
{
    *out = lift(memfd_create("intake", MFD_CLOEXEC));
    if (*out < 0 || pwrite(*out, job, sizeof *job, 0) != (ssize_t)sizeof *job) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for an intake: %s", strerror(errno));
    }
    return REEL_OK;
}

/* The child gets nothing of the environment but where libraries are. */
static reel_status run(int input, int outcome, int seconds)
{
    static char name[] = "reel", word[] = "intake";
    static char threads[] = "OMP_NUM_THREADS=1", leaks[] = "ASAN_OPTIONS=detect_leaks=0";
    char libraries[4096];
    const char *path = getenv("LD_LIBRARY_PATH");
    snprintf(libraries, sizeof libraries, "LD_LIBRARY_PATH=%s", path ? path : "");
    char *arguments[] = { name, word, NULL };
    char *environment[] = { threads, leaks, path ? libraries : NULL, NULL };
    reel_child child = { .program = "/proc/self/exe",
                         .arguments = arguments,
                         .environment = environment,
                         .input = input,
                         .output = outcome,
                         .seconds = seconds + GRACE_SECONDS };
    reel_child_end end;
    REEL_TRY(reel_child_run(&end, &child));
    if (end.is_late || end.signal == SIGXCPU) {
        return REEL_FAIL(REEL_ERR_FORMAT, "the file: takes more than %d s to decode", seconds);
    }
    if (end.exit_code != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "the file: its decoder did not survive it (%s %d)",
                         end.signal ? "signal" : "exit code",
                         end.signal ? end.signal : end.exit_code);
    }
    return REEL_OK;
}

static reel_status fail_nonsense(void)
{
    return REEL_FAIL(REEL_ERR_FORMAT, "the file: its decoder gave no sensible outcome");
}

static int is_sensible(const reel_intake_outcome *o, const reel_intake_options *limits)
{
    const reel_media_facts *f = &o->facts;
    const reel_clip *c = &o->clip;
    int sizes = f->width >= 0 && f->height >= 0 && f->width <= SIDE_MAX && f->height <= SIDE_MAX;
    int times = f->seconds >= 0.0 && f->seconds <= limits->max_seconds + 1.0 && f->fps_num >= 0 &&
                f->fps_den > 0;
    int sound = f->channels >= 0 && f->channels <= 2 && f->sample_rate >= 0;
    int clip = c->frames >= 0 && c->width >= 0 && c->height >= 0 && c->width <= SIDE_MAX &&
               c->height <= SIDE_MAX && c->channels >= 0 && c->channels <= 2 && c->samples >= 0 &&
               c->sample_rate >= 0 && c->fps_num >= 0 && c->fps_den >= 0;
    int words = f->kind >= REEL_MEDIA_IMAGE && f->kind <= REEL_MEDIA_SOUND &&
                memchr(f->ending, 0, sizeof f->ending) != NULL &&
                strspn(f->ending, "abcdefghijklmnopqrstuvwxyz0123456789") == strlen(f->ending) &&
                f->ending[0];
    return sizes && times && sound && clip && words;
}

/* The child's own words, as far as they are words. */
static reel_status pass_on(const reel_intake_outcome *o)
{
    int is_known = o->status >= REEL_ERR_INTERNAL && o->status < 0;
    size_t length = strnlen(o->message, sizeof o->message);
    if (!is_known || length == sizeof o->message || !reel_utf8_is_valid(o->message, length)) {
        return fail_nonsense();
    }
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)o->message[i] < ' ') {
            return fail_nonsense();
        }
    }
    return REEL_FAIL((reel_status)o->status, "%s", o->message);
}

static reel_status read_all(int fd, void *out, size_t size, off_t at)
{
    char *bytes = out;
    while (size > 0) {
        ssize_t count = pread(fd, bytes, size, at);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return fail_nonsense();
        }
        bytes += count;
        at += count;
        size -= (size_t)count;
    }
    return REEL_OK;
}

static reel_status read_clip(reel_clip *out, int fd, const reel_clip *said, int64_t max_bytes)
{
    reel_clip clip = *said;
    clip.rgb = NULL;
    clip.pcm = NULL;
    size_t rgb = reel_size_mul(reel_size_mul((size_t)clip.width, (size_t)clip.height),
                               reel_size_mul((size_t)clip.frames, 3));
    size_t pcm =
        reel_size_mul(reel_size_mul((size_t)clip.channels, (size_t)clip.samples), sizeof(float));
    off_t at = sizeof(reel_intake_job) + sizeof(reel_intake_outcome);
    if (rgb > (size_t)max_bytes || pcm > (size_t)max_bytes) {
        return fail_nonsense();
    }
    REEL_TRY(reel_clip_alloc(&clip));
    reel_status status = read_all(fd, clip.rgb, clip.frames > 0 ? rgb : 0, at);
    if (status == REEL_OK && clip.samples > 0) {
        status = read_all(fd, clip.pcm, pcm, at + (clip.frames > 0 ? (off_t)rgb : 0));
    }
    if (status < 0) {
        reel_clip_free(&clip);
        return status;
    }
    *out = clip;
    return REEL_OK;
}

static reel_status read_outcome(reel_media_facts *facts, reel_clip *clip, int fd,
                                const reel_intake_options *limits)
{
    reel_intake_outcome outcome;
    REEL_TRY(read_all(fd, &outcome, sizeof outcome, sizeof(reel_intake_job)));
    if (outcome.magic != REEL_INTAKE_MAGIC) {
        return fail_nonsense();
    }
    if (outcome.status != REEL_OK) {
        return pass_on(&outcome);
    }
    if (!is_sensible(&outcome, limits)) {
        return fail_nonsense();
    }
    if (clip) {
        REEL_TRY(read_clip(clip, fd, &outcome.clip, limits->max_bytes));
    }
    *facts = outcome.facts;
    return REEL_OK;
}

reel_status reel_intake_read(reel_media_facts *facts, reel_clip *clip, const char *path,
                             const reel_intake_options *options)
{
    reel_intake_job job = { .magic = REEL_INTAKE_MAGIC, .wants_clip = clip != NULL };
    job.options = options ? *options : (reel_intake_options)REEL_INTAKE_OPTIONS_INIT;
    if (clip) {
        *clip = (reel_clip){ 0 };
    }
    int input = -1, outcome = -1;
    reel_status status = open_input(&input, path);
    status = status < 0 ? status : write_job(&outcome, &job);
    status = status < 0 ? status : run(input, outcome, job.options.seconds);
    status = status < 0 ? status : read_outcome(facts, clip, outcome, &job.options);
    if (input >= 0) {
        close(input);
    }
    if (outcome >= 0) {
        close(outcome);
    }
    return status;
}
