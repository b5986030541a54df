/* Where the time of a pass goes: calls and seconds per kernel and scope.
 *
 * Set rt->profile before the pass; the runs of all kernels, forward and backward, then add up in
 * its rows until it is cleared. A profile belongs to one runtime at a time. */
#ifndef REEL_TENSOR_PROFILE_H
#define REEL_TENSOR_PROFILE_H

#include "reel/status.h"

#include <stdint.h>

typedef struct {
    char scope[96];     /* "dit/block 3/self_attention" */
    const char *kernel; /* "linear.backward": a name of the program, never freed */
    int64_t calls;
    double seconds;     /* on the clock */
    double cpu_seconds; /* of all threads: what neighbours on the machine do not change */
} reel_profile_row;

enum { REEL_PROFILE_ROWS = 2048 }; /* kernels of further scopes add up in the last row */

typedef struct {
    reel_profile_row *rows;
    int count;
    double started, cpu_started;
} reel_profile;

/* Owned by the caller, released with reel_profile_deinit() (legal on a zeroed struct). */
reel_status reel_profile_init(reel_profile *profile);
void reel_profile_deinit(reel_profile *profile);
void reel_profile_clear(reel_profile *profile);

/* Around the run of a kernel; end returns `status`. */
void reel_profile_begin(reel_profile *profile);
reel_status reel_profile_end(reel_profile *profile, const char *scope, const char *kernel,
                             reel_status status);

#endif
