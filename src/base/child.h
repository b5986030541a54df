/* Running another program to its end. */
#ifndef REEL_BASE_CHILD_H
#define REEL_BASE_CHILD_H

#include "reel/status.h"

typedef struct {
    const char *program;      /* path; arguments[0] is its name */
    char *const *arguments;   /* ends with NULL */
    char *const *environment; /* ends with NULL */
    int input, output;        /* its descriptors 0 and 1; it gets no others but /dev/null as 2 */
    int seconds;              /* then it is killed */
    int (*is_stopped)(void *user); /* asked every second; non-zero kills it; may be NULL */
    void *user;
} reel_child;

/* How it ended. */
typedef struct {
    int exit_code; /* -1: by a signal */
    int signal;    /* 0: by itself */
    int is_late;   /* killed because its time was over */
} reel_child_end;

/* Both descriptors must lie above 2, or be what they replace. Fails with REEL_ERR_IO (it does not
 * start), REEL_ERR_CANCELLED (is_stopped); how it ended is no failure. From any thread. */
reel_status reel_child_run(reel_child_end *out, const reel_child *child);

#endif
