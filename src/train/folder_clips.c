/* Clips of a user's folder. */
#include "train/folder_clips.h"

#include "base/error.h"

reel_status reel_folder_clips_open(reel_folder_clips *out, const char *folder,
                                   const reel_clip_shape *shape)
{
    *out = (reel_folder_clips){ .shape = *shape };
    reel_status status = reel_clip_source_folder(&out->source, shape, folder);
    if (status < 0) {
        *out = (reel_folder_clips){ 0 };
    }
    return status;
}

void reel_folder_clips_close(reel_folder_clips *clips)
{
    if (reel_folder_clips_is_open(clips)) {
        clips->source.close(clips->source.self);
    }
    *clips = (reel_folder_clips){ 0 };
}

reel_status reel_folder_clips_get(reel_clip *out, reel_folder_clips *clips, uint64_t number)
{
    reel_clip_captions captions;
    const reel_clip_shape *shape = &clips->shape;
    *out = (reel_clip){ .frames = shape->frames,
                        .width = shape->width,
                        .height = shape->height,
                        .fps_num = shape->fps,
                        .fps_den = 1,
                        .channels = shape->samples > 0 ? 2 : 0,
                        .sample_rate = shape->sample_rate,
                        .samples = shape->samples };
    REEL_TRY(reel_clip_alloc(out));
    int64_t index = (int64_t)(number % (uint64_t)clips->source.count);
    reel_status status = clips->source.make(clips->source.self, 0, index, out, &captions);
    if (status < 0) {
        reel_clip_free(out);
    }
    return status;
}
