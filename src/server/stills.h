/* Pictures of a finished film, kept beside it: its first frame, and sixteen frames on a sheet. */
#ifndef REEL_SERVER_STILLS_H
#define REEL_SERVER_STILLS_H

#include "reel/clip.h"
#include "server/task.h"

typedef enum { REEL_STILL_FIRST, REEL_STILL_SHEET } reel_still;

/* "VIDEO-UUID.jpg", "VIDEO-UUID.sheet.jpg": names in DATA/files. */
void reel_still_name(char out[REEL_TASK_FILE_SIZE], const char *video_uuid, reel_still still);

/* Write both. Fails as reel_clip_write(). */
reel_status reel_stills_write(const reel_clip *clip, const char *dir, const char *video_uuid);

/* Remove both, if they are there. REEL_ERR_IO when one will not go. */
reel_status reel_stills_remove(const char *dir, const char *video_uuid);

#endif
