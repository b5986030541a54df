/* Pictures keep their place, their aspect and their colours when they change size. */
#include "media/scale.h"
#include "media/flash.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_same_size_is_an_exact_copy(void **state)
{
    (void)state;
    reel_clip clip = flash_clip((flash_plan){ 3, 8, 1, 2, 16000, 1, 2 }), scaled;
    for (int i = 0; i < 3 * 64 * 48 * 3; i++) {
        clip.rgb[i] = (uint8_t)(i * 2654435761u >> 24);
    }
    assert_int_equal(reel_media_scale_clip(&scaled, &clip, 64, 48, REEL_FIT_COVER), REEL_OK);
    assert_memory_equal(scaled.rgb, clip.rgb, 3 * 64 * 48 * 3);
    assert_int_equal(scaled.samples, clip.samples);
    assert_memory_equal(scaled.pcm, clip.pcm, sizeof(float) * 2 * clip.samples);
    reel_clip_free(&scaled);
    reel_clip_free(&clip);
}

static void placements_follow_the_fit(void **state)
{
    (void)state;
    static const struct {
        reel_fit fit;
        int in[2], out[2];
        reel_placement expected;
    } rows[] = {
        { REEL_FIT_COVER, { 64, 48 }, { 128, 96 }, { 128, 96, 0, 0 } },
        { REEL_FIT_COVER, { 64, 36 }, { 100, 100 }, { 178, 100, 39, 0 } },
        { REEL_FIT_COVER, { 36, 64 }, { 100, 100 }, { 100, 178, 0, 39 } },
        { REEL_FIT_CONTAIN, { 64, 36 }, { 100, 100 }, { 100, 56, 0, -22 } },
        { REEL_FIT_CONTAIN, { 36, 64 }, { 100, 100 }, { 56, 100, -22, 0 } },
        { REEL_FIT_STRETCH, { 36, 64 }, { 100, 100 }, { 100, 100, 0, 0 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_placement p = reel_placement_of(rows[i].fit, rows[i].in[0], rows[i].in[1],
                                             rows[i].out[0], rows[i].out[1]);
        assert_memory_equal(&p, &rows[i].expected, sizeof p);
    }
}

/* One flat colour stays that colour, exactly: nothing goes through YCbCr. */
static void flat_colours_stay_exact(void **state)
{
    (void)state;
    static const uint8_t colour[3] = { 201, 17, 90 };
    uint8_t in[3 * 16 * 9], out[3 * 50 * 50];
    for (int i = 0; i < 16 * 9; i++) {
        memcpy(in + 3 * i, colour, 3);
    }
    reel_scaler *scaler;
    assert_int_equal(reel_scaler_new(&scaler, 16, 9, 50, 50, REEL_FIT_COVER), REEL_OK);
    reel_scaler_frame(scaler, out, in);
    reel_scaler_free(scaler);
    for (int i = 0; i < 50 * 50; i++) {
        assert_memory_equal(out + 3 * i, colour, 3);
    }
}

static void containing_adds_black_bars_only(void **state)
{
    (void)state;
    uint8_t in[3 * 16 * 8], out[3 * 32 * 32];
    memset(in, 255, sizeof in);
    reel_scaler *scaler;
    assert_int_equal(reel_scaler_new(&scaler, 16, 8, 32, 32, REEL_FIT_CONTAIN), REEL_OK);
    reel_scaler_frame(scaler, out, in);
    reel_scaler_free(scaler);
    for (int y = 0; y < 32; y++) {
        assert_int_equal(out[3 * (32 * y + 16)], y >= 8 && y < 24 ? 255 : 0);
    }
}

/* A bright spot's centre of mass stays where it was, in units of the picture. */
static void enlarging_does_not_move_the_picture(void **state)
{
    (void)state;
    enum { W = 32, H = 24, UP = 5 };
    uint8_t *in = calloc(3 * W * H, 1), *out = malloc((size_t)3 * W * H * UP * UP);
    assert_non_null(in);
    assert_non_null(out);
    for (int y = 6; y < 10; y++) {
        memset(in + 3 * (W * y + 20), 255, 3 * 4);
    }
    reel_scaler *scaler;
    assert_int_equal(reel_scaler_new(&scaler, W, H, W * UP, H * UP, REEL_FIT_COVER), REEL_OK);
    reel_scaler_frame(scaler, out, in);
    reel_scaler_free(scaler);
    double mass = 0.0, x_sum = 0.0, y_sum = 0.0;
    for (int y = 0; y < H * UP; y++) {
        for (int x = 0; x < W * UP; x++) {
            double value = out[3 * (W * UP * y + x) + 1];
            mass += value;
            x_sum += value * (x + 0.5);
            y_sum += value * (y + 0.5);
        }
    }
    assert_true(fabs(x_sum / mass / UP - 22.0) < 0.05);
    assert_true(fabs(y_sum / mass / UP - 8.0) < 0.05);
    free(in);
    free(out);
}

static void impossible_sizes_are_refused(void **state)
{
    (void)state;
    reel_scaler *scaler;
    assert_int_equal(reel_scaler_new(&scaler, 0, 9, 50, 50, REEL_FIT_COVER), REEL_ERR_INVALID);
    assert_int_equal(reel_scaler_new(&scaler, 9, 9, 50, 99999, REEL_FIT_COVER), REEL_ERR_INVALID);
    assert_int_equal(reel_scaler_new(&scaler, 1, 4000, 4000, 1, REEL_FIT_COVER), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "aspects differ"));
    assert_null(scaler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_size_is_an_exact_copy),
        cmocka_unit_test(placements_follow_the_fit),
        cmocka_unit_test(flat_colours_stay_exact),
        cmocka_unit_test(containing_adds_black_bars_only),
        cmocka_unit_test(enlarging_does_not_move_the_picture),
        cmocka_unit_test(impossible_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
