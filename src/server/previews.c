/* One picture per watched task, replaced by the next. */
#include "server/previews.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

#include <nettle/base64.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, QUALITY = 80, PICTURE_MAX = 1 << 20, SECONDS_BETWEEN = 1 };

typedef struct watched watched;

struct watched {
    char uuid[REEL_UUID_SIZE];
    int watchers;
    unsigned number; /* of the picture; 0: none yet */
    char *picture;   /* base64 of a JPEG */
    watched *after;
};

struct reel_previews {
    pthread_mutex_t lock;
    watched *first;
};

reel_status reel_previews_open(reel_previews **out)
{
    *out = calloc(1, sizeof **out);
    if (!*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for previews");
    }
    pthread_mutex_init(&(*out)->lock, NULL);
    return REEL_OK;
}

void reel_previews_close(reel_previews *previews)
{
    if (!previews) {
        return;
    }
    while (previews->first) {
        watched *w = previews->first;
        previews->first = w->after;
        free(w->picture);
        free(w);
    }
    pthread_mutex_destroy(&previews->lock);
    free(previews);
}

/* The link that leads to the task, or to where it would stand. */
static watched **find(reel_previews *previews, const char *uuid)
{
    watched **link = &previews->first;
    while (*link && strcmp((*link)->uuid, uuid) != 0) {
        link = &(*link)->after;
    }
    return link;
}

void reel_previews_watch(reel_previews *previews, const char *uuid)
{
    pthread_mutex_lock(&previews->lock);
    watched **link = find(previews, uuid);
    if (!*link) {
        *link = calloc(1, sizeof **link);
        if (*link) {
            snprintf((*link)->uuid, sizeof(*link)->uuid, "%s", uuid);
        }
    }
    if (*link) {
        (*link)->watchers++;
    }
    pthread_mutex_unlock(&previews->lock);
}

void reel_previews_unwatch(reel_previews *previews, const char *uuid)
{
    pthread_mutex_lock(&previews->lock);
    watched **link = find(previews, uuid), *w = *link;
    if (w && --w->watchers == 0) {
        *link = w->after;
        free(w->picture);
        free(w);
    }
    pthread_mutex_unlock(&previews->lock);
}

int reel_previews_tell(reel_str *out, unsigned *seen, reel_previews *previews, const char *uuid)
{
    pthread_mutex_lock(&previews->lock);
    const watched *w = *find(previews, uuid);
    int is_new = w && w->number > *seen;
    if (is_new) {
        *seen = w->number;
        reel_str_append(out, "data:image/jpeg;base64,");
        reel_str_append(out, w->picture);
    }
    pthread_mutex_unlock(&previews->lock);
    return is_new;
}

/* `picture` is taken. */
static void put(reel_previews *previews, const char *uuid, char *picture)
{
    pthread_mutex_lock(&previews->lock);
    watched *w = *find(previews, uuid);
    if (w) {
        free(w->picture);
        w->picture = picture;
        w->number++;
    }
    pthread_mutex_unlock(&previews->lock);
    if (!w) {
        free(picture); /* the last watcher has just gone */
    }
}

/* ---- the worker's side --------------------------------------------------------------------- */

static int wants(void *user)
{
    const reel_preview_painter *p = user;
    if (reel_clock_seconds() - p->shown < SECONDS_BETWEEN) {
        return 0;
    }
    pthread_mutex_lock(&p->previews->lock);
    int is_watched = *find(p->previews, p->uuid) != NULL;
    pthread_mutex_unlock(&p->previews->lock);
    return is_watched;
}

static char *to_base64(const char *bytes, size_t size)
{
    size_t length = BASE64_ENCODE_RAW_LENGTH(size);
    char *text = malloc(length + 1);
    if (text) {
        base64_encode_raw(text, size, (const uint8_t *)bytes);
        text[length] = 0;
    }
    return text;
}

static reel_status paint(const reel_preview_painter *p, const reel_clip *frame)
{
    char path[PATH_SIZE], *bytes = NULL;
    size_t size;
    snprintf(path, sizeof path, "%s/%s.tmp-preview.jpg", p->dir, p->uuid);
    REEL_TRY(reel_clip_write(frame, path, QUALITY, NULL));
    reel_status status = reel_file_read(&bytes, &size, path, PICTURE_MAX);
    unlink(path);
    char *picture = status == REEL_OK ? to_base64(bytes, size) : NULL;
    free(bytes);
    if (picture) {
        put(p->previews, p->uuid, picture);
    }
    return status;
}

static void show(const reel_clip *frame, void *user)
{
    reel_preview_painter *p = user;
    if (paint(p, frame) < 0) {
        reel_log(REEL_LOG_WARN, "task=%s event=no-preview reason=\"%s\"", p->uuid,
                 reel_error_message());
    }
    p->shown = reel_clock_seconds();
}

void reel_preview_painter_init(reel_preview_painter *painter, reel_previews *previews,
                               const char *uuid, const char *dir)
{
    *painter = (reel_preview_painter){ .preview = { wants, show, painter },
                                       .previews = previews,
                                       .uuid = uuid,
                                       .dir = dir,
                                       .shown = -SECONDS_BETWEEN };
}
