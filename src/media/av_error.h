/* Failures and log lines of libav* in the words of this project. */
#ifndef REEL_MEDIA_AV_ERROR_H
#define REEL_MEDIA_AV_ERROR_H

#include "reel/status.h"

/* Store "WHERE: text of av_strerror(code)" and return the status that fits `code` (an AVERROR):
 *     return reel_av_fail(code, "%s: track %d", path, index); */
reel_status reel_av_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Send the log lines of libav* to reel_log() at debug level; every entry of this room calls it, the
 * first call acts. Without it libav* writes to stderr. */
void reel_av_log_init(void);

#endif
