/* The one log sink. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static reel_log_fn sink_fn;
static void *sink_user;

void reel_log_set(reel_log_fn sink, void *user)
{
    sink_fn = sink;
    sink_user = user;
}

void reel_log(reel_log_level level, const char *format, ...)
{
    if (!sink_fn) {
        return;
    }
    char line[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    sink_fn(level, line, sink_user);
}
