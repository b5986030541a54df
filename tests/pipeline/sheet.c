/* Contact sheets: which frames, where, how large. */
#include "reel/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Frame i is of the one grey 10 * i. */
static reel_clip greys(int frames, int width, int height)
{
    reel_clip clip = {
        .frames = frames, .width = width, .height = height, .fps_num = 16, .fps_den = 1
    };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    size_t bytes = (size_t)width * (size_t)height * 3;
    for (int i = 0; i < frames; i++) {
        memset(clip.rgb + (size_t)i * bytes, 10 * i, bytes);
    }
    return clip;
}

static int grey_at(const reel_clip *sheet, int x, int y)
{
    const uint8_t *p = sheet->rgb + ((size_t)y * (size_t)sheet->width + (size_t)x) * 3;
    assert_true(p[0] == p[1] && p[1] == p[2]);
    return p[0];
}

static void tiles_are_frames_spread_over_the_film_row_by_row(void **state)
{
    (void)state;
    reel_clip clip = greys(12, 64, 32), sheet;
    assert_int_equal(reel_clip_sheet(&sheet, &clip, 3, 2, 16), REEL_OK);
    assert_int_equal(sheet.frames, 1);
    assert_int_equal(sheet.width, 48);
    assert_int_equal(sheet.height, 16);
    for (int tile = 0; tile < 6; tile++) {
        int left = tile % 3 * 16, top = tile / 3 * 8;
        assert_int_equal(grey_at(&sheet, left, top), 20 * tile);
        assert_int_equal(grey_at(&sheet, left + 15, top + 7), 20 * tile);
    }
    reel_clip_free(&sheet);
    reel_clip_free(&clip);
}

static void a_small_film_is_not_enlarged_and_a_short_one_repeats(void **state)
{
    (void)state;
    reel_clip clip = greys(1, 8, 6), sheet;
    assert_int_equal(reel_clip_sheet(&sheet, &clip, 2, 2, 320), REEL_OK);
    assert_int_equal(sheet.width, 16);
    assert_int_equal(sheet.height, 12);
    assert_int_equal(grey_at(&sheet, 15, 11), 0);
    reel_clip_free(&sheet);
    reel_clip_free(&clip);
    clip = greys(2, 200, 1);
    assert_int_equal(reel_clip_sheet(&sheet, &clip, 1, 1, 2), REEL_OK);
    assert_int_equal(sheet.height, 1); /* never none */
    reel_clip_free(&sheet);
    reel_clip_free(&clip);
}

static void what_makes_no_sheet_is_refused(void **state)
{
    (void)state;
    reel_clip clip = greys(1, 8, 6), sheet, none = { 0 };
    assert_int_equal(reel_clip_sheet(&sheet, &none, 2, 2, 16), REEL_ERR_INVALID);
    assert_int_equal(reel_clip_sheet(&sheet, &clip, 0, 2, 16), REEL_ERR_INVALID);
    assert_int_equal(reel_clip_sheet(&sheet, &clip, 2, 17, 16), REEL_ERR_INVALID);
    assert_int_equal(reel_clip_sheet(&sheet, &clip, 2, 2, 0), REEL_ERR_INVALID);
    assert_null(sheet.rgb);
    reel_clip_free(&clip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_frames_spread_over_the_film_row_by_row),
        cmocka_unit_test(a_small_film_is_not_enlarged_and_a_short_one_repeats),
        cmocka_unit_test(what_makes_no_sheet_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
