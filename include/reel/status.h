/* Status codes of every fallible function, and the text of the last failure. */
#ifndef REEL_STATUS_H
#define REEL_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Every fallible function returns a reel_status: 0 on success, negative on failure.
 * On failure one line of text is stored for the calling thread; see reel_error_message(). */
typedef enum {
    REEL_OK = 0,
    REEL_ERR_INVALID = -1,     /* the caller broke the contract of a public function */
    REEL_ERR_SHAPE = -2,       /* tensors do not fit together */
    REEL_ERR_FORMAT = -3,      /* a file or a request is malformed */
    REEL_ERR_NOT_FOUND = -4,   /* file, weight, task or row is absent */
    REEL_ERR_UNSUPPORTED = -5, /* well-formed, but this build or device cannot do it */
    REEL_ERR_MEMORY = -6,      /* host or device memory is exhausted */
    REEL_ERR_IO = -7,          /* read, write, network */
    REEL_ERR_CANCELLED = -8,   /* a progress callback asked to stop */
    REEL_ERR_INTERNAL = -9     /* a bug of ours */
} reel_status;

/* Name of a code, e.g. "shape". Static string, never NULL. */
const char *reel_status_name(reel_status status);

/* Text of the last failure on this thread: one line, no trailing period.
 * Borrowed until the next failing call on the same thread. Never NULL. */
const char *reel_error_message(void);

#ifdef __cplusplus
}
#endif
#endif
