/* Threads for what waits for others: downloads, decoding. The threads that carry bytes hand such
 * work over and go on. */
#ifndef REEL_SERVER_ERRANDS_H
#define REEL_SERVER_ERRANDS_H

#include "reel/status.h"

typedef struct reel_errands reel_errands;

/* Runs on one of the threads. */
typedef void reel_errand(void *user);

/* At most `depth` errands wait. Owned by the caller, released with reel_errands_close(). */
reel_status reel_errands_open(reel_errands **out, int threads, int depth);

/* Hand over an errand; from any thread. 0 when too many wait or the errands were stopped, and then
 * it is not run; else it is run exactly once. */
int reel_errands_add(reel_errands *errands, reel_errand *errand, void *user);

/* Run what waits, then end the threads; nothing is taken from now on. */
void reel_errands_stop(reel_errands *errands);

/* Stopped or not, once nobody can add any more. NULL is legal. */
void reel_errands_close(reel_errands *errands);

#endif
