/* Still images. */
#ifndef REEL_MEDIA_IMAGE_H
#define REEL_MEDIA_IMAGE_H

#include "reel/status.h"

#include <stdint.h>

/* rgb: [height, width, 3] u8, sRGB. Owned by the caller, released with reel_image_free(). */
typedef struct {
    int width, height;
    uint8_t *rgb;
} reel_image;

/* Read PNG, JPEG, WebP, BMP, TIFF or the first frame of a GIF or film, turned upright; transparent
 * parts are laid on white. `max_pixels` 0: 64 Mi.
 * Fails with REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT (no image, or more pixels than allowed: decided
 * before the pixels are decoded), REEL_ERR_UNSUPPORTED, REEL_ERR_MEMORY. */
reel_status reel_image_read(reel_image *out, const char *path, int64_t max_pixels);

/* The same from a file that is open already (media/source.h). */
struct reel_source;
reel_status reel_image_read_source(reel_image *out, struct reel_source *source);

/* Legal on a zeroed or already freed image. */
void reel_image_free(reel_image *image);

/* Write rgb: [height, width, 3] by the extension of the name: .png (lossless), .jpg or .jpeg
 * (4:4:4, `quality` 20..99, 0 for 95). The file appears only when it is complete; the same pixels
 * give the same bytes. */
reel_status reel_image_write(const char *path, const uint8_t *rgb, int width, int height,
                             int quality);

#endif
