/* Typed, bounded access to JSON (jansson) with errors that name the field. */
#ifndef REEL_BASE_JSON_H
#define REEL_BASE_JSON_H

#include "reel/status.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Read a file that holds one JSON object. Owned by the caller, released with json_decref(). */
reel_status reel_json_load(json_t **out, const char *path);
/* The same from `length` bytes; `where` names them in errors. */
reel_status reel_json_parse(json_t **out, const char *text, size_t length, const char *where);
/* Write compactly sorted keys, atomically. */
reel_status reel_json_save(const json_t *value, const char *path);

/* Fields of an object. A missing key leaves *out as it is (the default); a wrong type or a number
 * outside [low, high] is REEL_ERR_FORMAT and names the key. */
reel_status reel_json_int(int *out, const json_t *object, const char *key, int low, int high);
reel_status reel_json_i64(int64_t *out, const json_t *object, const char *key, int64_t low,
                          int64_t high);
reel_status reel_json_double(double *out, const json_t *object, const char *key, double low,
                             double high);
reel_status reel_json_float(float *out, const json_t *object, const char *key, double low,
                            double high);
reel_status reel_json_bool(int *out, const json_t *object, const char *key);
/* Borrowed from the object. */
reel_status reel_json_string(const char **out, const json_t *object, const char *key);
/* Fills out[0..count-1] from an array of exactly `count` integers. */
reel_status reel_json_ints(int *out, int count, const json_t *object, const char *key, int low,
                           int high);

/* REEL_ERR_FORMAT naming the first key of `object` that is not in the NULL-terminated list. */
reel_status reel_json_only(const json_t *object, const char *const *keys);

#endif
