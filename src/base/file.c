/* File access on POSIX. */
#include "base/file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static reel_status fail_errno(const char *path)
{
    int code = errno;
    return REEL_FAIL(code == ENOENT || code == ENOTDIR ? REEL_ERR_NOT_FOUND : REEL_ERR_IO, "%s: %s",
                     path, strerror(code));
}

/* Open a regular file for reading and tell its size. O_NONBLOCK: opening a pipe does not wait. */
static reel_status open_regular(int *out, size_t *size, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return fail_errno(path);
    }
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return REEL_FAIL(REEL_ERR_IO, "%s: is no regular file", path);
    }
    *out = fd;
    *size = (size_t)info.st_size;
    return REEL_OK;
}

reel_status reel_file_map(reel_mapping *out, const char *path)
{
    *out = (reel_mapping){ 0 };
    int fd = -1;
    size_t size = 0;
    REEL_TRY(open_regular(&fd, &size, path));
    if (size > 0) {
        void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED) {
            reel_status status = fail_errno(path);
            close(fd);
            return status;
        }
        *out = (reel_mapping){ data, size };
    }
    close(fd);
    return REEL_OK;
}

void reel_file_unmap(reel_mapping *mapping)
{
    if (mapping->data) {
        munmap((void *)(uintptr_t)mapping->data, mapping->size);
    }
    *mapping = (reel_mapping){ 0 };
}

reel_status reel_file_read(char **out, size_t *size, const char *path, size_t limit)
{
    *out = NULL;
    int fd = -1;
    size_t length = 0;
    REEL_TRY(open_regular(&fd, &length, path));
    reel_status status = REEL_OK;
    char *text = NULL;
    if (length > limit) {
        status = REEL_FAIL(REEL_ERR_FORMAT, "%s: has %zu bytes, at most %zu are read", path, length,
                           limit);
        goto done;
    }
    text = malloc(length + 1);
    if (!text) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for %zu bytes", path, length);
        goto done;
    }
    size_t got = 0;
    while (got < length) {
        ssize_t n = read(fd, text + got, length - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            status = n < 0 ? fail_errno(path) : REEL_FAIL(REEL_ERR_IO, "%s: ended early", path);
            goto done;
        }
        got += (size_t)n;
    }
    text[length] = 0;
    *out = text;
    text = NULL;
    if (size) {
        *size = length;
    }
done:
    free(text);
    close(fd);
    return status;
}

reel_status reel_atomic_open(reel_atomic_file *out, const char *path)
{
    *out = (reel_atomic_file){ 0 };
    size_t length = strlen(path) + 32;
    out->path = strdup(path);
    out->temporary = malloc(length);
    if (!out->path || !out->temporary) {
        reel_atomic_abort(out);
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for its name", path);
    }
    snprintf(out->temporary, length, "%s.tmp-%ld", path, (long)getpid());
    out->stream = fopen(out->temporary, "wbe");
    if (!out->stream) {
        reel_status status = fail_errno(path);
        free(out->temporary);
        out->temporary = NULL;
        reel_atomic_abort(out);
        return status;
    }
    return REEL_OK;
}

reel_status reel_atomic_commit(reel_atomic_file *file)
{
    reel_status status = REEL_OK;
    int failed = ferror(file->stream) | fflush(file->stream) | fsync(fileno(file->stream));
    failed |= fclose(file->stream);
    file->stream = NULL;
    if (failed || rename(file->temporary, file->path) != 0) {
        status = fail_errno(file->path);
    } else {
        free(file->temporary);
        file->temporary = NULL;
    }
    reel_atomic_abort(file);
    return status;
}

void reel_atomic_abort(reel_atomic_file *file)
{
    if (file->stream) {
        fclose(file->stream);
    }
    if (file->temporary) {
        unlink(file->temporary);
    }
    free(file->temporary);
    free(file->path);
    *file = (reel_atomic_file){ 0 };
}

reel_status reel_file_write(const char *path, const void *bytes, size_t count)
{
    reel_atomic_file file;
    REEL_TRY(reel_atomic_open(&file, path));
    if (fwrite(bytes, 1, count, file.stream) != count) {
        reel_status status = fail_errno(path);
        reel_atomic_abort(&file);
        return status;
    }
    return reel_atomic_commit(&file);
}

reel_status reel_dir_make(const char *path)
{
    char *copy = strdup(path);
    if (!copy) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for its name", path);
    }
    reel_status status = REEL_OK;
    for (char *p = copy + 1;; p++) {
        if (*p && *p != '/') {
            continue;
        }
        char kept = *p;
        *p = 0;
        if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
            status = fail_errno(copy);
            break;
        }
        *p = kept;
        if (!kept) {
            break;
        }
    }
    free(copy);
    return status;
}

int reel_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *reel_path_join(const char *a, const char *b)
{
    size_t length = strlen(a) + strlen(b) + 2;
    char *out = malloc(length);
    if (out) {
        snprintf(out, length, "%s/%s", a, b);
    }
    return out;
}
