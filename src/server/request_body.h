/* A body of bytes from outside, as an array of tasks. */
#ifndef REEL_SERVER_REQUEST_BODY_H
#define REEL_SERVER_REQUEST_BODY_H

#include <jansson.h>
#include <stddef.h>

/* [own] what one body may hold */
enum {
    REEL_BODY_TASKS = 64,
    REEL_BODY_DEPTH = 16,     /* brackets within brackets */
    REEL_BODY_VALUES = 65536, /* JSON values: each costs far more memory than its text */
};

/* Any JSON value in `body`, within these bounds. Owned by the caller, released with json_decref().
 * NULL when it is none; *error then says why, owned by the caller (NULL without memory). */
json_t *reel_request_body_load(json_t **error, const char *body, size_t length);

/* The array of tasks in `body`, owned by the caller, released with json_decref(). NULL when it is
 * not one, or more than the above; *error then says why, owned by the caller (NULL without memory).
 */
json_t *reel_request_body_parse(json_t **error, const char *body, size_t length);

#endif
