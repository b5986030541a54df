/* Comparing a film's still parts with the ten backdrops. */
#include "vabench/place.h"

#include "base/error.h"
#include "world/places.h"

#include <stdlib.h>
#include <string.h>

/* The object, posts and weather may hide a tenth of a backdrop: no value counts for more. */
enum { DIFFERENCE_MAX = 48, FRAMES_LOOKED_AT = 48 };

/* Real films come to below 6, two different backdrops to 11 at least, noise to 30; beyond this it
 * is none. */
static const double DISTANCE_MAX = 20.0;

reel_status reel_backdrops_init(reel_backdrops *out, int width, int height)
{
    *out = (reel_backdrops){ .width = width, .height = height };
    reel_status status = REEL_OK;
    for (int p = 0; p < REEL_PLACE_COUNT && status == REEL_OK; p++) {
        for (int d = 0; d < REEL_DAYTIME_COUNT && status == REEL_OK; d++) {
            reel_scene scene;
            reel_scene_choice choice = reel_scene_choice_any();
            choice.value[REEL_ATTRIBUTE_PLACE] = p;
            choice.value[REEL_ATTRIBUTE_DAYTIME] = d;
            status = reel_scene_sample(&scene, &choice, 0, 3.0, (double)width / height);
            out->rgb[p][d] = malloc(3 * (size_t)width * (size_t)height);
            if (status == REEL_OK && !out->rgb[p][d]) {
                status = REEL_FAIL(REEL_ERR_MEMORY, "backdrops: no memory for %dx%d pixels", width,
                                   height);
            }
            if (status == REEL_OK) {
                status = reel_place_draw(out->rgb[p][d], &scene, width, height);
            }
        }
    }
    if (status < 0) {
        reel_backdrops_deinit(out);
    }
    return status;
}

void reel_backdrops_deinit(reel_backdrops *backdrops)
{
    for (int p = 0; p < REEL_PLACE_COUNT; p++) {
        for (int d = 0; d < REEL_DAYTIME_COUNT; d++) {
            free(backdrops->rgb[p][d]);
            backdrops->rgb[p][d] = NULL;
        }
    }
}

/* The middle one of `count` values, by counting. */
static uint8_t median_of(const uint8_t *values, int count)
{
    uint8_t seen[256] = { 0 };
    for (int i = 0; i < count; i++) {
        seen[values[i]]++;
    }
    int value = 0;
    for (int below = seen[0]; below <= count / 2; below += seen[++value]) {
    }
    return (uint8_t)value;
}

void reel_still_build(uint8_t *out, const reel_clip *clip)
{
    size_t bytes = 3 * (size_t)clip->width * (size_t)clip->height;
    int count = clip->frames < FRAMES_LOOKED_AT ? clip->frames : FRAMES_LOOKED_AT;
    const uint8_t *frames[FRAMES_LOOKED_AT];
    for (int i = 0; i < count; i++) {
        frames[i] = clip->rgb + (size_t)((int64_t)i * clip->frames / count) * bytes;
    }
    for (size_t b = 0; b < bytes; b++) {
        uint8_t values[FRAMES_LOOKED_AT];
        for (int i = 0; i < count; i++) {
            values[i] = frames[i][b];
        }
        out[b] = median_of(values, count);
    }
}

static double distance_between(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes; i++) {
        int d = abs(a[i] - b[i]);
        sum += (uint64_t)(d < DIFFERENCE_MAX ? d : DIFFERENCE_MAX);
    }
    return (double)sum / (double)bytes;
}

reel_place_seen reel_place_find(const reel_backdrops *backdrops, const uint8_t *still)
{
    size_t bytes = 3 * (size_t)backdrops->width * (size_t)backdrops->height;
    reel_place_seen best = { -1, -1, DIFFERENCE_MAX };
    for (int p = 0; p < REEL_PLACE_COUNT; p++) {
        for (int d = 0; d < REEL_DAYTIME_COUNT; d++) {
            double distance = distance_between(still, backdrops->rgb[p][d], bytes);
            if (distance < best.distance) {
                best = (reel_place_seen){ p, d, distance };
            }
        }
    }
    if (best.distance > DISTANCE_MAX) {
        best.place = best.daytime = -1;
    }
    return best;
}

static int lowest(const uint8_t *rgb)
{
    int low = rgb[0] < rgb[1] ? rgb[0] : rgb[1];
    return low < rgb[2] ? low : rgb[2];
}

static int highest(const uint8_t *rgb)
{
    int high = rgb[0] > rgb[1] ? rgb[0] : rgb[1];
    return high > rgb[2] ? high : rgb[2];
}

/* Backdrops have a chroma below 0.31 and values below 0.87 (stage.h of the world). */
static int is_of_object(const uint8_t *pixel, const uint8_t *backdrop)
{
    int chroma = highest(pixel) - lowest(pixel), usual = highest(backdrop) - lowest(backdrop);
    int is_coloured = chroma > 90 && chroma > usual + 40;
    int is_white = lowest(pixel) > 195 && lowest(pixel) > lowest(backdrop) + 16;
    return is_coloured || is_white;
}

reel_status reel_still_clear(uint8_t *still, const uint8_t *backdrop, int width, int height)
{
    static const int around = 3;
    /* Rows and columns are marked before anything is replaced, or one place would feed the next. */
    size_t count = (size_t)width * (size_t)height;
    uint8_t *mark = calloc(count, 1);
    if (!mark) {
        return REEL_FAIL(REEL_ERR_MEMORY, "film: no memory for %zu pixels", count);
    }
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            size_t at = (size_t)y * (size_t)width + (size_t)x;
            mark[at] = (uint8_t)is_of_object(still + 3 * at, backdrop + 3 * at);
        }
    }
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int hit = 0;
            for (int j = y - around; j <= y + around && !hit; j++) {
                for (int i = x - around; i <= x + around && !hit; i++) {
                    hit = j >= 0 && j < height && i >= 0 && i < width && mark[j * width + i];
                }
            }
            if (hit) {
                size_t at = 3 * ((size_t)y * (size_t)width + (size_t)x);
                memcpy(still + at, backdrop + at, 3);
            }
        }
    }
    free(mark);
    return REEL_OK;
}
