/* The rules of stored media: bounds, decoding before anything is believed, time and ownership. */
#include "server/media.h"

#include "base/error.h"
#include "base/log.h"
#include "reel/generate.h"
#include "server/errors.h"
#include "server/media_text.h"
#include "server/outgoing.h"
#include "server/uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, SWEEP_BATCH = 16, REDIRECTS = 3 };

struct reel_media_library {
    reel_media_store *store;
    reel_media_limits limits;
    pthread_mutex_t lock; /* around every use of the store */
    atomic_int stops;
};

/* One file on its way in. */
typedef struct {
    reel_media_library *library;
    const reel_media_wish *wish;
    char temporary[PATH_SIZE];
    reel_media_facts facts;
} intake;

static int64_t now_ms(const reel_media_library *library)
{
    if (library->limits.now_ms) {
        return library->limits.now_ms(library->limits.clock);
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

reel_status reel_media_open(reel_media_library **out, reel_media_store *store,
                            const reel_media_limits *limits)
{
    *out = calloc(1, sizeof **out);
    if (!*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the media library");
    }
    (*out)->store = store;
    (*out)->limits = *limits;
    pthread_mutex_init(&(*out)->lock, NULL);
    return REEL_OK;
}

void reel_media_close(reel_media_library *library)
{
    if (library) {
        library->store->methods->close(library->store);
        pthread_mutex_destroy(&library->lock);
        free(library);
    }
}

void reel_media_stop(reel_media_library *library)
{
    atomic_store(&library->stops, 1);
}

static int is_stopped(void *user)
{
    return atomic_load(&((reel_media_library *)user)->stops);
}

/* ---- errors -------------------------------------------------------------------------------- */

/* "media" -> "invalidMedia" */
static int refuse(json_t **error, const char *parameter, const char *why)
{
    char code[64];
    const char *dot = strrchr(parameter, '.'), *name = dot ? dot + 1 : parameter;
    int first = name[0] >= 'a' && name[0] <= 'z' ? name[0] - 'a' + 'A' : name[0];
    snprintf(code, sizeof code, "invalid%c%s", first, name + 1);
    *error =
        reel_error_new(code, parameter, "Invalid value for '%s' parameter: %s.", parameter, why);
    return 0;
}

/* A failure of ours is not told; whatever is wrong with the file is. */
static int refuse_status(json_t **error, const char *parameter, reel_status status)
{
    if (status == REEL_ERR_IO || status == REEL_ERR_NOT_FOUND || status == REEL_ERR_INTERNAL) {
        *error = reel_error_internal("media");
        return 0;
    }
    return refuse(error, parameter, reel_error_message());
}

static int refuse_size(json_t **error, const char *parameter, int64_t limit)
{
    *error = reel_error_new("valueTooLarge", parameter,
                            "Invalid value for '%s' parameter: it holds more than %lld bytes.",
                            parameter, (long long)limit);
    if (json_object_set_new(*error, "max", json_integer(limit)) != 0) {
        json_decref(*error);
        *error = NULL;
    }
    return 0;
}

/* ---- taking in ----------------------------------------------------------------------------- */

static int fetch(json_t **error, const intake *in, int file, const char *url)
{
    const reel_media_limits *limits = &in->library->limits;
    reel_outgoing request = { .url = url,
                              .allowed = limits->allowed,
                              .seconds = limits->fetch_seconds,
                              .redirects = REDIRECTS,
                              .saves_reply = 1,
                              .reply_file = file,
                              .reply_limit = limits->film_bytes,
                              .is_stopped = is_stopped,
                              .user = in->library };
    reel_status status = reel_outgoing_send(&request);
    if (status == REEL_ERR_CANCELLED) {
        *error = reel_error_new("serviceUnavailable", NULL, "The server stops.");
        return 0;
    }
    if (status == REEL_ERR_FORMAT) {
        return refuse_size(error, in->wish->parameter, limits->film_bytes);
    }
    if (status < 0) {
        *error = reel_error_new("downloadFailed", in->wish->parameter,
                                "The media of '%s' could not be downloaded: %s.",
                                in->wish->parameter, reel_error_message());
        return 0;
    }
    return 1;
}

/* The bytes that `text` stands for, in the temporary file. */
static int receive(json_t **error, const intake *in, const char *text)
{
    const char *base64;
    reel_media_text_kind kind = reel_media_text_classify(&base64, text);
    if (kind != REEL_MEDIA_TEXT_URL && kind != REEL_MEDIA_TEXT_BASE64) {
        return refuse(error, in->wish->parameter, "it must be a URL, a data URI or base64");
    }
    int file = open(in->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0) {
        reel_fail(REEL_ERR_IO, "%s: %s", in->temporary, strerror(errno));
        *error = reel_error_internal("media");
        return 0;
    }
    int is_there;
    if (kind == REEL_MEDIA_TEXT_URL) {
        is_there = fetch(error, in, file, text);
    } else {
        int64_t limit = in->library->limits.film_bytes;
        reel_status status = reel_media_text_decode(file, base64, limit);
        is_there = status == REEL_OK;
        if (status == REEL_ERR_FORMAT) {
            refuse_size(error, in->wish->parameter, limit);
        } else if (status < 0) {
            *error = reel_error_internal("media");
        }
    }
    if (is_there && fsync(file) != 0) {
        *error = reel_error_internal("media");
        is_there = 0;
    }
    close(file);
    return is_there;
}

static int64_t limit_of(const reel_media_limits *limits, reel_media_kind kind)
{
    return kind == REEL_MEDIA_IMAGE   ? limits->image_bytes
           : kind == REEL_MEDIA_SOUND ? limits->sound_bytes
                                      : limits->film_bytes;
}

/* Put a smaller picture in the place of the temporary file, whose kind of file it keeps if that is
 * one that is written here. */
static reel_status shrink(intake *in, const reel_clip *picture)
{
    const char *ending = strcmp(in->facts.ending, "jpg") == 0 ? "jpg" : "png";
    char path[PATH_SIZE + REEL_MEDIA_ENDING_SIZE];
    snprintf(path, sizeof path, "%s.%s", in->temporary, ending);
    REEL_TRY(reel_clip_write(picture, path, 0, NULL));
    if (rename(path, in->temporary) != 0) {
        unlink(path);
        return REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(errno));
    }
    snprintf(in->facts.ending, sizeof in->facts.ending, "%s", ending);
    in->facts.width = picture->width;
    in->facts.height = picture->height;
    return REEL_OK;
}

/* Decode all of it, in confinement, before it is believed to be anything. */
static int examine(json_t **error, intake *in)
{
    static const unsigned bits[] = { [REEL_MEDIA_IMAGE] = REEL_TAKE_IMAGE,
                                     [REEL_MEDIA_FILM] = REEL_TAKE_FILM,
                                     [REEL_MEDIA_SOUND] = REEL_TAKE_SOUND };
    const reel_media_wish *wish = in->wish;
    reel_intake_options options = REEL_INTAKE_OPTIONS_INIT;
    options.seconds = in->library->limits.decode_seconds;
    reel_status status = reel_intake_read(&in->facts, NULL, in->temporary, &options);
    if (status < 0) {
        return refuse_status(error, wish->parameter, status);
    }
    if (!(wish->kinds & bits[in->facts.kind])) {
        return refuse(error, wish->parameter,
                      wish->kinds == REEL_TAKE_IMAGE  ? "the file: is no image"
                      : wish->kinds == REEL_TAKE_FILM ? "the file: is no film"
                                                      : "the file: is no sound");
    }
    int longest = in->facts.width > in->facts.height ? in->facts.width : in->facts.height;
    if (in->facts.kind != REEL_MEDIA_IMAGE || wish->max_side == 0 || longest <= wish->max_side) {
        return 1;
    }
    reel_clip picture;
    options.max_side = wish->max_side;
    status = reel_intake_read(&in->facts, &picture, in->temporary, &options);
    if (status == REEL_OK) {
        status = shrink(in, &picture);
        reel_clip_free(&picture);
    }
    return status == REEL_OK || refuse_status(error, wish->parameter, status);
}

/* The row first: a file without a row would be forgotten, a row without a file expires. */
static reel_status enter(reel_media *media, const intake *in, int *is_full)
{
    reel_media_library *library = in->library;
    char path[PATH_SIZE];
    int64_t stored = 0;
    pthread_mutex_lock(&library->lock);
    reel_status status = library->store->methods->weigh(&stored, library->store, media->key);
    *is_full = stored + media->bytes > library->limits.key_bytes;
    if (status == REEL_OK && !*is_full) {
        status = library->store->methods->insert(library->store, media);
    }
    pthread_mutex_unlock(&library->lock);
    if (status < 0 || *is_full) {
        return status;
    }
    snprintf(path, sizeof path, "%s/%s", library->limits.files_dir, media->file);
    return rename(in->temporary, path) == 0
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(errno));
}

static int settle(reel_media *out, json_t **error, const intake *in)
{
    const char *parameter = in->wish->parameter;
    struct stat info;
    int is_full = 0;
    int64_t limit = limit_of(&in->library->limits, in->facts.kind);
    if (stat(in->temporary, &info) != 0) {
        reel_fail(REEL_ERR_IO, "%s: %s", in->temporary, strerror(errno));
        *error = reel_error_internal("media");
        return 0;
    }
    if (info.st_size > limit) {
        return refuse_size(error, parameter, limit);
    }
    out->key = in->wish->key;
    out->kind = in->facts.kind;
    out->bytes = info.st_size;
    out->width = in->facts.width;
    out->height = in->facts.height;
    out->seconds = in->facts.seconds;
    out->used_ms = now_ms(in->library);
    snprintf(out->file, sizeof out->file, "%s.%s", out->uuid, in->facts.ending);
    reel_status status = enter(out, in, &is_full);
    if (is_full) {
        *error = reel_error_new("mediaQuotaExceeded", parameter,
                                "The media of this key would hold more than %lld bytes. Delete "
                                "some first.",
                                (long long)in->library->limits.key_bytes);
        return 0;
    }
    return status == REEL_OK || refuse_status(error, parameter, status);
}

int reel_media_take(reel_media *out, json_t **error, reel_media_library *library, const char *text,
                    const reel_media_wish *wish)
{
    intake in = { .library = library, .wish = wish };
    *out = (reel_media){ 0 };
    *error = NULL;
    if (is_stopped(library)) {
        *error = reel_error_new("serviceUnavailable", NULL, "The server stops.");
        return 0;
    }
    if (reel_uuid_new(out->uuid) < 0) {
        *error = reel_error_internal("media");
        return 0;
    }
    /* named as the half-written files that the next start removes */
    snprintf(in.temporary, sizeof in.temporary, "%s/%s.tmp-%d", library->limits.files_dir,
             out->uuid, (int)getpid());
    int is_done = receive(error, &in, text) && examine(error, &in) && settle(out, error, &in);
    unlink(in.temporary); /* it has its name by now, or is not wanted */
    return is_done;
}

/* ---- what is stored ------------------------------------------------------------------------ */

static reel_status find(reel_media *out, reel_media_library *library, const char *uuid, int64_t key,
                        int with_films)
{
    char lower[REEL_UUID_SIZE];
    if (!reel_uuid_is_v4(uuid)) {
        return REEL_FAIL(REEL_ERR_NOT_FOUND, "no such media");
    }
    reel_uuid_lower(lower, uuid);
    reel_status status = library->store->methods->find(out, library->store, lower);
    if (status == REEL_ERR_NOT_FOUND && with_films) {
        status = library->store->methods->find_film(out, library->store, lower);
    }
    if (status == REEL_OK && out->key != key) {
        status = REEL_FAIL(REEL_ERR_NOT_FOUND, "no such media");
    }
    return status;
}

reel_status reel_media_use(reel_media *out, reel_media_library *library, const char *uuid,
                           int64_t key)
{
    pthread_mutex_lock(&library->lock);
    reel_status status = find(out, library, uuid, key, 1);
    if (status == REEL_OK) {
        out->used_ms = now_ms(library);
        status = library->store->methods->touch(library->store, out->uuid, out->used_ms);
    }
    pthread_mutex_unlock(&library->lock);
    return status;
}

/* The file first: a row whose file is gone answers as if it were gone itself. */
static reel_status discard(reel_media_library *library, const reel_media *media)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", library->limits.files_dir, media->file);
    if (unlink(path) != 0 && errno != ENOENT) {
        return REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(errno));
    }
    return library->store->methods->remove(library->store, media->uuid);
}

reel_status reel_media_delete(reel_media_library *library, const char *uuid, int64_t key)
{
    reel_media media;
    pthread_mutex_lock(&library->lock);
    reel_status status = find(&media, library, uuid, key, 0);
    status = status < 0 ? status : discard(library, &media);
    pthread_mutex_unlock(&library->lock);
    return status;
}

reel_status reel_media_sweep(reel_media_library *library)
{
    reel_media media[SWEEP_BATCH];
    int count = 0;
    int64_t before = now_ms(library) - library->limits.retention_seconds * 1000;
    pthread_mutex_lock(&library->lock);
    reel_status status =
        library->store->methods->unused(media, &count, library->store, before, SWEEP_BATCH);
    for (int i = 0; i < count && status == REEL_OK; i++) {
        status = discard(library, &media[i]);
        reel_log(REEL_LOG_INFO, "media=%s event=expired", media[i].uuid);
    }
    pthread_mutex_unlock(&library->lock);
    return status;
}
