/* Connected pieces of a mask by flood fill. */
#include "vabench/component.h"

/* Values of the mask while it is worked on. */
enum { OUTSIDE = 0, UNSEEN = 1, SEEN = 2, BEST = 3 };

/* Turn the piece around `start` from one value into another; how many pixels it has. */
static int flood(uint8_t *mask, int width, int height, int *stack, int start, uint8_t to)
{
    uint8_t from = mask[start];
    int depth = 0, count = 0;
    mask[start] = to;
    stack[depth++] = start;
    while (depth > 0) {
        int at = stack[--depth], x = at % width, y = at / width;
        count++;
        for (int side = 0; side < 9; side++) {
            int i = x + side % 3 - 1, j = y + side / 3 - 1;
            int inside = i >= 0 && i < width && j >= 0 && j < height;
            if (inside && mask[j * width + i] == from) {
                mask[j * width + i] = to;
                stack[depth++] = j * width + i;
            }
        }
    }
    return count;
}

int reel_component_keep_largest(uint8_t *mask, int width, int height, int *stack)
{
    int best = 0, best_start = -1, pixels = width * height;
    for (int i = 0; i < pixels; i++) {
        int count = mask[i] == UNSEEN ? flood(mask, width, height, stack, i, SEEN) : 0;
        if (count > best) {
            best = count;
            best_start = i;
        }
    }
    if (best_start >= 0) {
        flood(mask, width, height, stack, best_start, BEST);
    }
    for (int i = 0; i < pixels; i++) {
        mask[i] = mask[i] == BEST;
    }
    return best;
}
