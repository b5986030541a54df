/* Does a task hold only known parameters, of the right types and within their ranges? */
#ifndef REEL_SERVER_CHECK_PARAMETERS_H
#define REEL_SERVER_CHECK_PARAMETERS_H

#include "server/parameters.h"

#include <jansson.h>

/* Check an object against a table, each parameter for itself.
 *
 * error    NULL when there is nothing to say; else the first fault found, owned by the caller
 * returns  non-zero if it is good; zero with *error NULL only without memory */
int reel_check_object(json_t **error, const json_t *object, const reel_parameter_table *table);

/* The same for a videoInference task. */
int reel_check_parameters(json_t **error, const json_t *task);

#endif
