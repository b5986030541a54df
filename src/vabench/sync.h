/* Whether what is seen and what is heard happen together. */
#ifndef REEL_VABENCH_SYNC_H
#define REEL_VABENCH_SYNC_H

#include "vabench/impacts.h"
#include "vabench/onsets.h"

/* Together: not farther apart than this. The same event, early or late: up to REEL_SYNC_REACH. */
#define REEL_SYNC_SECONDS 0.080
#define REEL_SYNC_REACH   0.250

/* Events this near to the beginning or the end of a film are not counted, for the picture shows
 * too little of their path; they may still be the partner of one that is. */
#define REEL_SYNC_HEAD 0.10
#define REEL_SYNC_TAIL 0.15

enum { REEL_SYNC_ERRORS = 251 };

/* Sums over films; zeroed at first. */
typedef struct {
    int impacts, heard;           /* impacts seen; of these with a sound within REEL_SYNC_SECONDS */
    int onsets, seen;             /* sounds heard; of these with an impact as near */
    int errors[REEL_SYNC_ERRORS]; /* impacts by milliseconds to their partner */
} reel_sync;

/* Pair the impacts of one film with onsets, one to one, nearest first, and add what comes out.
 * `seconds` is the length of the film. */
void reel_sync_add(reel_sync *sums, const reel_impacts *impacts, const reel_onsets *onsets,
                   double seconds);

void reel_sync_sum(reel_sync *sums, const reel_sync *more);

/* Median milliseconds between an impact and its partner, matched or not within REEL_SYNC_SECONDS;
 * -1 without partners. */
double reel_sync_median_ms(const reel_sync *sums);

#endif
