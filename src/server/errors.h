/* Error objects of the API: code, message, parameter and what else helps a client. */
#ifndef REEL_SERVER_ERRORS_H
#define REEL_SERVER_ERRORS_H

#include <jansson.h>

/* {code, message, parameter}. `parameter` is a path ("settings.audio") or NULL. Owned by the
 * caller, released with json_decref(); NULL without memory. */
json_t *reel_error_new(const char *code, const char *parameter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for two or more parameters that concern each other: `parameter` is then an array.
 * `parameters` is a list separated by spaces. */
json_t *reel_error_new_between(const char *code, const char *parameters, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Codes whose status is not 400, for the docs: number `index` from 0. 0 behind the last one. */
int reel_error_code_get(const char **code, int *http_status, int index);

/* The HTTP status of a REST reply that holds nothing but this error. */
int reel_error_http_status(const json_t *error);

/* What a client that meets a fault of ours is told. What it was goes to the log. */
json_t *reel_error_internal(const char *what);

enum { REEL_CLIPPED_SIZE = 68 };

/* The first 64 bytes of a text, cut between characters: for words of a stranger in a message. */
void reel_clip_text(char out[REEL_CLIPPED_SIZE], const char *text);

/* "MP4 WEBM" -> ["MP4", "WEBM"]. NULL without memory. */
json_t *reel_words_to_array(const char *words);

#endif
