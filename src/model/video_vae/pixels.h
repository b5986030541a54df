/* Pixels as the video VAE has them, -1..1, and as clips have them, u8. */
#ifndef REEL_MODEL_VIDEO_VAE_PIXELS_H
#define REEL_MODEL_VIDEO_VAE_PIXELS_H

#include <stddef.h>
#include <stdint.h>

/* `count` values each; out and in do not overlap. On the calling thread. */
void reel_pixels_from_rgb(float *out, const uint8_t *rgb, size_t count);

/* Rounded; what lies outside -1..1 is clamped. On all threads. */
void reel_pixels_to_rgb(uint8_t *out, const float *pixels, size_t count);

#endif
