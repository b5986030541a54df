/* Does a task hold only known parameters, of the right types and within their ranges? */
#ifndef REEL_SERVER_CHECK_PARAMETERS_H
#define REEL_SERVER_CHECK_PARAMETERS_H

#include <jansson.h>

/* Check `task`, an object, against the table of parameters.h, each parameter for itself.
 *
 * error    NULL when there is nothing to say; else the first fault found, owned by the caller
 * returns  non-zero if the task is good; zero with *error NULL only without memory */
int reel_check_parameters(json_t **error, const json_t *task);

#endif
