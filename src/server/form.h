/* Forms: multipart/form-data and application/x-www-form-urlencoded as a JSON object. */
#ifndef REEL_SERVER_FORM_H
#define REEL_SERVER_FORM_H

#include <jansson.h>
#include <microhttpd.h>
#include <stddef.h>

enum { REEL_FORM_FIELDS_MAX = 64 };

/* Read a whole body; the request's Content-Type names its kind and its boundary. Fields are
 * strings, files are strings of base64; a field "a[b]" is the member b of an object a. Owned by the
 * caller, released with json_decref(). NULL with *error (owned by the caller; NULL without memory)
 * when the body is no form, ends in the middle, or holds too many fields, a field twice, or text
 * that is not UTF-8. */
json_t *reel_form_parse(json_t **error, struct MHD_Connection *connection, const char *body,
                        size_t length);

#endif
