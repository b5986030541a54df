/* Tasks as the video objects of the OpenAI API. */
#ifndef REEL_SERVER_VIDEO_OBJECT_H
#define REEL_SERVER_VIDEO_OBJECT_H

#include "server/task.h"

#include <jansson.h>

enum { REEL_VIDEO_ID_SIZE = 39 }; /* "video_", 32 hexadecimal digits, and a NUL */

/* The id of a task's video: its uuid without dashes. */
void reel_video_id(char out[REEL_VIDEO_ID_SIZE], const char *uuid);

/* The uuid behind an id, in lower case; 0 when it is none of ours. */
int reel_video_uuid(char out[REEL_UUID_SIZE], const char *id);

/* {id, object, model, status, progress, created_at, completed_at, expires_at, seconds, size,
 * prompt, error, remixed_from_video_id}. Owned by the caller, released with json_decref(); NULL
 * without memory. */
json_t *reel_video_object(const reel_task *task);

#endif
