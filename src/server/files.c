/* Films on disk: DATA/files/VIDEO-UUID.mp4, .webm or .mov. */
#include "server/files.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "server/stills.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, SWEEP_BATCH = 16, ETAG_SIZE = 64 };

/* Digits at *text as a number; 0 when there are none or too many. */
static int read_number(uint64_t *out, const char **text)
{
    size_t digits = strspn(*text, "0123456789");
    if (digits == 0 || digits > 18) {
        return 0;
    }
    *out = strtoull(*text, NULL, 10);
    *text += digits;
    return 1;
}

reel_range_kind reel_range_parse(uint64_t *first, uint64_t *count, const char *header,
                                 uint64_t size)
{
    *first = 0;
    *count = size;
    if (!header || strncmp(header, "bytes=", 6) != 0) {
        return REEL_RANGE_WHOLE;
    }
    const char *text = header + 6;
    uint64_t low = 0, high = UINT64_MAX;
    int has_low = read_number(&low, &text);
    if (*text++ != '-') {
        return REEL_RANGE_WHOLE;
    }
    int has_high = read_number(&high, &text);
    if (*text != 0 || (!has_low && !has_high) || (has_low && has_high && high < low)) {
        return REEL_RANGE_WHOLE;
    }
    if (!has_low) { /* the last `high` bytes */
        if (high == 0 || size == 0) {
            return REEL_RANGE_IMPOSSIBLE;
        }
        low = high < size ? size - high : 0;
        high = size - 1;
    }
    if (low >= size) {
        return REEL_RANGE_IMPOSSIBLE;
    }
    *first = low;
    *count = (high < size ? high : size - 1) - low + 1;
    return REEL_RANGE_PART;
}

const char *reel_file_type(const char *name)
{
    static const char *const types[][2] = {
        { ".mp4", "video/mp4" },        { ".webm", "video/webm" },
        { ".mov", "video/quicktime" },  { ".mkv", "video/x-matroska" },
        { ".avi", "video/x-msvideo" },  { ".ts", "video/mp2t" },
        { ".ogv", "video/ogg" },        { ".jpg", "image/jpeg" },
        { ".sheet.jpg", "image/jpeg" }, { ".png", "image/png" },
        { ".webp", "image/webp" },      { ".gif", "image/gif" },
        { ".bmp", "image/bmp" },        { ".tiff", "image/tiff" },
        { ".wav", "audio/wav" },        { ".mp3", "audio/mpeg" },
        { ".m4a", "audio/mp4" },        { ".aac", "audio/aac" },
        { ".flac", "audio/flac" },      { ".ogg", "audio/ogg" },
        { ".mka", "audio/x-matroska" },
    };
    const char *ending = strchr(name, '.');
    for (size_t i = 0; ending && i < sizeof types / sizeof *types; i++) {
        if (strcmp(ending, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return NULL;
}

int reel_file_name_is_valid(const char *name)
{
    static const char pattern[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    for (int i = 0; pattern[i]; i++) {
        int fits = pattern[i] == 'x' ? name[i] && strchr("0123456789abcdef", name[i])
                                     : name[i] == pattern[i];
        if (!fits) {
            return 0;
        }
    }
    return reel_file_type(name) != NULL;
}

static const char *header_of(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Non-zero if the list of tags in `header` holds `etag` or is "*". */
static int names_etag(const char *header, const char *etag)
{
    return header && (strcmp(header, "*") == 0 || strstr(header, etag) != NULL);
}

static void add_headers(struct MHD_Response *response, const char *etag, const char *type)
{
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
    MHD_add_response_header(response, "ETag", etag);
    MHD_add_response_header(response, "Cache-Control", "private, max-age=3600");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
}

/* The reply for an open file, which the response takes; NULL leaves it open. */
static struct MHD_Response *respond_with(unsigned *http_status, int fd, const struct stat *info,
                                         struct MHD_Connection *connection, const char *type)
{
    char etag[ETAG_SIZE];
    uint64_t size = (uint64_t)info->st_size, first, count;
    snprintf(etag, sizeof etag, "\"%" PRIx64 "-%" PRIx64 ".%lx\"", size,
             (uint64_t)info->st_mtim.tv_sec, (unsigned long)info->st_mtim.tv_nsec);
    if (names_etag(header_of(connection, "If-None-Match"), etag)) {
        struct MHD_Response *same =
            MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
        if (same) {
            add_headers(same, etag, type);
            close(fd);
        }
        *http_status = MHD_HTTP_NOT_MODIFIED;
        return same;
    }
    const char *only_if = header_of(connection, "If-Range");
    const char *range =
        only_if && strcmp(only_if, etag) != 0 ? NULL : header_of(connection, "Range");
    reel_range_kind kind = reel_range_parse(&first, &count, range, size);
    if (kind == REEL_RANGE_IMPOSSIBLE) {
        *http_status = MHD_HTTP_RANGE_NOT_SATISFIABLE;
        return NULL;
    }
    struct MHD_Response *response = MHD_create_response_from_fd_at_offset64(count, fd, first);
    if (!response) {
        return NULL;
    }
    add_headers(response, etag, type);
    *http_status = MHD_HTTP_OK;
    if (kind == REEL_RANGE_PART) {
        char text[96];
        snprintf(text, sizeof text, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first,
                 first + count - 1, size);
        MHD_add_response_header(response, "Content-Range", text);
        *http_status = MHD_HTTP_PARTIAL_CONTENT;
    }
    return response;
}

struct MHD_Response *reel_file_respond(unsigned *http_status, uint64_t *size,
                                       struct MHD_Connection *connection, const char *dir,
                                       const char *name)
{
    char path[PATH_SIZE];
    struct stat info;
    *http_status = MHD_HTTP_NOT_FOUND;
    *size = 0;
    if (!reel_file_name_is_valid(name)) {
        return NULL;
    }
    snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        close(fd);
        return NULL;
    }
    *size = (uint64_t)info.st_size;
    *http_status = MHD_HTTP_INTERNAL_SERVER_ERROR;
    struct MHD_Response *response =
        respond_with(http_status, fd, &info, connection, reel_file_type(name));
    if (!response) {
        close(fd);
    }
    return response;
}

/* Remove the films of one task; REEL_ERR_IO when one will not go. */
static reel_status remove_films(const reel_task *task, const char *dir)
{
    for (int i = 0; i < task->result_count; i++) {
        char path[PATH_SIZE];
        const char *name = task->results[i].file;
        if (!reel_file_name_is_valid(name)) {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (unlink(path) != 0 && errno != ENOENT) {
            return REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(errno));
        }
        REEL_TRY(reel_stills_remove(dir, task->results[i].video_uuid));
    }
    return REEL_OK;
}

reel_status reel_files_sweep(reel_queue *queue, const char *dir)
{
    reel_task tasks[SWEEP_BATCH];
    int count = 0;
    REEL_TRY(reel_queue_expired(tasks, &count, queue, SWEEP_BATCH));
    reel_status status = REEL_OK;
    for (int i = 0; i < count; i++) {
        if (status == REEL_OK) {
            status = remove_films(&tasks[i], dir);
        }
        if (status == REEL_OK) {
            status = reel_queue_forget(queue, &tasks[i]);
            reel_log(REEL_LOG_INFO, "task=%s event=expired", tasks[i].uuid);
        }
        reel_task_deinit(&tasks[i]);
    }
    return status;
}

reel_status reel_files_init(const char *dir)
{
    REEL_TRY(reel_dir_make(dir));
    DIR *entries = opendir(dir);
    if (!entries) {
        return REEL_FAIL(REEL_ERR_IO, "%s: %s", dir, strerror(errno));
    }
    for (struct dirent *e; (e = readdir(entries));) {
        if (strstr(e->d_name, ".tmp-")) {
            unlinkat(dirfd(entries), e->d_name, 0);
        }
    }
    closedir(entries);
    return REEL_OK;
}
