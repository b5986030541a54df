/* The contact sheet: every film as a row of frames, its prompt and its verdict under them. */
#ifndef REEL_VABENCH_SHEET_H
#define REEL_VABENCH_SHEET_H

#include "vabench/drawing.h"
#include "vabench/prompts.h"

/* Rows a sheet holds at most. */
enum { REEL_SHEET_ROWS = 128 };

/* An empty sheet. Released with reel_drawing_deinit(). REEL_ERR_MEMORY. */
reel_status reel_sheet_init(reel_drawing *out, int rows);

/* Draw row `row`: six frames, a time line (impacts seen above it, sounds heard below), the prompt,
 * and what was found; what the prompt wanted otherwise is red. */
void reel_sheet_draw(reel_drawing *sheet, int row, const reel_clip *clip, const reel_prompt *prompt,
                     const reel_verdict *verdict);

/* A spectrogram of the whole sound with the same time line, as a picture of its own.
 * REEL_ERR_MEMORY, REEL_ERR_IO. */
reel_status reel_spectrogram_write(const char *path, const reel_clip *clip,
                                   const reel_prompt *prompt, const reel_verdict *verdict);

#endif
