/* Where what is known of stored media is kept: rows, no rules. media.c knows the rules. */
#ifndef REEL_SERVER_MEDIA_STORE_H
#define REEL_SERVER_MEDIA_STORE_H

#include "reel/intake.h"
#include "reel/status.h"
#include "server/task.h"

#include <stdint.h>

/* A stored image, film or sound. */
typedef struct {
    char uuid[REEL_UUID_SIZE];
    int64_t key; /* of whoever stored it */
    reel_media_kind kind;
    char file[REEL_TASK_FILE_SIZE]; /* name in DATA/files: "UUID.png" */
    int64_t bytes;
    int width, height;
    double seconds;
    int64_t used_ms; /* when it was stored or last used */
} reel_media;

typedef struct reel_media_store reel_media_store;

/* Every function is called by one thread at a time. */
typedef struct {
    reel_status (*insert)(reel_media_store *store, const reel_media *media);
    /* REEL_ERR_NOT_FOUND */
    reel_status (*find)(reel_media *out, reel_media_store *store, const char *uuid);
    /* A film that a task made: uuid, key, file. REEL_ERR_NOT_FOUND */
    reel_status (*find_film)(reel_media *out, reel_media_store *store, const char *uuid);
    reel_status (*touch)(reel_media_store *store, const char *uuid, int64_t used_ms);
    reel_status (*remove)(reel_media_store *store, const char *uuid);
    /* Up to `limit` rows last used before `before_ms`, oldest first. */
    reel_status (*unused)(reel_media *out, int *count, reel_media_store *store, int64_t before_ms,
                          int limit);
    /* Bytes that a key stores. */
    reel_status (*weigh)(int64_t *bytes, reel_media_store *store, int64_t key);
    void (*close)(reel_media_store *store);
} reel_media_store_methods;

/* The first member of every implementation. */
struct reel_media_store {
    const reel_media_store_methods *methods;
};

/* Over the database that reel_store_sqlite_open() brought to its newest form. Owned by the caller,
 * released with store->methods->close(). */
reel_status reel_media_store_sqlite_open(reel_media_store **out, const char *path);

#endif
