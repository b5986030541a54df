/* The thread's last failure: a code and one line of text. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_SIZE = 1024 };

static _Thread_local char message[MESSAGE_SIZE] = "no error";

const char *reel_status_name(reel_status status)
{
    switch (status) {
    case REEL_OK:
        return "ok";
    case REEL_ERR_INVALID:
        return "invalid";
    case REEL_ERR_SHAPE:
        return "shape";
    case REEL_ERR_FORMAT:
        return "format";
    case REEL_ERR_NOT_FOUND:
        return "not found";
    case REEL_ERR_UNSUPPORTED:
        return "unsupported";
    case REEL_ERR_MEMORY:
        return "memory";
    case REEL_ERR_IO:
        return "io";
    case REEL_ERR_CANCELLED:
        return "cancelled";
    case REEL_ERR_INTERNAL:
        return "internal";
    }
    return "unknown";
}

const char *reel_error_message(void)
{
    return message;
}

/* A message is one line whatever it quotes: text from outside may hold control characters. */
static void flatten(char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            *text = ' ';
        }
    }
}

reel_status reel_fail(reel_status code, const char *format, ...)
{
    char text[MESSAGE_SIZE]; /* the arguments may quote the old message */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    flatten(text);
    memcpy(message, text, sizeof message);
    return code;
}

reel_status reel_fail_in(reel_status code, const char *format, ...)
{
    char where[MESSAGE_SIZE / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(where, sizeof where, format, args);
    va_end(args);
    return reel_fail(code, "%s: %s", where, message);
}
