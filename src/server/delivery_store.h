/* Where the calls that are still to be made are kept. The task store makes a row with every result
 * and failure of a task that has a webhookURL, in the same transaction. */
#ifndef REEL_SERVER_DELIVERY_STORE_H
#define REEL_SERVER_DELIVERY_STORE_H

#include "reel/status.h"
#include "server/task.h"

#include <stdint.h>

enum { REEL_DELIVERY_URL_SIZE = 8192, REEL_DELIVERY_OF_FAILURE = -1 };

/* One call: of film `place` of a task, or of its failure. */
typedef struct {
    int64_t id;
    char uuid[REEL_UUID_SIZE]; /* of the task */
    int place;
    char url[REEL_DELIVERY_URL_SIZE];
    int attempt; /* 1 the first time */
} reel_delivery;

typedef struct reel_delivery_store reel_delivery_store;

/* Every function is called by one thread at a time. */
typedef struct {
    /* The call that is due longest; it becomes due again at `again_ms` and counts one attempt more,
     * both on disk before this returns. REEL_ERR_NOT_FOUND when none is due. */
    reel_status (*take)(reel_delivery *out, reel_delivery_store *store, int64_t now_ms,
                        int64_t again_ms);
    reel_status (*postpone)(reel_delivery_store *store, int64_t id, int64_t due_ms);
    reel_status (*remove)(reel_delivery_store *store, int64_t id);
    void (*close)(reel_delivery_store *store);
} reel_delivery_store_methods;

/* The first member of every implementation. */
struct reel_delivery_store {
    const reel_delivery_store_methods *methods;
};

/* Over the database that reel_store_sqlite_open() brought to its newest form. Owned by the caller,
 * released with store->methods->close(). */
reel_status reel_delivery_store_sqlite_open(reel_delivery_store **out, const char *path);

#endif
