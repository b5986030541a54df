/* What clients store here: taken in from a URL or a text, decoded in confinement, kept for a while.
 * Safe to call from any thread; taking in waits for others, so never on a thread that carries
 * bytes. */
#ifndef REEL_SERVER_MEDIA_H
#define REEL_SERVER_MEDIA_H

#include "reel/status.h"
#include "server/address.h"
#include "server/media_store.h"

#include <jansson.h>
#include <stdint.h>

typedef struct reel_media_library reel_media_library;

typedef struct {
    const char *files_dir;        /* borrowed until close */
    const reel_networks *allowed; /* what URLs may reach beside public addresses; borrowed */
    int64_t image_bytes, sound_bytes, film_bytes; /* at most, of one file */
    int64_t key_bytes;                            /* at most, of all files of one key */
    int64_t retention_seconds;                    /* kept so long after the last use */
    int fetch_seconds, decode_seconds;            /* how long a URL and a decoder may take */
    int64_t (*now_ms)(void *);                    /* NULL: the clock of the machine */
    void *clock;
} reel_media_limits;

#define REEL_MEDIA_LIMITS_INIT                                                                     \
    {                                                                                              \
        .image_bytes = 20 << 20, .sound_bytes = 50 << 20, .film_bytes = 200 << 20,                 \
        .key_bytes = (int64_t)10 << 30, .retention_seconds = 30 * 24 * 3600, .fetch_seconds = 30,  \
        .decode_seconds = 30                                                                       \
    }

/* Takes `store` on success. Owned by the caller, released with reel_media_close(). */
reel_status reel_media_open(reel_media_library **out, reel_media_store *store,
                            const reel_media_limits *limits);
void reel_media_close(reel_media_library *library);

/* Break off downloads, and refuse what is taken in from now on: the server stops. */
void reel_media_stop(reel_media_library *library);

enum { REEL_TAKE_IMAGE = 1, REEL_TAKE_FILM = 2, REEL_TAKE_SOUND = 4, REEL_TAKE_ANY = 7 };

/* What may come in. */
typedef struct {
    int64_t key;           /* whose it will be */
    const char *parameter; /* what errors call the text: "media" */
    unsigned kinds;        /* REEL_TAKE_..., added */
    int max_side;          /* larger images are stored smaller; 0: as they are */
} reel_media_wish;

/* Store what `text` (URL, data URI or base64) stands for. Non-zero when it is there; else *error
 * says why, an error object of errors.h owned by the caller (NULL without memory). */
int reel_media_take(reel_media *out, json_t **error, reel_media_library *library, const char *text,
                    const reel_media_wish *wish);

/* Something stored, or a film that was made here, under any letter case of its UUID; its time
 * begins anew. REEL_ERR_NOT_FOUND when there is none or it belongs to another key. */
reel_status reel_media_use(reel_media *out, reel_media_library *library, const char *uuid,
                           int64_t key);

/* Remove something stored. REEL_ERR_NOT_FOUND as above; films of tasks are no such thing. */
reel_status reel_media_delete(reel_media_library *library, const char *uuid, int64_t key);

/* Remove what nobody has used for so long. */
reel_status reel_media_sweep(reel_media_library *library);

#endif
