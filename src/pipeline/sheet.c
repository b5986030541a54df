/* Contact sheets: frames of a film side by side in one picture. */
#include "base/error.h"
#include "media/scale.h"
#include "reel/generate.h"

#include <stdlib.h>
#include <string.h>

enum { TILES_MAX = 16 }; /* in a row or a column */

/* Tile number `tile` of the sheet receives its frame. */
static void place_tile(reel_clip *sheet, const uint8_t *pixels, int tile, int columns, int width,
                       int height)
{
    size_t stride = (size_t)sheet->width * 3, row = (size_t)width * 3;
    uint8_t *to = sheet->rgb + (size_t)(tile / columns) * (size_t)height * stride +
                  (size_t)(tile % columns) * row;
    for (int y = 0; y < height; y++) {
        memcpy(to + (size_t)y * stride, pixels + (size_t)y * row, row);
    }
}

static reel_status fill(reel_clip *sheet, const reel_clip *clip, int columns, int rows)
{
    int width = sheet->width / columns, height = sheet->height / rows, tiles = columns * rows;
    size_t frame_bytes = (size_t)clip->width * (size_t)clip->height * 3;
    reel_scaler *scaler;
    REEL_TRY(reel_scaler_new(&scaler, clip->width, clip->height, width, height, REEL_FIT_STRETCH));
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 3);
    for (int i = 0; i < tiles && pixels; i++) {
        size_t frame = (size_t)i * (size_t)clip->frames / (size_t)tiles;
        reel_scaler_frame(scaler, pixels, clip->rgb + frame * frame_bytes);
        place_tile(sheet, pixels, i, columns, width, height);
    }
    reel_scaler_free(scaler);
    reel_status status = pixels ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a tile");
    free(pixels);
    return status;
}

reel_status reel_clip_sheet(reel_clip *out, const reel_clip *clip, int columns, int rows,
                            int tile_width)
{
    *out = (reel_clip){ 0 };
    if (!clip->rgb || clip->frames < 1) {
        return REEL_FAIL(REEL_ERR_INVALID, "sheet: the clip has no frame");
    }
    if (columns < 1 || columns > TILES_MAX || rows < 1 || rows > TILES_MAX || tile_width < 1) {
        return REEL_FAIL(REEL_ERR_INVALID, "sheet: is %d x %d tiles of %d pixels, expected 1 to %d",
                         columns, rows, tile_width, TILES_MAX);
    }
    int width = tile_width < clip->width ? tile_width : clip->width;
    int height = (int)((int64_t)clip->height * width / clip->width);
    reel_clip sheet = { .frames = 1,
                        .width = width * columns,
                        .height = (height > 0 ? height : 1) * rows,
                        .fps_num = 1,
                        .fps_den = 1 };
    REEL_TRY(reel_clip_alloc(&sheet));
    reel_status status = fill(&sheet, clip, columns, rows);
    if (status < 0) {
        reel_clip_free(&sheet);
        return status;
    }
    *out = sheet;
    return REEL_OK;
}
