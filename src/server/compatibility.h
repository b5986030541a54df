/* Which parameters go together: the page's section "Compatibility & Validation". */
#ifndef REEL_SERVER_COMPATIBILITY_H
#define REEL_SERVER_COMPATIBILITY_H

#include <jansson.h>

/* Check a task that reel_check_parameters() found good. Fills *error as that does. */
int reel_check_compatibility(json_t **error, const json_t *task);

/* The images of single frames, in either spelling; NULL when there are none. Borrowed. */
const json_t *reel_frame_images_of(const json_t *task);

#endif
