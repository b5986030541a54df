/* The store in one SQLite file: write-ahead log, numbered migrations, prepared statements. */
#include "server/store.h"

#include "base/error.h"
#include "server/store_sqlite_session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Never edited once released: a change of the schema is the next entry. */
static const char *const migrations[] = {
    "CREATE TABLE tasks ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, key INTEGER NOT NULL,"
    " type TEXT NOT NULL, request TEXT NOT NULL, job TEXT NOT NULL, state INTEGER NOT NULL,"
    " progress INTEGER NOT NULL, attempt INTEGER NOT NULL, claim INTEGER NOT NULL, error TEXT,"
    " ttl INTEGER NOT NULL, created INTEGER NOT NULL, started INTEGER NOT NULL,"
    " finished INTEGER NOT NULL, expires INTEGER NOT NULL, lease INTEGER NOT NULL,"
    " holds_files INTEGER NOT NULL);"
    "CREATE TABLE results ("
    " uuid TEXT NOT NULL REFERENCES tasks(uuid) ON DELETE CASCADE, place INTEGER NOT NULL,"
    " video_uuid TEXT NOT NULL UNIQUE, seed INTEGER NOT NULL, cost REAL NOT NULL,"
    " file TEXT NOT NULL, PRIMARY KEY (uuid, place)) WITHOUT ROWID;"
    "CREATE INDEX tasks_open ON tasks(state, id) WHERE state < 2;"
    "CREATE INDEX tasks_key ON tasks(key, id);"
    "CREATE INDEX tasks_expires ON tasks(expires) WHERE expires > 0;",
    "ALTER TABLE tasks ADD COLUMN ready INTEGER NOT NULL DEFAULT 0;",
    "CREATE TABLE usage ("
    " key INTEGER NOT NULL, day INTEGER NOT NULL, films INTEGER NOT NULL, cost REAL NOT NULL,"
    " PRIMARY KEY (key, day)) WITHOUT ROWID;"
    "CREATE TRIGGER usage_of_done AFTER UPDATE OF state ON tasks WHEN new.state = 2 AND"
    " old.state <> 2 BEGIN INSERT INTO usage SELECT new.key, new.finished / 86400000, count(*),"
    " sum(cost) FROM results WHERE uuid = new.uuid"
    " ON CONFLICT (key, day) DO UPDATE SET films = films + excluded.films,"
    " cost = cost + excluded.cost; END;",
    "CREATE TABLE media ("
    " uuid TEXT PRIMARY KEY, key INTEGER NOT NULL, kind INTEGER NOT NULL, file TEXT NOT NULL,"
    " bytes INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,"
    " seconds REAL NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX media_used ON media(used);"
    "CREATE INDEX media_key ON media(key);",
    /* A webhook's call is born with what it tells, in the same transaction: place -1 tells that the
     * task failed (3) or was cancelled (4). */
    "ALTER TABLE results ADD COLUMN flagged INTEGER NOT NULL DEFAULT -1;"
    "CREATE TABLE deliveries ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL, place INTEGER NOT NULL,"
    " url TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0,"
    " UNIQUE (uuid, place));"
    "CREATE INDEX deliveries_due ON deliveries(due);"
    "CREATE TRIGGER delivery_of_result AFTER UPDATE OF file ON results"
    " WHEN new.file <> '' AND old.file = '' BEGIN INSERT OR IGNORE INTO deliveries"
    " (uuid, place, url) SELECT uuid, new.place, json_extract(request, '$.webhookURL') FROM tasks"
    " WHERE uuid = new.uuid AND json_extract(request, '$.webhookURL') IS NOT NULL; END;"
    "CREATE TRIGGER delivery_of_failure AFTER UPDATE OF state ON tasks"
    " WHEN new.state IN (3, 4) AND old.state NOT IN (3, 4) AND"
    " json_extract(new.request, '$.webhookURL') IS NOT NULL BEGIN INSERT OR IGNORE INTO deliveries"
    " (uuid, place, url) VALUES (new.uuid, -1, json_extract(new.request, '$.webhookURL')); END;",
};

enum { MIGRATION_COUNT = sizeof migrations / sizeof migrations[0] };

#define COLUMNS                                                                                    \
    "uuid, key, type, request, job, state, progress, attempt, claim, error, ttl, created,"         \
    " started, finished, expires"

typedef enum {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_INSERT,
    SQL_INSERT_RESULT,
    SQL_FIND,
    SQL_RESULTS,
    SQL_LIST,
    SQL_LIST_UP,
    SQL_NEXT,
    SQL_STALE,
    SQL_EXPIRED,
    SQL_CHANGE,
    SQL_SET_FILE,
    SQL_HOLDS_FILES,
    SQL_CLEAR_FILES,
    SQL_CLEAR_HOLDS,
    SQL_PURGE,
    SQL_COUNT,
    SQL_USAGE,
    SQL_COUNT_STATEMENTS
} statement;

static const char *const sql[SQL_COUNT_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_INSERT] = "INSERT INTO tasks (uuid, key, type, request, job, state, progress, attempt,"
                   " claim, error, ttl, created, started, finished, expires, lease, holds_files)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, NULL, ?6, ?7, 0, 0, 0, 0, 0)",
    [SQL_INSERT_RESULT] = "INSERT INTO results (uuid, place, video_uuid, seed, cost, file)"
                          " VALUES (?1, ?2, ?3, ?4, ?5, '')",
    [SQL_FIND] = "SELECT " COLUMNS " FROM tasks WHERE uuid = ?1",
    [SQL_RESULTS] = "SELECT video_uuid, seed, cost, file, flagged FROM results WHERE uuid = ?1"
                    " ORDER BY place",
    [SQL_LIST] = "SELECT " COLUMNS " FROM tasks WHERE (?1 < 0 OR key = ?1) AND expires <> 1"
                 " AND id < coalesce((SELECT id FROM tasks WHERE uuid = ?2), 9223372036854775807)"
                 " ORDER BY id DESC LIMIT ?3",
    [SQL_LIST_UP] = "SELECT " COLUMNS " FROM tasks WHERE (?1 < 0 OR key = ?1) AND expires <> 1"
                    " AND id > coalesce((SELECT id FROM tasks WHERE uuid = ?2), 0)"
                    " ORDER BY id LIMIT ?3",
    [SQL_NEXT] = "SELECT " COLUMNS " FROM tasks WHERE state = 0 AND ready <= ?1"
                 " ORDER BY id LIMIT 1",
    [SQL_STALE] = "SELECT " COLUMNS " FROM tasks WHERE state = 1 AND lease < ?1"
                  " ORDER BY id LIMIT ?2",
    [SQL_EXPIRED] = "SELECT " COLUMNS " FROM tasks WHERE expires > 0 AND expires < ?1"
                    " AND holds_files = 1 ORDER BY expires LIMIT ?2",
    [SQL_CHANGE] =
        "UPDATE tasks SET state = ?5,"
        " progress = CASE WHEN ?6 < 0 THEN progress ELSE ?6 END,"
        " attempt = attempt + ?7, claim = claim + ?8,"
        " started = CASE WHEN ?8 THEN ?9 ELSE started END,"
        " finished = CASE WHEN ?5 > 1 THEN ?9 ELSE 0 END,"
        " lease = ?10, expires = ?11, error = ?12, ready = ?13"
        " WHERE uuid = ?1 AND (?2 < 0 OR key = ?2) AND (?3 < 0 OR claim = ?3) AND state = ?4",
    [SQL_SET_FILE] =
        "UPDATE results SET file = ?3, flagged = ?5 WHERE uuid = ?1 AND place = ?2 AND EXISTS"
        " (SELECT 1 FROM tasks WHERE uuid = ?1 AND state = 1 AND claim = ?4)",
    [SQL_HOLDS_FILES] = "UPDATE tasks SET holds_files = 1 WHERE uuid = ?1",
    [SQL_CLEAR_FILES] = "UPDATE results SET file = '' WHERE uuid = ?1",
    [SQL_CLEAR_HOLDS] = "UPDATE tasks SET holds_files = 0 WHERE uuid = ?1",
    [SQL_PURGE] = "DELETE FROM tasks WHERE expires > 0 AND expires < ?1 AND holds_files = 0",
    [SQL_COUNT] = "SELECT coalesce(sum(state = 0), 0), coalesce(sum(state = 1), 0),"
                  " coalesce(sum(state = 0 AND key = ?1), 0) FROM tasks WHERE state < 2",
    [SQL_USAGE] = "SELECT coalesce(sum(films), 0), coalesce(sum(cost), 0.0) FROM usage"
                  " WHERE (?1 < 0 OR key = ?1) AND day >= ?2",
};

typedef struct {
    reel_store base;
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT_STATEMENTS];
} sqlite_store;

/* The statement, ready for its parameters. */
static sqlite3_stmt *ready(reel_store *store, statement which)
{
    return reel_sqlite_ready(((sqlite_store *)store)->statements[which]);
}

/* Several statements as one. */
static reel_status begin(reel_store *store)
{
    return reel_sqlite_run(NULL, ready(store, SQL_BEGIN));
}

static reel_status end(reel_store *store, reel_status status)
{
    if (status == REEL_OK) {
        status = reel_sqlite_run(NULL, ready(store, SQL_COMMIT));
    }
    if (status < 0 && !sqlite3_get_autocommit(((sqlite_store *)store)->db)) {
        sqlite3_step(ready(store, SQL_ROLLBACK)); /* the message of the failure stays */
    }
    return status;
}

static reel_status insert_rows(reel_store *store, const reel_task *task, const char *request,
                               const char *job)
{
    sqlite3_stmt *s = ready(store, SQL_INSERT);
    reel_sqlite_bind_text(s, 1, task->uuid);
    sqlite3_bind_int64(s, 2, task->key);
    reel_sqlite_bind_text(s, 3, task->type);
    reel_sqlite_bind_text(s, 4, request);
    reel_sqlite_bind_text(s, 5, job);
    sqlite3_bind_int64(s, 6, task->ttl_seconds);
    sqlite3_bind_int64(s, 7, task->created_ms);
    int code = sqlite3_step(s);
    int extended = sqlite3_extended_errcode(((sqlite_store *)store)->db);
    sqlite3_reset(s);
    if (code == SQLITE_CONSTRAINT && extended == SQLITE_CONSTRAINT_UNIQUE) {
        return REEL_FAIL(REEL_ERR_INVALID, "task %s exists", task->uuid);
    }
    if (code != SQLITE_DONE) {
        return reel_sqlite_fail(((sqlite_store *)store)->db);
    }
    for (int i = 0; i < task->result_count; i++) {
        const reel_task_result *result = &task->results[i];
        s = ready(store, SQL_INSERT_RESULT);
        reel_sqlite_bind_text(s, 1, task->uuid);
        sqlite3_bind_int(s, 2, i);
        reel_sqlite_bind_text(s, 3, result->video_uuid);
        sqlite3_bind_int64(s, 4, (sqlite3_int64)result->seed);
        sqlite3_bind_double(s, 5, result->cost);
        REEL_TRY(reel_sqlite_run(NULL, s));
    }
    return REEL_OK;
}

static reel_status insert(reel_store *store, const reel_task *task)
{
    char *request = json_dumps(task->request, JSON_COMPACT);
    char *job = json_dumps(task->job, JSON_COMPACT);
    reel_status status = REEL_OK;
    if (!request || !job) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for a task");
        goto done;
    }
    REEL_TRY_OR_DONE(begin(store));
    status = end(store, insert_rows(store, task, request, job));
done:
    free(job);
    free(request);
    return status;
}

static json_t *read_json(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static reel_status read_results(reel_task *out, reel_store *store)
{
    sqlite3_stmt *s = ready(store, SQL_RESULTS);
    reel_sqlite_bind_text(s, 1, out->uuid);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW && out->result_count < REEL_TASK_RESULTS_MAX) {
        reel_task_result *result = &out->results[out->result_count++];
        reel_sqlite_copy_text(result->video_uuid, sizeof result->video_uuid, s, 0);
        result->seed = (uint64_t)sqlite3_column_int64(s, 1);
        result->cost = sqlite3_column_double(s, 2);
        reel_sqlite_copy_text(result->file, sizeof result->file, s, 3);
        result->flagged = sqlite3_column_int(s, 4);
    }
    reel_status status = code == SQLITE_DONE || code == SQLITE_ROW
                             ? REEL_OK
                             : reel_sqlite_fail(((sqlite_store *)store)->db);
    sqlite3_reset(s);
    return status;
}

/* The row that `s` stands on, in the order of COLUMNS. */
static reel_status read_task(reel_task *out, reel_store *store, sqlite3_stmt *s)
{
    memset(out, 0, sizeof *out);
    reel_sqlite_copy_text(out->uuid, sizeof out->uuid, s, 0);
    out->key = sqlite3_column_int64(s, 1);
    reel_sqlite_copy_text(out->type, sizeof out->type, s, 2);
    out->request = read_json(s, 3);
    out->job = read_json(s, 4);
    out->state = (reel_task_state)sqlite3_column_int(s, 5);
    out->progress = sqlite3_column_int(s, 6);
    out->attempt = sqlite3_column_int(s, 7);
    out->claim = sqlite3_column_int64(s, 8);
    out->error = read_json(s, 9);
    out->ttl_seconds = sqlite3_column_int64(s, 10);
    out->created_ms = sqlite3_column_int64(s, 11);
    out->started_ms = sqlite3_column_int64(s, 12);
    out->finished_ms = sqlite3_column_int64(s, 13);
    out->expires_ms = sqlite3_column_int64(s, 14);
    reel_status status = read_results(out, store);
    if (status == REEL_OK && (!out->request || !out->job)) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "task %s: cannot be read", out->uuid);
    }
    if (status < 0) {
        reel_task_deinit(out);
    }
    return status;
}

static reel_status read_one(reel_task *out, reel_store *store, sqlite3_stmt *s)
{
    int code = sqlite3_step(s);
    reel_status status = code == SQLITE_ROW    ? read_task(out, store, s)
                         : code == SQLITE_DONE ? REEL_FAIL(REEL_ERR_NOT_FOUND, "no such task")
                                               : reel_sqlite_fail(((sqlite_store *)store)->db);
    sqlite3_reset(s);
    return status;
}

static reel_status read_many(reel_task *out, int *count, reel_store *store, sqlite3_stmt *s)
{
    reel_status status = REEL_OK;
    int code;
    *count = 0;
    while (status == REEL_OK && (code = sqlite3_step(s)) == SQLITE_ROW) {
        status = read_task(&out[*count], store, s);
        *count += status == REEL_OK;
    }
    if (status == REEL_OK && code != SQLITE_DONE) {
        status = reel_sqlite_fail(((sqlite_store *)store)->db);
    }
    sqlite3_reset(s);
    while (status < 0 && *count > 0) {
        reel_task_deinit(&out[--*count]);
    }
    return status;
}

static reel_status find(reel_task *out, reel_store *store, const char *uuid)
{
    sqlite3_stmt *s = ready(store, SQL_FIND);
    reel_sqlite_bind_text(s, 1, uuid);
    return read_one(out, store, s);
}

static reel_status list(reel_task *out, int *count, reel_store *store, const reel_store_page *page)
{
    sqlite3_stmt *s = ready(store, page->is_ascending ? SQL_LIST_UP : SQL_LIST);
    sqlite3_bind_int64(s, 1, page->key);
    reel_sqlite_bind_text(s, 2, page->after); /* NULL stays NULL */
    sqlite3_bind_int(s, 3, page->limit);
    return read_many(out, count, store, s);
}

static reel_status next(reel_task *out, reel_store *store, int64_t now_ms)
{
    sqlite3_stmt *s = ready(store, SQL_NEXT);
    sqlite3_bind_int64(s, 1, now_ms);
    return read_one(out, store, s);
}

static reel_status stale(reel_task *out, int *count, reel_store *store, int64_t now_ms, int limit)
{
    sqlite3_stmt *s = ready(store, SQL_STALE);
    sqlite3_bind_int64(s, 1, now_ms);
    sqlite3_bind_int(s, 2, limit);
    return read_many(out, count, store, s);
}

static reel_status expired(reel_task *out, int *count, reel_store *store, int64_t now_ms, int limit)
{
    sqlite3_stmt *s = ready(store, SQL_EXPIRED);
    sqlite3_bind_int64(s, 1, now_ms);
    sqlite3_bind_int(s, 2, limit);
    return read_many(out, count, store, s);
}

static reel_status change(int *changed, reel_store *store, const reel_transition *t)
{
    char *error = t->error ? json_dumps(t->error, JSON_COMPACT) : NULL;
    sqlite3_stmt *s = ready(store, SQL_CHANGE);
    reel_sqlite_bind_text(s, 1, t->uuid);
    sqlite3_bind_int64(s, 2, t->key);
    sqlite3_bind_int64(s, 3, t->claim);
    sqlite3_bind_int(s, 4, (int)t->from);
    sqlite3_bind_int(s, 5, (int)t->to);
    sqlite3_bind_int(s, 6, t->progress);
    sqlite3_bind_int(s, 7, t->attempt_change);
    sqlite3_bind_int(s, 8, t->starts != 0);
    sqlite3_bind_int64(s, 9, t->now_ms);
    sqlite3_bind_int64(s, 10, t->lease_until_ms);
    sqlite3_bind_int64(s, 11, t->expires_ms);
    reel_sqlite_bind_text(s, 12, error); /* NULL stays NULL */
    sqlite3_bind_int64(s, 13, t->ready_ms);
    reel_status status = reel_sqlite_run(changed, s);
    free(error);
    return status;
}

static reel_status set_file(int *changed, reel_store *store, const reel_task *task, int index,
                            const char *file, int flagged)
{
    REEL_TRY(begin(store));
    sqlite3_stmt *s = ready(store, SQL_SET_FILE);
    reel_sqlite_bind_text(s, 1, task->uuid);
    sqlite3_bind_int(s, 2, index);
    reel_sqlite_bind_text(s, 3, file);
    sqlite3_bind_int64(s, 4, task->claim);
    sqlite3_bind_int(s, 5, flagged);
    reel_status status = reel_sqlite_run(changed, s);
    if (status == REEL_OK && *changed) {
        s = ready(store, SQL_HOLDS_FILES);
        reel_sqlite_bind_text(s, 1, task->uuid);
        status = reel_sqlite_run(NULL, s);
    }
    return end(store, status);
}

static reel_status clear_files(reel_store *store, const char *uuid)
{
    REEL_TRY(begin(store));
    sqlite3_stmt *s = ready(store, SQL_CLEAR_FILES);
    reel_sqlite_bind_text(s, 1, uuid);
    reel_status status = reel_sqlite_run(NULL, s);
    if (status == REEL_OK) {
        s = ready(store, SQL_CLEAR_HOLDS);
        reel_sqlite_bind_text(s, 1, uuid);
        status = reel_sqlite_run(NULL, s);
    }
    return end(store, status);
}

static reel_status purge(reel_store *store, int64_t before_ms)
{
    sqlite3_stmt *s = ready(store, SQL_PURGE);
    sqlite3_bind_int64(s, 1, before_ms);
    return reel_sqlite_run(NULL, s);
}

static reel_status count(reel_store_counts *out, reel_store *store, int64_t key)
{
    sqlite3_stmt *s = ready(store, SQL_COUNT);
    sqlite3_bind_int64(s, 1, key);
    reel_status status = REEL_OK;
    if (sqlite3_step(s) == SQLITE_ROW) {
        *out = (reel_store_counts){ .queued = sqlite3_column_int64(s, 0),
                                    .running = sqlite3_column_int64(s, 1),
                                    .queued_for_key = sqlite3_column_int64(s, 2) };
    } else {
        status = reel_sqlite_fail(((sqlite_store *)store)->db);
    }
    sqlite3_reset(s);
    return status;
}

static reel_status usage(reel_store_usage *out, reel_store *store, int64_t key, int64_t since_day)
{
    sqlite3_stmt *s = ready(store, SQL_USAGE);
    sqlite3_bind_int64(s, 1, key);
    sqlite3_bind_int64(s, 2, since_day);
    reel_status status = REEL_OK;
    if (sqlite3_step(s) == SQLITE_ROW) {
        *out = (reel_store_usage){ .films = sqlite3_column_int64(s, 0),
                                   .cost = sqlite3_column_double(s, 1) };
    } else {
        status = reel_sqlite_fail(((sqlite_store *)store)->db);
    }
    sqlite3_reset(s);
    return status;
}

static void close_store(reel_store *store)
{
    sqlite_store *s = (sqlite_store *)store;
    reel_sqlite_close(s->db, s->statements, SQL_COUNT_STATEMENTS);
    free(s);
}

static const reel_store_methods methods = { .insert = insert,
                                            .find = find,
                                            .list = list,
                                            .next = next,
                                            .stale = stale,
                                            .expired = expired,
                                            .change = change,
                                            .set_file = set_file,
                                            .clear_files = clear_files,
                                            .purge = purge,
                                            .count = count,
                                            .usage = usage,
                                            .close = close_store };

static reel_status read_version(int *version, sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    *version = 0;
    int found = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW;
    if (found) {
        *version = sqlite3_column_int(s, 0);
    }
    reel_status status = found ? REEL_OK : reel_sqlite_fail(db);
    sqlite3_finalize(s);
    return status;
}

static reel_status migrate(sqlite3 *db)
{
    int version = 0;
    REEL_TRY(read_version(&version, db));
    if (version > MIGRATION_COUNT) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED,
                         "the task database has form %d, this program knows forms up to %d",
                         version, MIGRATION_COUNT);
    }
    for (; version < MIGRATION_COUNT; version++) {
        char mark[64];
        snprintf(mark, sizeof mark, "PRAGMA user_version = %d; COMMIT", version + 1);
        REEL_TRY(reel_sqlite_execute(db, "BEGIN IMMEDIATE"));
        reel_status status = reel_sqlite_execute(db, migrations[version]);
        status = status < 0 ? status : reel_sqlite_execute(db, mark);
        if (status < 0) {
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
            return status;
        }
    }
    return REEL_OK;
}

static reel_status set_up(sqlite_store *store, const char *path)
{
    REEL_TRY(reel_sqlite_open(&store->db, path));
    REEL_TRY(migrate(store->db));
    return reel_sqlite_prepare(store->statements, store->db, sql, SQL_COUNT_STATEMENTS);
}

reel_status reel_store_sqlite_open(reel_store **out, const char *path)
{
    *out = NULL;
    sqlite_store *store = calloc(1, sizeof *store);
    if (!store) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the task database");
    }
    store->base.methods = &methods;
    reel_status status = set_up(store, path);
    if (status < 0) {
        reel_fail_in(status, "%s", path);
        close_store(&store->base);
        return status;
    }
    *out = &store->base;
    return REEL_OK;
}
