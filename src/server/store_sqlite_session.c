/* What every user of the SQLite file does in the same way. */
#include "server/store_sqlite_session.h"

#include "base/error.h"

#include <stdio.h>

enum { BUSY_MS = 5000 };

reel_status reel_sqlite_fail(sqlite3 *db)
{
    return REEL_FAIL(REEL_ERR_IO, "the task database: %s", sqlite3_errmsg(db));
}

reel_status reel_sqlite_execute(sqlite3 *db, const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? REEL_OK : reel_sqlite_fail(db);
}

reel_status reel_sqlite_open(sqlite3 **out, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(path, out, flags, NULL) != SQLITE_OK) {
        return reel_sqlite_fail(*out);
    }
    sqlite3_extended_result_codes(*out, 0);
    sqlite3_busy_timeout(*out, BUSY_MS);
    return reel_sqlite_execute(*out, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                     "PRAGMA foreign_keys = ON");
}

reel_status reel_sqlite_prepare(sqlite3_stmt **out, sqlite3 *db, const char *const *sql, int count)
{
    for (int i = 0; i < count; i++) {
        if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &out[i], NULL) !=
            SQLITE_OK) {
            return reel_sqlite_fail(db);
        }
    }
    return REEL_OK;
}

void reel_sqlite_close(sqlite3 *db, sqlite3_stmt *const *statements, int count)
{
    for (int i = 0; i < count; i++) {
        sqlite3_finalize(statements[i]);
    }
    sqlite3_close(db);
}

sqlite3_stmt *reel_sqlite_ready(sqlite3_stmt *s)
{
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return s;
}

reel_status reel_sqlite_run(int *changed, sqlite3_stmt *s)
{
    sqlite3 *db = sqlite3_db_handle(s);
    int code = sqlite3_step(s);
    reel_status status = code == SQLITE_DONE ? REEL_OK : reel_sqlite_fail(db);
    if (changed) {
        *changed = status == REEL_OK ? sqlite3_changes(db) : 0;
    }
    sqlite3_reset(s);
    return status;
}

void reel_sqlite_bind_text(sqlite3_stmt *s, int place, const char *text)
{
    sqlite3_bind_text(s, place, text, -1, SQLITE_TRANSIENT);
}

void reel_sqlite_copy_text(char *out, size_t size, sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    snprintf(out, size, "%s", text ? text : "");
}
