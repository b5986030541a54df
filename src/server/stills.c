/* Thumbnails and contact sheets. */
#include "server/stills.h"

#include "base/error.h"
#include "reel/generate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, SIDE = 4, TILE_WIDTH = 320, QUALITY = 85 };

void reel_still_name(char out[REEL_TASK_FILE_SIZE], const char *video_uuid, reel_still still)
{
    snprintf(out, REEL_TASK_FILE_SIZE, "%.36s%s", video_uuid,
             still == REEL_STILL_FIRST ? ".jpg" : ".sheet.jpg");
}

static reel_status write_one(const reel_clip *clip, const char *dir, const char *video_uuid,
                             reel_still still)
{
    char path[PATH_SIZE], name[REEL_TASK_FILE_SIZE];
    reel_still_name(name, video_uuid, still);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return reel_clip_write(clip, path, QUALITY, NULL);
}

reel_status reel_stills_write(const reel_clip *clip, const char *dir, const char *video_uuid)
{
    reel_clip sheet;
    REEL_TRY(write_one(clip, dir, video_uuid, REEL_STILL_FIRST));
    REEL_TRY(reel_clip_sheet(&sheet, clip, SIDE, SIDE, TILE_WIDTH));
    reel_status status = write_one(&sheet, dir, video_uuid, REEL_STILL_SHEET);
    reel_clip_free(&sheet);
    return status;
}

reel_status reel_stills_remove(const char *dir, const char *video_uuid)
{
    for (int still = REEL_STILL_FIRST; still <= REEL_STILL_SHEET; still++) {
        char path[PATH_SIZE], name[REEL_TASK_FILE_SIZE];
        reel_still_name(name, video_uuid, (reel_still)still);
        snprintf(path, sizeof path, "%s/%s", dir, name);
        if (unlink(path) != 0 && errno != ENOENT) {
            return REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(errno));
        }
    }
    return REEL_OK;
}
