/* Giving up what a process may do, before it touches bytes that nobody vouches for. */
#ifndef REEL_BASE_CONFINE_H
#define REEL_BASE_CONFINE_H

#include "reel/status.h"

#include <stddef.h>

typedef struct {
    size_t memory_bytes; /* of all that is allocated from now on and before */
    int cpu_seconds;
    size_t output_bytes; /* the largest size of the file at descriptor 1 */
} reel_confinement;

/* From here on this process can read descriptors 0 and 1, write descriptor 1, compute and end; it
 * has no way to files, network, other processes or executable memory (seccomp, for good), and it
 * ends with its parent. It must have one thread. Fails with REEL_ERR_UNSUPPORTED when the kernel
 * offers no such thing; nothing hostile may be read then. */
reel_status reel_confine(const reel_confinement *limits);

#endif
