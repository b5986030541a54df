/* Forms of media inputs, and base64 (RFC 4648) piece by piece. */
#include "server/media_text.h"

#include "base/error.h"
#include "server/uuid.h"

#include <errno.h>
#include <nettle/base64.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { PIECE = 48 << 10 }; /* digits decoded at once */

static int is_url(const char *text)
{
    size_t scheme = strncasecmp(text, "https://", 8) == 0  ? 8
                    : strncasecmp(text, "http://", 7) == 0 ? 7
                                                           : 0;
    if (scheme == 0 || !text[scheme] || text[scheme] == '/') {
        return 0;
    }
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7f) {
            return 0;
        }
    }
    return 1;
}

static int is_base64(const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = strspn(text, digits);
    size_t padding = strspn(text + length, "=");
    return length > 0 && padding <= 2 && !text[length + padding] && (length + padding) % 4 == 0;
}

reel_media_text_kind reel_media_text_classify(const char **base64, const char *text)
{
    const char *ignored;
    base64 = base64 ? base64 : &ignored;
    *base64 = NULL;
    if (strncasecmp(text, "data:", 5) == 0) {
        const char *comma = strchr(text, ',');
        int is_data = comma && comma - text >= 5 + 7 && strncmp(comma - 7, ";base64", 7) == 0 &&
                      is_base64(comma + 1);
        *base64 = is_data ? comma + 1 : NULL;
        return is_data ? REEL_MEDIA_TEXT_BASE64 : REEL_MEDIA_TEXT_NONE;
    }
    if (reel_uuid_is_v4(text)) {
        return REEL_MEDIA_TEXT_UUID;
    }
    if (is_url(text)) {
        return REEL_MEDIA_TEXT_URL;
    }
    *base64 = is_base64(text) ? text : NULL;
    return *base64 ? REEL_MEDIA_TEXT_BASE64 : REEL_MEDIA_TEXT_NONE;
}

static reel_status write_all(int file, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(file, bytes, size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return REEL_FAIL(REEL_ERR_IO, "the server cannot store it");
        }
        bytes += count;
        size -= (size_t)count;
    }
    return REEL_OK;
}

reel_status reel_media_text_decode(int file, const char *base64, int64_t limit)
{
    struct base64_decode_ctx context;
    uint8_t bytes[BASE64_DECODE_LENGTH(PIECE)];
    size_t left = strlen(base64), padding = 0;
    while (padding < left && base64[left - 1 - padding] == '=') {
        padding++;
    }
    if ((int64_t)(left / 4 * 3) - (int64_t)padding > limit) {
        return REEL_FAIL(REEL_ERR_FORMAT, "it holds more than %lld bytes", (long long)limit);
    }
    base64_decode_init(&context);
    while (left > 0) {
        size_t piece = left < PIECE ? left : PIECE, size = sizeof bytes;
        if (!base64_decode_update(&context, &size, bytes, piece, base64)) {
            return REEL_FAIL(REEL_ERR_FORMAT, "it is no base64");
        }
        REEL_TRY(write_all(file, bytes, size));
        base64 += piece;
        left -= piece;
    }
    return base64_decode_final(&context) ? REEL_OK : REEL_FAIL(REEL_ERR_FORMAT, "it is no base64");
}
