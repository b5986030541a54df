/* The largest connected piece of a mask. */
#ifndef REEL_VABENCH_COMPONENT_H
#define REEL_VABENCH_COMPONENT_H

#include <stdint.h>

/* mask [height, width], 0 or 1: keep only its largest piece, 8-connected, and return how many
 * pixels that has. `stack` [height * width] is scratch. */
int reel_component_keep_largest(uint8_t *mask, int width, int height, int *stack);

#endif
