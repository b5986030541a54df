/* Webhook calls in SQLite. */
#include "base/error.h"
#include "server/delivery_store.h"
#include "server/store_sqlite_session.h"

#include <stdlib.h>

typedef enum { DUE, TAKE, POSTPONE, REMOVE, STATEMENTS } statement;

static const char *const sql[STATEMENTS] = {
    [DUE] = "SELECT 1 FROM deliveries WHERE due <= ?1 LIMIT 1",
    [TAKE] = "UPDATE deliveries SET due = ?2, attempt = attempt + 1 WHERE id ="
             " (SELECT id FROM deliveries WHERE due <= ?1 ORDER BY due, id LIMIT 1)"
             " RETURNING id, uuid, place, url, attempt",
    [POSTPONE] = "UPDATE deliveries SET due = ?2 WHERE id = ?1",
    [REMOVE] = "DELETE FROM deliveries WHERE id = ?1",
};

typedef struct {
    reel_delivery_store base;
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
} delivery_store;

static sqlite3_stmt *ready(reel_delivery_store *store, statement which)
{
    return reel_sqlite_ready(((delivery_store *)store)->statements[which]);
}

/* Looking first costs no lock while nothing is due, which is nearly always. */
static reel_status take(reel_delivery *out, reel_delivery_store *store, int64_t now_ms,
                        int64_t again_ms)
{
    sqlite3 *db = ((delivery_store *)store)->db;
    sqlite3_stmt *s = ready(store, DUE);
    sqlite3_bind_int64(s, 1, now_ms);
    int code = sqlite3_step(s);
    sqlite3_reset(s);
    if (code == SQLITE_ROW) {
        s = ready(store, TAKE);
        sqlite3_bind_int64(s, 1, now_ms);
        sqlite3_bind_int64(s, 2, again_ms);
        code = sqlite3_step(s);
    }
    if (code == SQLITE_ROW) {
        *out = (reel_delivery){ .id = sqlite3_column_int64(s, 0),
                                .place = sqlite3_column_int(s, 2),
                                .attempt = sqlite3_column_int(s, 4) };
        reel_sqlite_copy_text(out->uuid, sizeof out->uuid, s, 1);
        reel_sqlite_copy_text(out->url, sizeof out->url, s, 3);
        code = sqlite3_step(s); /* the change is made once the statement has run to its end */
        sqlite3_reset(s);
        return code == SQLITE_DONE ? REEL_OK : reel_sqlite_fail(db);
    }
    sqlite3_reset(s);
    return code == SQLITE_DONE ? REEL_FAIL(REEL_ERR_NOT_FOUND, "no call is due")
                               : reel_sqlite_fail(db);
}

static reel_status postpone(reel_delivery_store *store, int64_t id, int64_t due_ms)
{
    sqlite3_stmt *s = ready(store, POSTPONE);
    sqlite3_bind_int64(s, 1, id);
    sqlite3_bind_int64(s, 2, due_ms);
    return reel_sqlite_run(NULL, s);
}

static reel_status remove_row(reel_delivery_store *store, int64_t id)
{
    sqlite3_stmt *s = ready(store, REMOVE);
    sqlite3_bind_int64(s, 1, id);
    return reel_sqlite_run(NULL, s);
}

static void close_store(reel_delivery_store *store)
{
    delivery_store *s = (delivery_store *)store;
    reel_sqlite_close(s->db, s->statements, STATEMENTS);
    free(s);
}

static const reel_delivery_store_methods methods = {
    .take = take, .postpone = postpone, .remove = remove_row, .close = close_store
};

reel_status reel_delivery_store_sqlite_open(reel_delivery_store **out, const char *path)
{
    *out = NULL;
    delivery_store *store = calloc(1, sizeof *store);
    if (!store) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the delivery database");
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
