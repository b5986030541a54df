/* The store in one SQLite file: write-ahead log, numbered migrations, prepared statements. */
#include "server/store.h"

#include "base/error.h"

#include <inttypes.h>
#include <sqlite3.h>
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
    SQL_COUNT_STATEMENTS
} statement;

static const char *const sql[SQL_COUNT_STATEMENTS] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_INSERT] = "INSERT INTO tasks (uuid, key, type, request, job, state, progress, attempt,"
                   " claim, error, ttl, created, started, finished, expires, lease, holds_files)"
                   " VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0, 0, NULL, ?6, ?7, 0, 0, 0, 0, 0)",
    [SQL_INSERT_RESULT] = "INSERT INTO results VALUES (?1, ?2, ?3, ?4, ?5, '')",
    [SQL_FIND] = "SELECT " COLUMNS " FROM tasks WHERE uuid = ?1",
    [SQL_RESULTS] =
        "SELECT video_uuid, seed, cost, file FROM results WHERE uuid = ?1 ORDER BY place",
    [SQL_LIST] = "SELECT " COLUMNS " FROM tasks WHERE ?1 < 0 OR key = ?1"
                 " ORDER BY id DESC LIMIT ?2 OFFSET ?3",
    [SQL_NEXT] = "SELECT " COLUMNS " FROM tasks WHERE state = 0 ORDER BY id LIMIT 1",
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
        " lease = ?10, expires = ?11, error = ?12"
        " WHERE uuid = ?1 AND (?2 < 0 OR key = ?2) AND (?3 < 0 OR claim = ?3) AND state = ?4",
    [SQL_SET_FILE] = "UPDATE results SET file = ?3 WHERE uuid = ?1 AND place = ?2 AND EXISTS"
                     " (SELECT 1 FROM tasks WHERE uuid = ?1 AND state = 1 AND claim = ?4)",
    [SQL_HOLDS_FILES] = "UPDATE tasks SET holds_files = 1 WHERE uuid = ?1",
    [SQL_CLEAR_FILES] = "UPDATE results SET file = '' WHERE uuid = ?1",
    [SQL_CLEAR_HOLDS] = "UPDATE tasks SET holds_files = 0 WHERE uuid = ?1",
    [SQL_PURGE] = "DELETE FROM tasks WHERE expires > 0 AND expires < ?1 AND holds_files = 0",
    [SQL_COUNT] = "SELECT coalesce(sum(state = 0), 0), coalesce(sum(state = 1), 0),"
                  " coalesce(sum(state = 0 AND key = ?1), 0) FROM tasks WHERE state < 2",
};

typedef struct {
    reel_store base;
    sqlite3 *db;
    sqlite3_stmt *statements[SQL_COUNT_STATEMENTS];
} sqlite_store;

static reel_status fail_db(sqlite3 *db)
{
    return REEL_FAIL(REEL_ERR_IO, "the task database: %s", sqlite3_errmsg(db));
}

/* The statement, ready for its parameters. */
static sqlite3_stmt *ready(reel_store *store, statement which)
{
    sqlite3_stmt *s = ((sqlite_store *)store)->statements[which];
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return s;
}

/* Run a statement that returns no row; *changed (may be NULL) receives how many rows it changed. */
static reel_status run(int *changed, reel_store *store, sqlite3_stmt *s)
{
    sqlite3 *db = ((sqlite_store *)store)->db;
    int code = sqlite3_step(s);
    reel_status status = code == SQLITE_DONE ? REEL_OK : fail_db(db);
    if (changed) {
        *changed = status == REEL_OK ? sqlite3_changes(db) : 0;
    }
    sqlite3_reset(s);
    return status;
}

static void bind_text(sqlite3_stmt *s, int place, const char *text)
{
    sqlite3_bind_text(s, place, text, -1, SQLITE_TRANSIENT);
}

/* Several statements as one. */
static reel_status begin(reel_store *store)
{
    return run(NULL, store, ready(store, SQL_BEGIN));
}

static reel_status end(reel_store *store, reel_status status)
{
    if (status == REEL_OK) {
        status = run(NULL, store, ready(store, SQL_COMMIT));
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
    bind_text(s, 1, task->uuid);
    sqlite3_bind_int64(s, 2, task->key);
    bind_text(s, 3, task->type);
    bind_text(s, 4, request);
    bind_text(s, 5, job);
    sqlite3_bind_int64(s, 6, task->ttl_seconds);
    sqlite3_bind_int64(s, 7, task->created_ms);
    int code = sqlite3_step(s);
    int extended = sqlite3_extended_errcode(((sqlite_store *)store)->db);
    sqlite3_reset(s);
    if (code == SQLITE_CONSTRAINT && extended == SQLITE_CONSTRAINT_UNIQUE) {
        return REEL_FAIL(REEL_ERR_INVALID, "task %s exists", task->uuid);
    }
    if (code != SQLITE_DONE) {
        return fail_db(((sqlite_store *)store)->db);
    }
    for (int i = 0; i < task->result_count; i++) {
        const reel_task_result *result = &task->results[i];
        s = ready(store, SQL_INSERT_RESULT);
        bind_text(s, 1, task->uuid);
        sqlite3_bind_int(s, 2, i);
        bind_text(s, 3, result->video_uuid);
        sqlite3_bind_int64(s, 4, (sqlite3_int64)result->seed);
        sqlite3_bind_double(s, 5, result->cost);
        REEL_TRY(run(NULL, store, s));
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

static void copy_text(char *out, size_t size, sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    snprintf(out, size, "%s", text ? text : "");
}

static json_t *read_json(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
}

static reel_status read_results(reel_task *out, reel_store *store)
{
    sqlite3_stmt *s = ready(store, SQL_RESULTS);
    bind_text(s, 1, out->uuid);
    int code;
    while ((code = sqlite3_step(s)) == SQLITE_ROW && out->result_count < REEL_TASK_RESULTS_MAX) {
        reel_task_result *result = &out->results[out->result_count++];
        copy_text(result->video_uuid, sizeof result->video_uuid, s, 0);
        result->seed = (uint64_t)sqlite3_column_int64(s, 1);
        result->cost = sqlite3_column_double(s, 2);
        copy_text(result->file, sizeof result->file, s, 3);
    }
    reel_status status =
        code == SQLITE_DONE || code == SQLITE_ROW ? REEL_OK : fail_db(((sqlite_store *)store)->db);
    sqlite3_reset(s);
    return status;
}

/* The row that `s` stands on, in the order of COLUMNS. */
static reel_status read_task(reel_task *out, reel_store *store, sqlite3_stmt *s)
{
    memset(out, 0, sizeof *out);
    copy_text(out->uuid, sizeof out->uuid, s, 0);
    out->key = sqlite3_column_int64(s, 1);
    copy_text(out->type, sizeof out->type, s, 2);
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
                                               : fail_db(((sqlite_store *)store)->db);
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
        status = fail_db(((sqlite_store *)store)->db);
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
    bind_text(s, 1, uuid);
    return read_one(out, store, s);
}

static reel_status list(reel_task *out, int *count, reel_store *store, int64_t key, int limit,
                        int offset)
{
    sqlite3_stmt *s = ready(store, SQL_LIST);
    sqlite3_bind_int64(s, 1, key);
    sqlite3_bind_int(s, 2, limit);
    sqlite3_bind_int(s, 3, offset);
    return read_many(out, count, store, s);
}

static reel_status next(reel_task *out, reel_store *store)
{
    return read_one(out, store, ready(store, SQL_NEXT));
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
    bind_text(s, 1, t->uuid);
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
    bind_text(s, 12, error); /* NULL stays NULL */
    reel_status status = run(changed, store, s);
    free(error);
    return status;
}

static reel_status set_file(int *changed, reel_store *store, const reel_task *task, int index,
                            const char *file)
{
    REEL_TRY(begin(store));
    sqlite3_stmt *s = ready(store, SQL_SET_FILE);
    bind_text(s, 1, task->uuid);
    sqlite3_bind_int(s, 2, index);
    bind_text(s, 3, file);
    sqlite3_bind_int64(s, 4, task->claim);
    reel_status status = run(changed, store, s);
    if (status == REEL_OK && *changed) {
        s = ready(store, SQL_HOLDS_FILES);
        bind_text(s, 1, task->uuid);
        status = run(NULL, store, s);
    }
    return end(store, status);
}

static reel_status clear_files(reel_store *store, const char *uuid)
{
    REEL_TRY(begin(store));
    sqlite3_stmt *s = ready(store, SQL_CLEAR_FILES);
    bind_text(s, 1, uuid);
    reel_status status = run(NULL, store, s);
    if (status == REEL_OK) {
        s = ready(store, SQL_CLEAR_HOLDS);
        bind_text(s, 1, uuid);
        status = run(NULL, store, s);
    }
    return end(store, status);
}

static reel_status purge(reel_store *store, int64_t before_ms)
{
    sqlite3_stmt *s = ready(store, SQL_PURGE);
    sqlite3_bind_int64(s, 1, before_ms);
    return run(NULL, store, s);
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
        status = fail_db(((sqlite_store *)store)->db);
    }
    sqlite3_reset(s);
    return status;
}

static void close_store(reel_store *store)
{
    sqlite_store *s = (sqlite_store *)store;
    for (int i = 0; i < SQL_COUNT_STATEMENTS; i++) {
        sqlite3_finalize(s->statements[i]);
    }
    sqlite3_close(s->db);
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
                                            .close = close_store };

static reel_status execute(sqlite3 *db, const char *text)
{
    return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK ? REEL_OK : fail_db(db);
}

static reel_status read_version(int *version, sqlite3 *db)
{
    sqlite3_stmt *s = NULL;
    *version = 0;
    int found = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK &&
                sqlite3_step(s) == SQLITE_ROW;
    if (found) {
        *version = sqlite3_column_int(s, 0);
    }
    reel_status status = found ? REEL_OK : fail_db(db);
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
        REEL_TRY(execute(db, "BEGIN IMMEDIATE"));
        reel_status status = execute(db, migrations[version]);
        status = status < 0 ? status : execute(db, mark);
        if (status < 0) {
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
            return status;
        }
    }
    return REEL_OK;
}

static reel_status set_up(sqlite_store *store)
{
    sqlite3_extended_result_codes(store->db, 0);
    sqlite3_busy_timeout(store->db, 5000);
    REEL_TRY(execute(store->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                "PRAGMA foreign_keys = ON"));
    REEL_TRY(migrate(store->db));
    for (int i = 0; i < SQL_COUNT_STATEMENTS; i++) {
        if (sqlite3_prepare_v3(store->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statements[i], NULL) != SQLITE_OK) {
            return fail_db(store->db);
        }
    }
    return REEL_OK;
}

reel_status reel_store_sqlite_open(reel_store **out, const char *path)
{
    *out = NULL;
    sqlite_store *store = calloc(1, sizeof *store);
    if (!store) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the task database");
    }
    store->base.methods = &methods;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    reel_status status = sqlite3_open_v2(path, &store->db, flags, NULL) == SQLITE_OK
                             ? set_up(store)
                             : fail_db(store->db);
    if (status < 0) {
        reel_fail_in(status, "%s", path);
        close_store(&store->base);
        return status;
    }
    *out = &store->base;
    return REEL_OK;
}
