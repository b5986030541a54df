/* Growing strings, and a check of UTF-8. */
#include "base/str.h"

#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty[1] = "";

void reel_str_init(reel_str *s, size_t limit)
{
    *s = (reel_str){ .text = empty, .limit = limit };
}

void reel_str_deinit(reel_str *s)
{
    if (s->capacity) {
        free(s->text);
    }
    *s = (reel_str){ .text = empty };
}

void reel_str_clear(reel_str *s)
{
    s->length = 0;
    if (s->capacity) {
        s->text[0] = 0;
    }
}

static int reserve(reel_str *s, size_t more)
{
    if (s->status < 0) {
        return 0;
    }
    if (more > s->limit - s->length) {
        s->status = REEL_FAIL(REEL_ERR_MEMORY, "text is over its limit of %zu bytes", s->limit);
        return 0;
    }
    size_t need = s->length + more + 1;
    if (need <= s->capacity) {
        return 1;
    }
    size_t capacity = s->capacity ? s->capacity : 64;
    while (capacity < need) {
        capacity *= 2;
    }
    char *text = realloc(s->capacity ? s->text : NULL, capacity);
    if (!text) {
        s->status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for a text of %zu bytes", capacity);
        return 0;
    }
    text[s->length] = 0;
    s->text = text;
    s->capacity = capacity;
    return 1;
}

void reel_str_append_bytes(reel_str *s, const void *bytes, size_t count)
{
    if (reserve(s, count)) {
        memcpy(s->text + s->length, bytes, count);
        s->length += count;
        s->text[s->length] = 0;
    }
}

void reel_str_append(reel_str *s, const char *text)
{
    reel_str_append_bytes(s, text, strlen(text));
}

void reel_str_printf(reel_str *s, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int count = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (count >= 0 && reserve(s, (size_t)count)) {
        vsnprintf(s->text + s->length, (size_t)count + 1, format, again);
        s->length += (size_t)count;
    }
    va_end(again);
}

int reel_utf8_is_valid(const char *text, size_t length)
{
    const unsigned char *p = (const unsigned char *)text, *end = p + length;
    while (p < end) {
        unsigned lead = *p++;
        int follow = lead < 0x80   ? 0
                     : lead < 0xC2 ? -1
                     : lead < 0xE0 ? 1
                     : lead < 0xF0 ? 2
                     : lead < 0xF5 ? 3
                                   : -1;
        if (follow < 0 || lead == 0 || end - p < follow) {
            return 0;
        }
        unsigned first = follow ? *p : 0x80;
        unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (first < low || first > high) {
            return 0;
        }
        for (int i = 1; i < follow; i++) {
            if ((p[i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        p += follow;
    }
    return 1;
}
