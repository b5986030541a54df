/* Patches of a convolution: what the taps read, laid out as rows of a matrix (im2col), so that the
 * convolution is a matrix product with the weight as it lies in memory.
 *
 * Taps come in runs, the kW taps of one (kt, kh), which are neighbours both in x and in the
 * weight; a group is one or more consecutive runs. */
#ifndef REEL_OPS_DNNL_PATCHES_H
#define REEL_OPS_DNNL_PATCHES_H

#include "ops/conv.h"

typedef struct {
    int64_t first_run, runs;
    int64_t first_column, columns; /* of the weight seen as [Co, taps * Ci] */
} reel_tap_group;

/* Groups are as small as keeps a product efficient. */
int64_t reel_tap_group_count(const reel_conv_shape *s);
reel_tap_group reel_tap_group_at(const reel_conv_shape *s, int64_t n);

/* Output positions are numbered over (b, t, h, w). patches: [count, columns], zeros where a tap
 * reads outside of x. */
void reel_patches_gather(const reel_conv_shape *s, const reel_tap_group *group, const float *x,
                         int64_t first, int64_t count, float *patches);

/* The transpose: add every patch to where it came from. */
void reel_patches_scatter(const reel_conv_shape *s, const reel_tap_group *group,
                          const float *patches, int64_t first, int64_t count, float *dx);

#endif
