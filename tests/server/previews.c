/* Pictures of films in the making: made for those who watch, the newest once for each of them. */
#include "server/previews.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scratch.h"

#define FIRST  "11111111-1111-4111-8111-111111111111"
#define SECOND "22222222-2222-4222-8222-222222222222"

static reel_clip grey_frame(void)
{
    reel_clip clip = { .frames = 1, .width = 16, .height = 16, .fps_num = 1, .fps_den = 1 };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    memset(clip.rgb, 128, 16 * 16 * 3);
    return clip;
}

static int tell(unsigned *seen, reel_previews *previews, const char *uuid)
{
    reel_str text;
    reel_str_init(&text, 1 << 16);
    int is_new = reel_previews_tell(&text, seen, previews, uuid);
    assert_true(is_new == (text.length > 0));
    assert_true(!is_new || strncmp(text.text, "data:image/jpeg;base64,/9j/", 27) == 0);
    reel_str_deinit(&text);
    return is_new;
}

static void a_picture_is_made_for_those_who_watch(void **state)
{
    (void)state;
    reel_previews *previews;
    reel_preview_painter painter;
    reel_clip frame = grey_frame();
    unsigned ours = 0, theirs = 0, other = 0;
    assert_int_equal(reel_previews_open(&previews), REEL_OK);
    reel_preview_painter_init(&painter, previews, FIRST, scratch_dir);
    const reel_preview *p = &painter.preview;
    assert_false(p->wants(p->user));
    reel_previews_watch(previews, SECOND);
    assert_false(p->wants(p->user));
    reel_previews_watch(previews, FIRST);
    reel_previews_watch(previews, FIRST);
    assert_true(p->wants(p->user));
    assert_false(tell(&ours, previews, FIRST));
    p->show(&frame, p->user);
    assert_int_equal(scratch_count(), 0); /* no file stays */
    assert_true(tell(&ours, previews, FIRST));
    assert_false(tell(&ours, previews, FIRST));
    assert_true(tell(&theirs, previews, FIRST));
    assert_false(tell(&other, previews, SECOND));
    p->show(&frame, p->user);
    assert_true(tell(&ours, previews, FIRST));
    reel_previews_unwatch(previews, FIRST);
    assert_true(tell(&theirs, previews, FIRST));
    reel_previews_unwatch(previews, FIRST);
    p->show(&frame, p->user); /* nobody is left */
    assert_false(tell(&ours, previews, FIRST));
    reel_previews_close(previews);
    reel_clip_free(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_made_for_those_who_watch),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
