/* Writing a finished film with its provenance. */
#include "base/error.h"
#include "media/encode.h"
#include "media/image.h"
#include "reel/generate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static int is_image(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && (strcasecmp(dot, ".png") == 0 || strcasecmp(dot, ".jpg") == 0 ||
                   strcasecmp(dot, ".jpeg") == 0);
}

/* "made by OpenReels, model mini 0.1, seed 7, request HASH" */
static void describe_origin(char *out, size_t size, const reel_provenance *p)
{
    int length = snprintf(out, size, "made by OpenReels, model %s, seed %llu", p->model,
                          (unsigned long long)p->seed);
    if (p->request_hash && length > 0 && (size_t)length < size) {
        snprintf(out + length, size - (size_t)length, ", request %s", p->request_hash);
    }
}

reel_status reel_clip_write(const reel_clip *clip, const char *path, int quality,
                            const reel_provenance *provenance)
{
    if (is_image(path)) {
        if (!clip->rgb || clip->frames < 1) {
            return REEL_FAIL(REEL_ERR_INVALID, "%s: the clip has no frame", path);
        }
        return reel_image_write(path, clip->rgb, clip->width, clip->height, quality);
    }
    char origin[256];
    reel_tag tags[2];
    reel_encode_options options = { .quality = quality, .tags = tags };
    if (provenance && provenance->model) {
        describe_origin(origin, sizeof origin, provenance);
        tags[options.tag_count++] = (reel_tag){ "comment", origin };
    }
    if (provenance && provenance->prompt) {
        tags[options.tag_count++] = (reel_tag){ "title", provenance->prompt };
    }
    return reel_media_write_clip(path, clip, &options);
}
