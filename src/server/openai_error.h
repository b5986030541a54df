/* Errors as clients of the OpenAI API expect them. */
#ifndef REEL_SERVER_OPENAI_ERROR_H
#define REEL_SERVER_OPENAI_ERROR_H

#include <jansson.h>

/* {"error": {"message", "type", "param", "code"}} from an error object of errors.h (borrowed) and
 * the HTTP status that goes with it. Whatever else the error says (allowedValues, min, max) is kept
 * beside these. Owned by the caller, released with json_decref(); NULL without memory. */
json_t *reel_openai_error_new(const json_t *error, unsigned http_status);

#endif
