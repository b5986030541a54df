/* Images survive the way to disk and back. */
#include "media/image.h"
#include "base/file.h"
#include "media/encode.h"
#include "media/flash.h"
#include "media/orientation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { WIDTH = 37, HEIGHT = 23 }; /* odd on purpose */

/* A smooth gradient with one hard edge. */
static void paint(uint8_t *rgb)
{
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            uint8_t *p = rgb + 3 * (y * WIDTH + x);
            p[0] = (uint8_t)(6 * x);
            p[1] = (uint8_t)(10 * y);
            p[2] = x < WIDTH / 2 ? 20 : 220;
        }
    }
}

static void png_gives_back_every_pixel(void **state)
{
    (void)state;
    uint8_t rgb[3 * WIDTH * HEIGHT];
    paint(rgb);
    reel_image image;
    assert_int_equal(reel_image_write(path_in("a.png"), rgb, WIDTH, HEIGHT, 0), REEL_OK);
    assert_int_equal(reel_image_read(&image, path_in("a.png"), 0), REEL_OK);
    assert_int_equal(image.width, WIDTH);
    assert_int_equal(image.height, HEIGHT);
    assert_memory_equal(image.rgb, rgb, sizeof rgb);
    reel_image_free(&image);
    reel_image_free(&image); /* legal twice */
}

static double jpeg_error(int quality, const uint8_t *rgb)
{
    reel_image image;
    assert_int_equal(reel_image_write(path_in("a.jpg"), rgb, WIDTH, HEIGHT, quality), REEL_OK);
    assert_int_equal(reel_image_read(&image, path_in("a.jpg"), 0), REEL_OK);
    assert_int_equal(image.width, WIDTH);
    double sum = 0.0;
    for (int i = 0; i < 3 * WIDTH * HEIGHT; i++) {
        sum += abs(image.rgb[i] - rgb[i]);
    }
    reel_image_free(&image);
    return sum / (3 * WIDTH * HEIGHT);
}

static void jpeg_is_near_and_nearer_with_quality(void **state)
{
    (void)state;
    uint8_t rgb[3 * WIDTH * HEIGHT];
    paint(rgb);
    double fine = jpeg_error(95, rgb), coarse = jpeg_error(20, rgb);
    assert_true(fine < 2.5);
    assert_true(coarse > fine);
}

/* Large enough that its first block does not tell what it is. */
static void a_large_jpeg_is_read_whatever_its_name_ends_in(void **state)
{
    (void)state;
    enum { LARGE_WIDTH = 2048, LARGE_HEIGHT = 410 };
    reel_image image;
    uint8_t *rgb = malloc(3 * LARGE_WIDTH * LARGE_HEIGHT);
    assert_non_null(rgb);
    for (int i = 0; i < 3 * LARGE_WIDTH * LARGE_HEIGHT; i++) {
        rgb[i] = (uint8_t)(i / 3 % LARGE_WIDTH * 3);
    }
    assert_int_equal(reel_image_write(path_in("large.jpg"), rgb, LARGE_WIDTH, LARGE_HEIGHT, 0),
                     REEL_OK);
    assert_int_equal(reel_image_read(&image, path_in("large.jpg"), 0), REEL_OK);
    assert_int_equal(image.width, LARGE_WIDTH);
    reel_image_free(&image);
    free(rgb);
}

/* Memory that ends where the picture ends: reading one byte more ends the program. */
static void a_picture_at_the_end_of_its_memory_is_written(void **state)
{
    (void)state;
    enum { SIDE = 46, BYTES = 3 * SIDE * SIDE };
    size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (BYTES + page - 1) / page * page;
    uint8_t *memory =
        mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(memory != MAP_FAILED);
    assert_int_equal(mprotect(memory + room, page, PROT_NONE), 0);
    uint8_t *rgb = memory + room - BYTES;
    assert_int_equal(reel_image_write(path_in("edge.png"), rgb, SIDE, SIDE, 0), REEL_OK);
    assert_int_equal(reel_image_write(path_in("edge.jpg"), rgb, SIDE, SIDE, 0), REEL_OK);
    reel_clip clip = {
        .frames = 1, .width = SIDE, .height = SIDE, .fps_num = 1, .fps_den = 1, .rgb = rgb
    };
    assert_int_equal(reel_media_write_clip(path_in("edge.mp4"), &clip, NULL), REEL_OK);
    assert_int_equal(munmap(memory, room + page), 0);
}

static void an_image_over_the_bound_is_refused(void **state)
{
    (void)state;
    uint8_t rgb[3 * WIDTH * HEIGHT] = { 0 };
    reel_image image;
    assert_int_equal(reel_image_write(path_in("b.png"), rgb, WIDTH, HEIGHT, 0), REEL_OK);
    assert_int_equal(reel_image_write(path_in("b.jpg"), rgb, WIDTH, HEIGHT, 0), REEL_OK);
    assert_int_equal(reel_image_read(&image, path_in("b.png"), 400), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "400 pixels"));
    assert_null(image.rgb);
    assert_int_equal(reel_image_read(&image, path_in("b.jpg"), 400), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "400 pixels"));
    assert_int_equal(reel_image_read(&image, path_in("b.jpg"), WIDTH * HEIGHT), REEL_OK);
    reel_image_free(&image);
}

static void what_is_no_image_is_refused(void **state)
{
    (void)state;
    reel_image image;
    assert_int_equal(reel_file_write(path_in("c.png"), "not a picture at all", 20), REEL_OK);
    assert_int_equal(reel_image_read(&image, path_in("c.png"), 0), REEL_ERR_FORMAT);
    assert_int_equal(reel_image_read(&image, path_in("absent.png"), 0), REEL_ERR_NOT_FOUND);
    assert_int_equal(reel_image_read(&image, scratch_folder(), 0), REEL_ERR_IO);
    assert_int_equal(reel_image_read(&image, "http://localhost/a.png", 0), REEL_ERR_NOT_FOUND);
}

static void a_bad_name_or_size_is_not_written(void **state)
{
    (void)state;
    uint8_t rgb[3] = { 0 };
    int before = scratch_count();
    assert_int_equal(reel_image_write(path_in("d.txt"), rgb, 1, 1, 0), REEL_ERR_INVALID);
    assert_int_equal(reel_image_write(path_in("d.png"), rgb, 0, 1, 0), REEL_ERR_INVALID);
    assert_int_equal(reel_image_write(path_in("d.jpg"), rgb, 1, 1, 101), REEL_ERR_INVALID);
    assert_int_equal(reel_image_write(path_in("no/d.png"), rgb, 1, 1, 0), REEL_ERR_NOT_FOUND);
    assert_int_equal(scratch_count(), before);
}

/* in:  A B C    turned right:  D A    left-right: C B A
 *      D E F                   E B                F E D
 *                              F C                       */
static void pictures_are_turned_upright(void **state)
{
    (void)state;
    uint8_t in[18], out[18];
    for (int i = 0; i < 6; i++) {
        memset(in + 3 * i, 'A' + i, 3);
    }
    static const struct {
        reel_orientation orientation;
        int width, height;
        const char *expected;
    } rows[] = {
        { { 1, 0, 0, 1 }, 3, 2, "ABCDEF" },   { { -1, 0, 0, 1 }, 3, 2, "CBAFED" },
        { { -1, 0, 0, -1 }, 3, 2, "FEDCBA" }, { { 0, -1, 1, 0 }, 2, 3, "DAEBFC" },
        { { 0, 1, -1, 0 }, 2, 3, "CFBEAD" },  { { 0, 1, 1, 0 }, 2, 3, "ADBECF" },
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        reel_window window = { 0, 0, rows[r].width, rows[r].height };
        reel_orientation_copy(out, window, in, 3, 2, rows[r].orientation);
        for (int i = 0; i < 6; i++) {
            assert_int_equal(out[3 * i], rows[r].expected[i]);
        }
    }
    reel_window wide = { -1, 1, 3, 2 }; /* one black column left, one black row below */
    reel_orientation_copy(out, wide, in, 3, 2, rows[0].orientation);
    static const uint8_t expected[] = { 0, 'D', 'E', 0, 0, 0 };
    for (int i = 0; i < 6; i++) {
        assert_int_equal(out[3 * i], expected[i]);
    }
}

static int teardown(void **state)
{
    (void)state;
    scratch_remove();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(png_gives_back_every_pixel),
        cmocka_unit_test(jpeg_is_near_and_nearer_with_quality),
        cmocka_unit_test(a_large_jpeg_is_read_whatever_its_name_ends_in),
        cmocka_unit_test(a_picture_at_the_end_of_its_memory_is_written),
        cmocka_unit_test(an_image_over_the_bound_is_refused),
        cmocka_unit_test(what_is_no_image_is_refused),
        cmocka_unit_test(a_bad_name_or_size_is_not_written),
        cmocka_unit_test(pictures_are_turned_upright),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
