/* The media that a videoInference task brings: found, or taken in, before it is acknowledged. */
#ifndef REEL_SERVER_INPUTS_H
#define REEL_SERVER_INPUTS_H

#include "server/media.h"

#include <jansson.h>

/* Non-zero if the task brings any. */
int reel_inputs_are_given(const json_t *task);

/* Make every input of a task that was found good the UUID of something stored: UUIDs are looked up,
 * URLs, data URIs and base64 taken in, and what is known of each is held against the bounds of the
 * model page. Non-zero when all are there; else *error as reel_check_parameters() fills it, and the
 * task may be changed in part. Waits for others. */
int reel_inputs_settle(json_t **error, json_t *task, reel_media_library *library, int64_t key);

#endif
