/* The fifteen pairs of the model page. */
#include "server/dimensions.h"

#include <stdio.h>
#include <string.h>

static const reel_dimensions pairs[REEL_DIMENSIONS_COUNT] = {
    { "480p", "16:9", 848, 480 },    { "480p", "9:16", 480, 848 },
    { "480p", "4:3", 736, 560 },     { "480p", "3:4", 560, 736 },
    { "480p", "1:1", 640, 640 },     { "720p", "16:9", 1280, 720 },
    { "720p", "9:16", 720, 1280 },   { "720p", "4:3", 1088, 832 },
    { "720p", "3:4", 832, 1088 },    { "720p", "1:1", 960, 960 },
    { "1080p", "16:9", 1920, 1080 }, { "1080p", "9:16", 1080, 1920 },
    { "1080p", "4:3", 1664, 1248 },  { "1080p", "3:4", 1248, 1664 },
    { "1080p", "1:1", 1440, 1440 },
};

enum { PAIRS = REEL_DIMENSIONS_COUNT };

const reel_dimensions *reel_dimensions_find(json_int_t width, json_int_t height)
{
    for (int i = 0; i < PAIRS; i++) {
        if (pairs[i].width == width && pairs[i].height == height) {
            return &pairs[i];
        }
    }
    return NULL;
}

const reel_dimensions *reel_dimensions_named(const char *resolution, const char *aspect)
{
    for (int i = 0; i < PAIRS; i++) {
        if (strcmp(pairs[i].resolution, resolution) == 0 && strcmp(pairs[i].aspect, aspect) == 0) {
            return &pairs[i];
        }
    }
    return NULL;
}

int reel_dimensions_place(const reel_dimensions *dimensions)
{
    return (int)(dimensions - pairs);
}

json_t *reel_dimensions_list(void)
{
    json_t *list = json_array();
    for (int i = 0; i < PAIRS; i++) {
        char text[24];
        snprintf(text, sizeof text, "%dx%d", pairs[i].width, pairs[i].height);
        if (json_array_append_new(list, json_string(text)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
