/* One walk over the line; each rule looks whether it applies here and how far it reaches. */
#include "base/redact.h"

#include <string.h>
#include <strings.h>

enum { DIGITS_MAX = 96 }; /* a SHA-256 in hexadecimal is no secret, nor is a path */

typedef struct {
    char *out;
    size_t size, length;
} target;

static void put(target *t, const char *text, size_t length)
{
    for (size_t i = 0; i < length && t->length + 1 < t->size; i++) {
        unsigned char c = (unsigned char)text[i];
        t->out[t->length++] = (char)(c < ' ' || c == 0x7f ? ' ' : c);
    }
}

static void put_stars(target *t)
{
    put(t, "***", 3);
}

static size_t digits_at(const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return strspn(text, digits);
}

/* After `name` and what may stand between it and its value: the value goes. */
static size_t skip_secret(target *t, const char *at, const char *name, const char *between)
{
    size_t length = strlen(name);
    if (strncasecmp(at, name, length) != 0) {
        return 0;
    }
    size_t gap = strspn(at + length, between);
    size_t value = strcspn(at + length + gap, " \t\"',}]\\");
    if (gap == 0 || value == 0) {
        return 0;
    }
    put(t, at, length + gap);
    put_stars(t);
    return length + gap + value;
}

/* http://user:password@host/path?query: host and path stay. */
static size_t skip_url(target *t, const char *at)
{
    size_t scheme = strncasecmp(at, "https://", 8) == 0  ? 8
                    : strncasecmp(at, "http://", 7) == 0 ? 7
                                                         : 0;
    if (scheme == 0) {
        return 0;
    }
    size_t all = strcspn(at, " \t\r\n\"'<>");
    size_t host = scheme + strcspn(at + scheme, "/?# \t\r\n\"'<>");
    put(t, at, scheme);
    size_t from = scheme;
    for (size_t i = scheme; i < host; i++) {
        if (at[i] == '@') {
            from = i + 1;
        }
    }
    size_t path = strcspn(at, "?#");
    path = path < all ? path : all;
    put(t, at + from, path > from ? path - from : 0);
    if (path < all) {
        put(t, at + path, 1);
        put_stars(t);
    }
    return all;
}

static size_t skip_base64(target *t, const char *at)
{
    size_t length = digits_at(at);
    if (length <= DIGITS_MAX) {
        put(t, at, length);
    } else {
        put_stars(t);
    }
    return length;
}

void reel_redact(char *out, size_t size, const char *line)
{
    target t = { out, size, 0 };
    while (*line) {
        size_t used = skip_secret(&t, line, "apiKey", "\\\"': =\t");
        used = used ? used : skip_secret(&t, line, "Bearer", " \t");
        used = used ? used : skip_url(&t, line);
        used = used ? used : skip_base64(&t, line);
        if (used == 0) {
            put(&t, line, 1);
            used = 1;
        }
        line += used;
    }
    if (size > 0) {
        out[t.length] = 0;
    }
}
