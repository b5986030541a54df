/* Where tasks are kept: rows and conditional updates, no rules. queue.c knows the rules. */
#ifndef REEL_SERVER_STORE_H
#define REEL_SERVER_STORE_H

#include "reel/status.h"
#include "server/task.h"

#include <stddef.h>
#include <stdint.h>

/* One change of one row, made only if the row is as expected. */
typedef struct {
    const char *uuid;
    int64_t key;   /* negative: any */
    int64_t claim; /* negative: any */
    reel_task_state from, to;
    int progress;           /* negative: as it is */
    int attempt_change;     /* added to the attempt */
    int starts;             /* non-zero: a new claim, started now */
    int64_t now_ms;         /* started or finished at */
    int64_t lease_until_ms; /* of a running task */
    int64_t expires_ms;     /* of a task that ends here */
    int64_t ready_ms;       /* of a task that waits: not before; 0: at once */
    const json_t *error;    /* NULL: none */
} reel_transition;

typedef struct {
    int64_t queued, running;
    int64_t queued_for_key;
} reel_store_counts;

/* What was finished, and paid for. */
typedef struct {
    int64_t films;
    double cost; /* USD */
} reel_store_usage;

/* A part of the list of tasks. */
typedef struct {
    int64_t key;       /* negative: any */
    const char *after; /* the task before the first one; NULL: from the beginning */
    int is_ascending;  /* oldest first, else newest first */
    int limit;
} reel_store_page;

enum { REEL_EXPIRY_DELETED = 1 }; /* expires_ms of a task that its owner deleted */

typedef struct reel_store reel_store;

/* Every function is called by one thread at a time (the queue holds a lock). Tasks that come out
 * are owned by the caller, released with reel_task_deinit(). */
typedef struct {
    /* REEL_ERR_INVALID when the uuid is taken; nothing is written then. */
    reel_status (*insert)(reel_store *store, const reel_task *task);
    /* REEL_ERR_NOT_FOUND */
    reel_status (*find)(reel_task *out, reel_store *store, const char *uuid);
    /* Up to page->limit tasks, without the deleted ones. */
    reel_status (*list)(reel_task *out, int *count, reel_store *store, const reel_store_page *page);
    /* The oldest queued task that is ready, unchanged. REEL_ERR_NOT_FOUND when none is. */
    reel_status (*next)(reel_task *out, reel_store *store, int64_t now_ms);
    /* Running tasks whose lease ended before `now_ms`. */
    reel_status (*stale)(reel_task *out, int *count, reel_store *store, int64_t now_ms, int limit);
    /* Ended tasks that expired before `now_ms` and still hold files. */
    reel_status (*expired)(reel_task *out, int *count, reel_store *store, int64_t now_ms,
                           int limit);
    /* *changed is 1 when the row was as expected, else 0. */
    reel_status (*change)(int *changed, reel_store *store, const reel_transition *transition);
    /* The file of one result, if the claim still holds. */
    reel_status (*set_file)(int *changed, reel_store *store, const reel_task *task, int index,
                            const char *file, int flagged);
    /* Blank the files of an expired task. */
    reel_status (*clear_files)(reel_store *store, const char *uuid);
    /* Remove rows that expired before `before_ms` and hold no files. */
    reel_status (*purge)(reel_store *store, int64_t before_ms);
    reel_status (*count)(reel_store_counts *out, reel_store *store, int64_t key);
    /* Of `key` (negative: any) since a day, counted from 1970 in UTC. Rows outlive their tasks. */
    reel_status (*usage)(reel_store_usage *out, reel_store *store, int64_t key, int64_t since_day);
    void (*close)(reel_store *store);
} reel_store_methods;

/* The first member of every implementation. */
struct reel_store {
    const reel_store_methods *methods;
};

/* Open or make the database at `path` and bring it to the newest form. Write-ahead log, every
 * commit on disk before it returns. Owned by the caller, released with store->methods->close(). */
reel_status reel_store_sqlite_open(reel_store **out, const char *path);

#endif
