/* A growing string with a maximum given at birth. */
#ifndef REEL_BASE_STR_H
#define REEL_BASE_STR_H

#include "reel/status.h"

#include <stddef.h>

typedef struct {
    char *text; /* always terminated; "" when empty */
    size_t length, capacity, limit;
    reel_status status; /* sticky: REEL_ERR_MEMORY once the limit was met */
} reel_str;

/* Owned by the caller, released with reel_str_deinit(). `limit` counts bytes without the NUL. */
void reel_str_init(reel_str *s, size_t limit);
void reel_str_deinit(reel_str *s);
void reel_str_clear(reel_str *s);

/* Appending past the limit changes nothing and sets s->status. */
void reel_str_append(reel_str *s, const char *text);
void reel_str_append_bytes(reel_str *s, const void *bytes, size_t count);
void reel_str_printf(reel_str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Non-zero if `text` of `length` bytes is well-formed UTF-8 without NUL (RFC 3629). */
int reel_utf8_is_valid(const char *text, size_t length);

#endif
