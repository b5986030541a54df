/* Memory of a clip. */
#include "reel/clip.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdlib.h>

static const size_t CLIP_LIMIT = (size_t)16 << 30;

reel_status reel_clip_alloc(reel_clip *clip)
{
    clip->rgb = NULL;
    clip->pcm = NULL;
    if (clip->frames < 0 || clip->width < 0 || clip->height < 0 || clip->channels < 0 ||
        clip->samples < 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "clip: a size is below 0");
    }
    size_t pixels = reel_size_mul(reel_size_mul((size_t)clip->width, (size_t)clip->height), 3);
    size_t rgb = reel_size_mul(pixels, (size_t)clip->frames);
    size_t pcm =
        reel_size_mul(reel_size_mul((size_t)clip->channels, sizeof(float)), (size_t)clip->samples);
    if (rgb > CLIP_LIMIT || pcm > CLIP_LIMIT) {
        return REEL_FAIL(REEL_ERR_INVALID, "clip: %d frames of %dx%d and %lld samples are too much",
                         clip->frames, clip->width, clip->height, (long long)clip->samples);
    }
    clip->rgb = rgb ? calloc(rgb, 1) : NULL;
    clip->pcm = pcm ? calloc(pcm, 1) : NULL;
    if ((rgb && !clip->rgb) || (pcm && !clip->pcm)) {
        reel_clip_free(clip);
        return REEL_FAIL(REEL_ERR_MEMORY, "clip: no memory for %zu bytes", rgb + pcm);
    }
    return REEL_OK;
}

void reel_clip_free(reel_clip *clip)
{
    free(clip->rgb);
    free(clip->pcm);
    clip->rgb = NULL;
    clip->pcm = NULL;
    clip->frames = 0;
    clip->samples = 0;
}
