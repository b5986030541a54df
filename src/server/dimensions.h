/* The frame sizes that the model page lists, and what they are called. */
#ifndef REEL_SERVER_DIMENSIONS_H
#define REEL_SERVER_DIMENSIONS_H

#include <jansson.h>

typedef struct {
    const char *resolution, *aspect; /* "480p" "16:9" */
    int width, height;
} reel_dimensions;

/* Static; NULL when the page does not list the pair. */
const reel_dimensions *reel_dimensions_find(json_int_t width, json_int_t height);

/* ["848x480", ...], in the order of the page. NULL without memory. */
json_t *reel_dimensions_list(void);

#endif
