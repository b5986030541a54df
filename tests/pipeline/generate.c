/* From a request to a clip, on the tiny model: sizes, what the film depends on, stopping. */
#include "reel/generate.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tiny_engine.h"

static reel_clip make(const reel_request *request)
{
    reel_clip clip;
    if (reel_generate(&clip, engine, request, NULL, NULL) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
    return clip;
}

static size_t rgb_bytes(const reel_clip *clip)
{
    return (size_t)clip->frames * (size_t)clip->width * (size_t)clip->height * 3;
}

static int same_picture(const reel_clip *a, const reel_clip *b)
{
    return rgb_bytes(a) == rgb_bytes(b) && memcmp(a->rgb, b->rgb, rgb_bytes(a)) == 0;
}

static int same_sound(const reel_clip *a, const reel_clip *b)
{
    size_t bytes = (size_t)a->channels * (size_t)a->samples * sizeof(float);
    return a->channels == b->channels && a->samples == b->samples &&
           memcmp(a->pcm, b->pcm, bytes) == 0;
}

static void the_engine_knows_its_name(void **state)
{
    (void)state;
    assert_string_equal(reel_engine_name(engine), "tiny 0.1");
}

static void every_aspect_and_resolution_has_its_size(void **state)
{
    (void)state;
    static const struct {
        const char *aspect, *resolution;
        int width, height;
    } rows[] = {
        { "16:9", "base", 72, 40 },     { "9:16", "base", 40, 72 },  { "4:3", "base", 64, 48 },
        { "3:4", "base", 48, 64 },      { "1:1", "base", 56, 56 },   { "16:9", "480p", 848, 480 },
        { "9:16", "720p", 720, 1280 },  { "4:3", "480p", 736, 560 }, { "3:4", "480p", 560, 736 },
        { "1:1", "1080p", 1440, 1440 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        reel_request r = engine_request();
        r.aspect = rows[i].aspect;
        r.resolution = rows[i].resolution;
        r.steps = 1;
        r.cfg_video = r.cfg_audio = 1.0f;
        reel_clip clip = make(&r);
        assert_int_equal(clip.width, rows[i].width);
        assert_int_equal(clip.height, rows[i].height);
        assert_int_equal(clip.frames, 24);
        assert_int_equal(clip.samples, 24000);
        reel_clip_free(&clip);
    }
}

static void frames_and_samples_follow_the_seconds(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        int frames;
        int64_t samples;
    } rows[] = { { 3.0, 24, 24000 }, { 4.3, 34, 34400 }, { 15.0, 120, 120000 } };
    for (size_t i = 0; i < 3; i++) {
        reel_request r = engine_request();
        r.seconds = rows[i].seconds;
        r.steps = 1;
        reel_clip clip = make(&r);
        assert_int_equal(clip.frames, rows[i].frames);
        assert_int_equal(clip.fps_num, 8);
        assert_int_equal(clip.fps_den, 1);
        assert_int_equal(clip.channels, 2);
        assert_int_equal(clip.sample_rate, 8000);
        assert_int_equal(clip.samples, rows[i].samples);
        for (int64_t s = 0; s < 2 * clip.samples; s++) {
            assert_true(clip.pcm[s] >= -1.0f && clip.pcm[s] <= 1.0f);
        }
        reel_clip_free(&clip);
    }
}

static void a_silent_film_has_frames_and_no_samples(void **state)
{
    (void)state;
    reel_request r = engine_request();
    r.audio = 0;
    reel_clip clip = make(&r);
    assert_int_equal(clip.frames, 24);
    assert_int_equal(clip.channels, 0);
    assert_int_equal(clip.samples, 0);
    assert_null(clip.pcm);
    reel_clip_free(&clip);
}

static void the_same_request_gives_the_same_film_with_one_thread_and_two(void **state)
{
    (void)state;
    reel_request r = engine_request();
    r.resolution = "480p";
    r.solver = "heun";
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    reel_clip one = make(&r);
    omp_set_num_threads(2);
    reel_clip two = make(&r);
    omp_set_num_threads(threads);
    assert_true(same_picture(&one, &two));
    assert_true(same_sound(&one, &two));
    reel_clip_free(&one);
    reel_clip_free(&two);
}

/* Changes that must be seen and heard. */
static void other_seed(reel_request *r)
{
    r->seed = 8;
}
static void other_prompt(reel_request *r)
{
    r->prompt = "a blue crate rolls";
}
static void negative_prompt(reel_request *r)
{
    r->negative_prompt = "the street at night";
}
static void more_steps(reel_request *r)
{
    r->steps = 3;
}
static void other_solver(reel_request *r)
{
    r->solver = "heun";
}
static void no_guidance(reel_request *r)
{
    r->cfg_video = r->cfg_audio = 1.0f;
}

static void the_film_depends_on_every_field_of_the_request(void **state)
{
    (void)state;
    static void (*const changes[])(reel_request *) = { other_seed, other_prompt, negative_prompt,
                                                       more_steps, other_solver, no_guidance };
    reel_request r = engine_request();
    reel_clip first = make(&r);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        reel_request changed = r;
        changes[i](&changed);
        reel_clip clip = make(&changed);
        assert_false(same_picture(&first, &clip));
        assert_false(same_sound(&first, &clip));
        reel_clip_free(&clip);
    }
    reel_clip_free(&first);
}

static void defaults_come_from_the_model(void **state)
{
    (void)state;
    reel_request r = engine_request(), spelled = engine_request();
    r.steps = 0;
    r.cfg_video = r.cfg_audio = -1.0f;
    spelled.steps = 2;
    spelled.cfg_video = 2.0f;
    spelled.cfg_audio = 1.5f;
    reel_clip a = make(&r), b = make(&spelled);
    assert_true(same_picture(&a, &b));
    assert_true(same_sound(&a, &b));
    reel_clip_free(&a);
    reel_clip_free(&b);
}

/* What the progress function was told, and when it asks to stop. */
typedef struct {
    int calls, stop_at; /* stop_at: the call that stops, 0 for never */
    char log[256];
} watcher;

static int watch(const char *phase, int done, int total, void *user)
{
    watcher *w = user;
    size_t length = strlen(w->log);
    snprintf(w->log + length, sizeof w->log - length, "%s %d/%d, ", phase, done, total);
    return ++w->calls == w->stop_at;
}

static const char *const story[] = { "text 0/1, ",    "denoise 0/2, ", "denoise 1/2, ",
                                     "denoise 2/2, ", "decode 0/1, ",  "decode 1/1, " };
enum { CALLS = sizeof story / sizeof *story };

static void progress_tells_every_phase_and_step(void **state)
{
    (void)state;
    char expected[256] = "";
    for (int i = 0; i < CALLS; i++) {
        strncat(expected, story[i], sizeof expected - strlen(expected) - 1);
    }
    reel_request r = engine_request();
    watcher w = { 0 };
    reel_clip clip;
    assert_int_equal(reel_generate(&clip, engine, &r, watch, &w), REEL_OK);
    assert_string_equal(w.log, expected);
    reel_clip_free(&clip);
}

static void no_call_follows_the_one_that_stops(void **state)
{
    (void)state;
    reel_request r = engine_request();
    for (int stop = 1; stop <= CALLS; stop++) {
        watcher w = { .stop_at = stop };
        reel_clip clip = { .frames = 5 };
        assert_int_equal(reel_generate(&clip, engine, &r, watch, &w), REEL_ERR_CANCELLED);
        assert_int_equal(w.calls, stop);
        assert_memory_equal(&clip, &(reel_clip){ 0 }, sizeof clip);
        assert_ptr_equal(strstr(reel_error_message(), "stopped "), reel_error_message());
    }
}

static void an_engine_works_on_after_a_stop(void **state)
{
    (void)state;
    reel_request r = engine_request();
    reel_clip before = make(&r), stopped;
    watcher w = { .stop_at = 3 };
    assert_int_equal(reel_generate(&stopped, engine, &r, watch, &w), REEL_ERR_CANCELLED);
    reel_clip after = make(&r);
    assert_true(same_picture(&before, &after));
    assert_true(same_sound(&before, &after));
    reel_clip_free(&before);
    reel_clip_free(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_knows_its_name),
        cmocka_unit_test(every_aspect_and_resolution_has_its_size),
        cmocka_unit_test(frames_and_samples_follow_the_seconds),
        cmocka_unit_test(a_silent_film_has_frames_and_no_samples),
        cmocka_unit_test(the_same_request_gives_the_same_film_with_one_thread_and_two),
        cmocka_unit_test(the_film_depends_on_every_field_of_the_request),
        cmocka_unit_test(defaults_come_from_the_model),
        cmocka_unit_test(progress_tells_every_phase_and_step),
        cmocka_unit_test(no_call_follows_the_one_that_stops),
        cmocka_unit_test(an_engine_works_on_after_a_stop),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
