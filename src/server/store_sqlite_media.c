/* Stored media in SQLite. */
#include "base/error.h"
#include "server/media_store.h"
#include "server/store_sqlite_session.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS "uuid, key, kind, file, bytes, width, height, seconds, used"

typedef enum { INSERT, FIND, FIND_FILM, TOUCH, REMOVE, UNUSED, WEIGH, STATEMENTS } statement;

static const char *const sql[STATEMENTS] = {
    [INSERT] = "INSERT INTO media (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    [FIND] = "SELECT " COLUMNS " FROM media WHERE uuid = ?1",
    [FIND_FILM] = "SELECT r.video_uuid, t.key, 1, r.file, 0, 0, 0, 0.0, 0"
                  " FROM results r JOIN tasks t ON t.uuid = r.uuid"
                  " WHERE r.video_uuid = ?1 AND r.file <> '' AND t.expires <> 1",
    [TOUCH] = "UPDATE media SET used = ?2 WHERE uuid = ?1",
    [REMOVE] = "DELETE FROM media WHERE uuid = ?1",
    [UNUSED] = "SELECT " COLUMNS " FROM media WHERE used < ?1 ORDER BY used LIMIT ?2",
    [WEIGH] = "SELECT coalesce(sum(bytes), 0) FROM media WHERE key = ?1",
};

typedef struct {
    reel_media_store base;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
} media_store;

static sqlite3_stmt *ready(reel_media_store *store, statement which)
{
    return reel_sqlite_ready(((media_store *)store)->statements[which]);
}

static reel_status insert(reel_media_store *store, const reel_media *media)
{
    sqlite3_stmt *s = ready(store, INSERT);
    reel_sqlite_bind_text(s, 1, media->uuid);
    sqlite3_bind_int64(s, 2, media->key);
    sqlite3_bind_int(s, 3, (int)media->kind);
    reel_sqlite_bind_text(s, 4, media->file);
    sqlite3_bind_int64(s, 5, media->bytes);
    sqlite3_bind_int(s, 6, media->width);
    sqlite3_bind_int(s, 7, media->height);
    sqlite3_bind_double(s, 8, media->seconds);
    sqlite3_bind_int64(s, 9, media->used_ms);
    return reel_sqlite_run(NULL, s);
}

/* The row that `s` stands on, in the order of COLUMNS. */
static void read_row(reel_media *out, sqlite3_stmt *s)
{
    *out = (reel_media){ .key = sqlite3_column_int64(s, 1),
                         .kind = (reel_media_kind)sqlite3_column_int(s, 2),
                         .bytes = sqlite3_column_int64(s, 4),
                         .width = sqlite3_column_int(s, 5),
                         .height = sqlite3_column_int(s, 6),
                         .seconds = sqlite3_column_double(s, 7),
                         .used_ms = sqlite3_column_int64(s, 8) };
    reel_sqlite_copy_text(out->uuid, sizeof out->uuid, s, 0);
    reel_sqlite_copy_text(out->file, sizeof out->file, s, 3);
}

static reel_status find_by(reel_media *out, reel_media_store *store, statement which,
                           const char *uuid)
{
    sqlite3_stmt *s = ready(store, which);
    reel_sqlite_bind_text(s, 1, uuid);
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        read_row(out, s);
    }
    reel_status status = code == SQLITE_ROW    ? REEL_OK
                         : code == SQLITE_DONE ? REEL_FAIL(REEL_ERR_NOT_FOUND, "no such media")
                                               : reel_sqlite_fail(((media_store *)store)->db);
    sqlite3_reset(s);
    return status;
}

static reel_status find(reel_media *out, reel_media_store *store, const char *uuid)
{
    return find_by(out, store, FIND, uuid);
}

static reel_status find_film(reel_media *out, reel_media_store *store, const char *uuid)
{
    return find_by(out, store, FIND_FILM, uuid);
}

static reel_status touch(reel_media_store *store, const char *uuid, int64_t used_ms)
{
    sqlite3_stmt *s = ready(store, TOUCH);
    reel_sqlite_bind_text(s, 1, uuid);
    sqlite3_bind_int64(s, 2, used_ms);
    return reel_sqlite_run(NULL, s);
}

static reel_status remove_row(reel_media_store *store, const char *uuid)
{
    sqlite3_stmt *s = ready(store, REMOVE);
    reel_sqlite_bind_text(s, 1, uuid);
    return reel_sqlite_run(NULL, s);
}

static reel_status unused(reel_media *out, int *count, reel_media_store *store, int64_t before_ms,
                          int limit)
{
    int code = SQLITE_DONE;
    sqlite3_stmt *s = ready(store, UNUSED);
    sqlite3_bind_int64(s, 1, before_ms);
    sqlite3_bind_int(s, 2, limit);
    *count = 0;
    while (*count < limit && (code = sqlite3_step(s)) == SQLITE_ROW) {
        read_row(&out[(*count)++], s);
    }
    reel_status status = code == SQLITE_DONE || code == SQLITE_ROW
                             ? REEL_OK
                             : reel_sqlite_fail(((media_store *)store)->db);
    sqlite3_reset(s);
    return status;
}

static reel_status weigh(int64_t *bytes, reel_media_store *store, int64_t key)
{
    sqlite3_stmt *s = ready(store, WEIGH);
    sqlite3_bind_int64(s, 1, key);
    int is_found = sqlite3_step(s) == SQLITE_ROW;
    *bytes = is_found ? sqlite3_column_int64(s, 0) : 0;
    reel_status status = is_found ? REEL_OK : reel_sqlite_fail(((media_store *)store)->db);
    sqlite3_reset(s);
    return status;
}

static void close_store(reel_media_store *store)
{
    media_store *s = (media_store *)store;
    reel_sqlite_close(s->db, s->statements, STATEMENTS);
    free(s);
}

static const reel_media_store_methods methods = { .insert = insert,
                                                  .find = find,
                                                  .find_film = find_film,
                                                  .touch = touch,
                                                  .remove = remove_row,
                                                  .unused = unused,
                                                  .weigh = weigh,
                                                  .close = close_store };

reel_status reel_media_store_sqlite_open(reel_media_store **out, const char *path)
{
    *out = NULL;
    media_store *store = calloc(1, sizeof *store);
    if (!store) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the media database");
    }
    store->base.methods = &methods;
    reel_status status = reel_sqlite_open(&store->db, path);
    status =
        status < 0 ? status : reel_sqlite_prepare(store->statements, store->db, sql, STATEMENTS);
    if (status < 0) {
        reel_fail_in(status, "%s", path);
        close_store(&store->base);
        return status;
    }
    *out = &store->base;
    return REEL_OK;
}
