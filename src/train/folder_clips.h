/* A user's folder of films as training data of the codecs: clips of one shape by number. */
#ifndef REEL_TRAIN_FOLDER_CLIPS_H
#define REEL_TRAIN_FOLDER_CLIPS_H

#include "train/clip_source.h"

/* One user at a time may get clips from it; a zeroed one is closed. */
typedef struct {
    reel_clip_source source;
    reel_clip_shape shape;
} reel_folder_clips;

/* Owned by the caller, released with reel_folder_clips_close(). Fails as
 * reel_clip_source_folder(). */
reel_status reel_folder_clips_open(reel_folder_clips *out, const char *folder,
                                   const reel_clip_shape *shape);
void reel_folder_clips_close(reel_folder_clips *clips);

static inline int reel_folder_clips_is_open(const reel_folder_clips *clips)
{
    return clips->source.make != NULL;
}

/* Clip `number` modulo how many there are. Owned by the caller, released with reel_clip_free();
 * zeroed on failure. */
reel_status reel_folder_clips_get(reel_clip *out, reel_folder_clips *clips, uint64_t number);

#endif
