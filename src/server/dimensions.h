/* The frame sizes that the model page lists, and what they are called. */
#ifndef REEL_SERVER_DIMENSIONS_H
#define REEL_SERVER_DIMENSIONS_H

#include <jansson.h>

typedef struct {
    const char *resolution, *aspect; /* "480p" "16:9" */
    int width, height;
} reel_dimensions;

enum { REEL_DIMENSIONS_COUNT = 15 };

/* Static; NULL when the page does not list the pair. */
const reel_dimensions *reel_dimensions_find(json_int_t width, json_int_t height);

/* The same by the words for it, "480p" and "16:9". */
const reel_dimensions *reel_dimensions_named(const char *resolution, const char *aspect);

/* Its place in the list of the page, from 0. */
int reel_dimensions_place(const reel_dimensions *dimensions);

/* ["848x480", ...], in the order of the page. NULL without memory. */
json_t *reel_dimensions_list(void);

#endif
