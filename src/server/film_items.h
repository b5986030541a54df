/* What is told of one film of a task, or of its failure: the items of getResponse and webhooks. */
#ifndef REEL_SERVER_FILM_ITEMS_H
#define REEL_SERVER_FILM_ITEMS_H

#include "server/protocol.h"
#include "server/task.h"

#include <jansson.h>

/* Film `index` while it is being made, and once its file is there. `uuid` is the task's as the
 * client spells it. Owned by the caller; NULL without memory. */
json_t *reel_unfinished_item(const reel_task *task, const char *uuid, int index);
json_t *reel_film_item(const reel_protocol *protocol, const reel_task *task, const char *uuid,
                       int index);

/* The error of a task that failed or was cancelled, without its taskUUID. Owned by the caller; NULL
 * without memory. */
json_t *reel_failure_item(const reel_task *task);

#endif
