/* One table from AVERROR to reel_status, and the log callback of libav*. */
#include "media/av_error.h"

#include "base/error.h"
#include "base/log.h"

#include <libavutil/error.h>
#include <libavutil/log.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static reel_status status_of(int code)
{
    switch (code) {
    case AVERROR(ENOMEM):
        return REEL_ERR_MEMORY;
    case AVERROR(ENOENT):
    case AVERROR_STREAM_NOT_FOUND:
        return REEL_ERR_NOT_FOUND;
    case AVERROR_EOF:
    case AVERROR_INVALIDDATA:
    case AVERROR(EINVAL):
    case AVERROR(ERANGE):
    case AVERROR_EXTERNAL: /* what zlib and others say of damaged data */
        return REEL_ERR_FORMAT;
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
    case AVERROR_PATCHWELCOME:
    case AVERROR(ENOSYS):
        return REEL_ERR_UNSUPPORTED;
    case AVERROR_EXIT:
        return REEL_ERR_CANCELLED;
    case AVERROR_BUG:
    case AVERROR_BUG2:
        return REEL_ERR_INTERNAL;
    default:
        return REEL_ERR_IO;
    }
}

reel_status reel_av_fail(int code, const char *format, ...)
{
    char where[512], text[AV_ERROR_MAX_STRING_SIZE] = "";
    va_list args;
    va_start(args, format);
    vsnprintf(where, sizeof where, format, args);
    va_end(args);
    av_strerror(code, text, sizeof text);
    return REEL_FAIL(status_of(code), "%s: %s", where, text);
}

static void forward_line(void *sender, int level, const char *format, va_list args)
{
    if (level > AV_LOG_WARNING) {
        return;
    }
    char line[1024];
    int print_prefix = 1;
    av_log_format_line2(sender, level, format, args, line, sizeof line, &print_prefix);
    line[strcspn(line, "\r\n")] = 0;
    reel_log(REEL_LOG_DEBUG, "%s", line);
}

static void install(void)
{
    av_log_set_callback(forward_line);
}

void reel_av_log_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
}
