/* Raising and passing on failures inside the library. */
#ifndef REEL_BASE_ERROR_H
#define REEL_BASE_ERROR_H

#include "reel/status.h"

/* Store one line of text for this thread and return `code`:
 *     return REEL_FAIL(REEL_ERR_SHAPE, "weight is %s, expected %s", a, b); */
reel_status reel_fail(reel_status code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Put where-it-happened in front of the stored message while the error travels up:
 *     return reel_fail_in(status, "%s", path);   ->   "clip.mp4: no audio track" */
reel_status reel_fail_in(reel_status code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define REEL_FAIL(code, ...) reel_fail((code), __VA_ARGS__)

/* For functions that own nothing yet. */
#define REEL_TRY(call)                                                                             \
    do {                                                                                           \
        reel_status try_status_ = (call);                                                          \
        if (try_status_ < 0) {                                                                     \
            return try_status_;                                                                    \
        }                                                                                          \
    } while (0)

/* For functions that own something: needs a local `reel_status status` and a label `done`. */
#define REEL_TRY_OR_DONE(call)                                                                     \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status < 0) {                                                                          \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

#endif
