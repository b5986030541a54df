/* Laying films out for the eye. */
#include "vabench/sheet.h"

#include "base/error.h"
#include "vabench/bands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { FRAMES = 6, FRAME_WIDTH = 150, GAP = 4, MARGIN = 8, LINE_HEIGHT = 18, TEXT_LINES = 3 };
enum {
    PICTURE_HEIGHT = 96,
    ROW_HEIGHT = PICTURE_HEIGHT + LINE_HEIGHT + 14 * (TEXT_LINES + 1) + 12
};
enum { STRIP_WIDTH = FRAMES * (FRAME_WIDTH + GAP) - GAP, SHEET_WIDTH = STRIP_WIDTH + 2 * MARGIN };
enum { SPECTROGRAM_BANDS = 96, BAND_PIXELS = 3 };

#define INK    0x202020
#define PALE   0xD8D8D8
#define WRONG  0xC01818
#define IMPACT 0x1860C0
#define ONSET  0xD07010

reel_status reel_sheet_init(reel_drawing *out, int rows)
{
    rows = rows < REEL_SHEET_ROWS ? rows : REEL_SHEET_ROWS;
    return reel_drawing_init(out, SHEET_WIDTH, rows * ROW_HEIGHT + MARGIN);
}

static void draw_time_line(reel_drawing *d, const reel_verdict *v, double y)
{
    double scale = v->seconds > 0.0 ? STRIP_WIDTH / v->seconds : 0.0;
    reel_drawing_bar(d, PALE, MARGIN, y + 8.0, STRIP_WIDTH, 1.0);
    for (int i = 0; i < v->impacts.count; i++) {
        reel_drawing_bar(d, IMPACT, MARGIN + scale * v->impacts.at[i].seconds - 1.0, y, 2.0, 8.0);
    }
    for (int i = 0; i < v->onsets.count; i++) {
        reel_drawing_bar(d, ONSET, MARGIN + scale * v->onsets.at[i].seconds - 1.0, y + 9.0, 2.0,
                         8.0);
    }
}

static void draw_verdict(reel_drawing *d, const reel_prompt *prompt, const reel_verdict *v,
                         double y)
{
    for (int t = 0; t < REEL_TRAIT_COUNT; t++) {
        char text[96];
        int is_wrong = prompt->wanted[t] >= 0 && prompt->wanted[t] != v->value[t];
        if (is_wrong) {
            snprintf(text, sizeof text, "%s, not %s", reel_trait_value_name(t, v->value[t]),
                     reel_trait_value_name(t, prompt->wanted[t]));
        } else {
            snprintf(text, sizeof text, "%s", reel_trait_value_name(t, v->value[t]));
        }
        reel_drawing_text(d, is_wrong ? WRONG : 0x107030, text,
                          MARGIN + t * (STRIP_WIDTH / (double)REEL_TRAIT_COUNT), y,
                          STRIP_WIDTH / (double)REEL_TRAIT_COUNT, 1);
    }
}

void reel_sheet_draw(reel_drawing *sheet, int row, const reel_clip *clip, const reel_prompt *prompt,
                     const reel_verdict *verdict)
{
    if (row >= REEL_SHEET_ROWS) {
        return;
    }
    double y = MARGIN + (double)row * ROW_HEIGHT;
    for (int i = 0; i < FRAMES && clip->frames > 0; i++) {
        int frame = (int)((2 * i + 1) * (int64_t)clip->frames / (2 * FRAMES));
        const uint8_t *rgb =
            clip->rgb + 3 * (size_t)frame * (size_t)clip->width * (size_t)clip->height;
        double width = fmin(FRAME_WIDTH, (double)PICTURE_HEIGHT * clip->width / clip->height);
        reel_drawing_picture(sheet, rgb, clip->width, clip->height,
                             MARGIN + i * (FRAME_WIDTH + GAP), y, width);
    }
    y += PICTURE_HEIGHT;
    draw_time_line(sheet, verdict, y);
    y += LINE_HEIGHT;
    reel_drawing_text(sheet, INK, prompt->text, MARGIN, y, STRIP_WIDTH, TEXT_LINES);
    draw_verdict(sheet, prompt, verdict, y + 14 * TEXT_LINES);
}

/* From black over blue and orange to white; share in 0..1. */
static void paint(uint8_t rgb[3], double share)
{
    static const double stops[4][3] = {
        { 0, 0, 8 }, { 60, 30, 130 }, { 235, 120, 50 }, { 255, 255, 235 }
    };
    double at = fmin(2.999, fmax(0.0, 3.0 * share)), part = at - floor(at);
    int stop = (int)at;
    for (int i = 0; i < 3; i++) {
        rgb[i] = (uint8_t)(stops[stop][i] + part * (stops[stop + 1][i] - stops[stop][i]));
    }
}

/* picture u8 [bands * BAND_PIXELS, frames, 3], the highest band on top: 70 dB down from 0 dB. */
static void paint_bands(uint8_t *picture, const reel_bands *bands)
{
    int rows = bands->bands * BAND_PIXELS;
    for (int y = 0; y < rows; y++) {
        for (int f = 0; f < bands->frames; f++) {
            double energy = reel_bands_at(bands, f)[bands->bands - 1 - y / BAND_PIXELS];
            double decibel = 10.0 * log10(energy + 1e-12);
            paint(picture + 3 * ((size_t)y * (size_t)bands->frames + (size_t)f),
                  (decibel + 80.0) / 70.0);
        }
    }
}

static reel_status draw_sound(reel_drawing *d, const reel_clip *clip, double y)
{
    const reel_bands_grain grain = { .window = 1024,
                                     .hop = (int)(clip->samples / STRIP_WIDTH) + 1,
                                     .bands = SPECTROGRAM_BANDS,
                                     .low_hz = 60.0,
                                     .high_hz = 18000.0 };
    reel_bands bands = { 0 };
    float *mono = malloc((size_t)clip->samples * sizeof *mono);
    uint8_t *picture = NULL;
    reel_status status =
        mono ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "spectrogram: no memory for the sound");
    if (status == REEL_OK) {
        reel_mono_build(mono, clip);
        status = reel_bands_init(&bands, mono, clip->samples, clip->sample_rate, &grain);
    }
    if (status == REEL_OK) {
        picture = malloc(3 * (size_t)SPECTROGRAM_BANDS * BAND_PIXELS * (size_t)bands.frames);
        status = picture ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "spectrogram: no memory");
    }
    if (status == REEL_OK) {
        paint_bands(picture, &bands);
        reel_drawing_picture(d, picture, bands.frames, SPECTROGRAM_BANDS * BAND_PIXELS, MARGIN, y,
                             bands.frames);
    }
    free(picture);
    reel_bands_deinit(&bands);
    free(mono);
    return status;
}

reel_status reel_spectrogram_write(const char *path, const reel_clip *clip,
                                   const reel_prompt *prompt, const reel_verdict *verdict)
{
    reel_drawing d;
    double y = MARGIN, sound_height = SPECTROGRAM_BANDS * BAND_PIXELS;
    REEL_TRY(reel_drawing_init(
        &d, SHEET_WIDTH, (int)sound_height + LINE_HEIGHT + 14 * (TEXT_LINES + 1) + 3 * MARGIN));
    reel_status status = clip->samples > 0 ? draw_sound(&d, clip, y) : REEL_OK;
    y += sound_height;
    draw_time_line(&d, verdict, y);
    y += LINE_HEIGHT;
    reel_drawing_text(&d, INK, prompt->text, MARGIN, y, STRIP_WIDTH, TEXT_LINES);
    draw_verdict(&d, prompt, verdict, y + 14 * TEXT_LINES);
    if (status == REEL_OK) {
        status = reel_drawing_write(&d, path);
    }
    reel_drawing_deinit(&d);
    return status;
}
