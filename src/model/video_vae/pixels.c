/* Pixels between clips and the video VAE. */
#include "model/video_vae/pixels.h"

#include <math.h>

void reel_pixels_from_rgb(float *out, const uint8_t *rgb, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (float)rgb[i] * (2.0f / 255.0f) - 1.0f;
    }
}

void reel_pixels_to_rgb(uint8_t *out, const float *pixels, size_t count)
{
#pragma omp parallel for schedule(static)
    for (size_t i = 0; i < count; i++) {
        float level = (pixels[i] + 1.0f) * 127.5f;
        out[i] = (uint8_t)(fminf(fmaxf(level, 0.0f), 255.0f) + 0.5f);
    }
}
