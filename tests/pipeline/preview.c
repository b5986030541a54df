/* Watching a film being made: who is asked, what is shown, and that the film stays the same. */
#include "reel/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tiny_engine.h"

enum { FRAME_BYTES = 72 * 40 * 3 };

typedef struct {
    int asked, shown, wanted; /* wanted: the picture of this evaluation, from 1; 0: of all */
    uint8_t last[FRAME_BYTES];
} watcher;

static int wants(void *user)
{
    watcher *w = user;
    w->asked++;
    return w->wanted == 0 || w->asked == w->wanted;
}

static void show(const reel_clip *frame, void *user)
{
    watcher *w = user;
    assert_int_equal(frame->frames, 1);
    assert_int_equal(frame->width, 72);
    assert_int_equal(frame->height, 40);
    assert_int_equal(frame->samples, 0);
    w->shown++;
    memcpy(w->last, frame->rgb, FRAME_BYTES);
}

static reel_clip make(const reel_request *request)
{
    reel_clip clip;
    if (reel_generate(&clip, engine, request, NULL, NULL) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
    return clip;
}

static int largest_difference(const uint8_t *a, const uint8_t *b)
{
    int largest = 0;
    for (int i = 0; i < FRAME_BYTES; i++) {
        int difference = abs(a[i] - b[i]);
        largest = difference > largest ? difference : largest;
    }
    return largest;
}

/* On the last step of Euler's way the straight rest is all of the rest. */
static void the_last_picture_is_the_first_frame_of_the_film(void **state)
{
    (void)state;
    watcher w = { 0 };
    reel_preview preview = { wants, show, &w };
    reel_request request = engine_request();
    reel_clip unseen = make(&request);
    request.preview = &preview;
    reel_clip seen = make(&request);
    assert_int_equal(w.asked, 2);
    assert_int_equal(w.shown, 2);
    assert_memory_equal(seen.rgb, unseen.rgb, (size_t)seen.frames * FRAME_BYTES);
    assert_true(largest_difference(w.last, seen.rgb) <= 2);
    reel_clip_free(&seen);
    reel_clip_free(&unseen);
}

static void an_early_picture_is_another_one(void **state)
{
    (void)state;
    watcher w = { .wanted = 1 };
    reel_preview preview = { wants, show, &w };
    reel_request request = engine_request();
    request.preview = &preview;
    reel_clip clip = make(&request);
    assert_int_equal(w.shown, 1);
    assert_true(largest_difference(w.last, clip.rgb) > 2);
    reel_clip_free(&clip);
}

static void nothing_is_shown_to_those_who_do_not_want_it(void **state)
{
    (void)state;
    watcher w = { .wanted = -1 };
    reel_preview preview = { wants, show, &w };
    reel_request request = engine_request();
    request.preview = &preview;
    request.audio = 0;
    request.cfg_video = request.cfg_audio = 1.0f;
    reel_clip clip = make(&request);
    assert_int_equal(w.asked, 2);
    assert_int_equal(w.shown, 0);
    reel_clip_free(&clip);
}

static void a_watched_film_counts_the_memory_of_its_pictures(void **state)
{
    (void)state;
    watcher w = { 0 };
    reel_preview preview = { wants, show, &w };
    reel_request request = engine_request();
    size_t unseen = reel_engine_memory(engine, &request);
    request.preview = &preview;
    assert_true(reel_engine_memory(engine, &request) >= unseen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_picture_is_the_first_frame_of_the_film),
        cmocka_unit_test(an_early_picture_is_another_one),
        cmocka_unit_test(nothing_is_shown_to_those_who_do_not_want_it),
        cmocka_unit_test(a_watched_film_counts_the_memory_of_its_pictures),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
