/* What a task asks of others than the engine: where its results go, who looks at them. */
#ifndef REEL_SERVER_DESTINATIONS_H
#define REEL_SERVER_DESTINATIONS_H

#include "server/protocol.h"

#include <jansson.h>

/* Non-zero if the URLs of a task that was found good may be called, as far as that can be told now,
 * and the check that it wants can be made. Fills *error as reel_check_parameters() does. */
int reel_check_destinations(json_t **error, const json_t *task, const reel_protocol *protocol);

#endif
