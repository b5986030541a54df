/* What goes between the two processes of an intake: one file in memory, at descriptor 1 of the
 * child. Both are the same program, so plain structs will do; the parent believes none of it. */
#ifndef REEL_MEDIA_INTAKE_JOB_H
#define REEL_MEDIA_INTAKE_JOB_H

#include "reel/intake.h"

#include <stdint.h>

enum { REEL_INTAKE_MAGIC = 0x52494a32, REEL_INTAKE_MESSAGE_SIZE = 256 };

/* At the start of the file. */
typedef struct {
    uint32_t magic;
    int wants_clip;
    reel_intake_options options;
} reel_intake_job;

/* After the job; rgb and pcm of the clip follow. */
typedef struct {
    uint32_t magic;
    int status; /* reel_status */
    char message[REEL_INTAKE_MESSAGE_SIZE];
    reel_media_facts facts;
    reel_clip clip; /* its pointers mean nothing */
} reel_intake_outcome;

#endif
