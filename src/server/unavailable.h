/* What the API has and this server cannot do yet. */
#ifndef REEL_SERVER_UNAVAILABLE_H
#define REEL_SERVER_UNAVAILABLE_H

#include <jansson.h>

/* Refuse the first thing in a good task that would not be done. Fills *error as
 * reel_check_parameters() does. */
int reel_check_available(json_t **error, const json_t *task);

/* The path of row `index` from 0 of what is missing, for the docs; NULL behind the last one.
 * Static.
 */
const char *reel_unavailable_get(int index);

#endif
