/* How clients name media: the UUID of something stored, a URL, or the bytes themselves. */
#ifndef REEL_SERVER_MEDIA_TEXT_H
#define REEL_SERVER_MEDIA_TEXT_H

#include "reel/status.h"

#include <stdint.h>

typedef enum {
    REEL_MEDIA_TEXT_NONE,  /* none of the following */
    REEL_MEDIA_TEXT_UUID,  /* version 4 */
    REEL_MEDIA_TEXT_URL,   /* http:// or https:// */
    REEL_MEDIA_TEXT_BASE64 /* bare, or behind "data:TYPE;base64," */
} reel_media_text_kind;

/* Tell the forms apart, in this order. *base64 (may be NULL) receives where the digits begin,
 * borrowed from `text`, or NULL. What a data URI says of its type is not looked at. */
reel_media_text_kind reel_media_text_classify(const char **base64, const char *text);

/* Write the bytes that `base64` stands for to `file`. Fails with REEL_ERR_FORMAT (no base64, or
 * more than `limit` bytes), REEL_ERR_IO. */
reel_status reel_media_text_decode(int file, const char *base64, int64_t limit);

#endif
