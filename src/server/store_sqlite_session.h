/* One connection to the SQLite file, as each kind of row uses it: opened alike, one way to run a
 * statement, one wording of failures. */
#ifndef REEL_SERVER_STORE_SQLITE_SESSION_H
#define REEL_SERVER_STORE_SQLITE_SESSION_H

#include "reel/status.h"

#include <sqlite3.h>
#include <stddef.h>

/* Open or make the file: write-ahead log, every commit on disk, foreign keys. Owned by the caller,
 * released with reel_sqlite_close(), also after a failure. */
reel_status reel_sqlite_open(sqlite3 **out, const char *path);

/* REEL_ERR_IO with what SQLite says. */
reel_status reel_sqlite_fail(sqlite3 *db);

/* Run statements without parameters. */
reel_status reel_sqlite_execute(sqlite3 *db, const char *text);

/* Prepare `count` statements for long use, released with reel_sqlite_close(), also after a
 * failure. */
reel_status reel_sqlite_prepare(sqlite3_stmt **out, sqlite3 *db, const char *const *sql, int count);

/* Release `count` statements, NULL or not, and the connection. */
void reel_sqlite_close(sqlite3 *db, sqlite3_stmt *const *statements, int count);

/* Forget the last use of a statement. Gives it back. */
sqlite3_stmt *reel_sqlite_ready(sqlite3_stmt *s);

/* Run a statement that returns no row; *changed (may be NULL) receives how many rows it changed. */
reel_status reel_sqlite_run(int *changed, sqlite3_stmt *s);

/* NULL is the SQL NULL. The text is copied. */
void reel_sqlite_bind_text(sqlite3_stmt *s, int place, const char *text);

/* A column as text, "" for NULL, cut to fit. */
void reel_sqlite_copy_text(char *out, size_t size, sqlite3_stmt *s, int column);

#endif
