/* The judge on real films, whose truth is known. */
#include "vabench/judge.h"

#include "vabench/prompts.h"
#include "vabench/rendered.h"
#include "vabench/sync.h"

#include <math.h>
#include <string.h>

enum { FILMS = 60 };

static int true_value(const reel_scene *scene, int trait)
{
    static const reel_attribute attributes[REEL_TRAIT_SOUND] = {
        REEL_ATTRIBUTE_OBJECT, REEL_ATTRIBUTE_COLOUR, REEL_ATTRIBUTE_PLACE, REEL_ATTRIBUTE_DAYTIME,
        REEL_ATTRIBUTE_MOTION
    };
    return trait == REEL_TRAIT_SOUND ? reel_sound_of_scene(scene)
                                     : reel_scene_value(scene, attributes[trait]);
}

/* What a row of films came to. */
typedef struct {
    int right[REEL_TRAIT_COUNT];
    int struck, seen, heard; /* impacts in the scenes; found in the picture; found in the sound */
    int invented;            /* impacts and onsets that no scene has */
    reel_sync sync;
} tally;

static int is_inside(double seconds)
{
    return seconds > REEL_SYNC_HEAD && seconds < 3.0 - REEL_SYNC_TAIL;
}

static int has_impact_near(const reel_scene *scene, double seconds, double tolerance)
{
    for (int i = 0; i < scene->event_count; i++) {
        const reel_event *event = &scene->events[i];
        if (reel_event_is_impact(event->kind) && fabs(event->seconds - seconds) < tolerance) {
            return 1;
        }
    }
    return 0;
}

static void count_impacts(tally *t, const reel_scene *scene, const reel_verdict *v)
{
    for (int e = 0; e < scene->event_count; e++) {
        const reel_event *event = &scene->events[e];
        if (!reel_event_is_impact(event->kind) || !is_inside(event->seconds)) {
            continue;
        }
        int seen = 0, heard = 0;
        for (int i = 0; i < v->impacts.count; i++) {
            seen |= fabs(v->impacts.at[i].seconds - event->seconds) < 0.015;
        }
        for (int i = 0; i < v->onsets.count; i++) {
            heard |= fabs(v->onsets.at[i].seconds - event->seconds) < 0.003;
        }
        t->struck++;
        t->seen += seen;
        t->heard += heard;
    }
    for (int i = 0; i < v->impacts.count; i++) {
        double at = v->impacts.at[i].seconds;
        t->invented += is_inside(at) && !has_impact_near(scene, at, 0.03);
    }
    for (int i = 0; i < v->onsets.count; i++) {
        t->invented += !has_impact_near(scene, v->onsets.at[i].seconds, 0.03);
    }
}

static tally judge_all(uint64_t set, int softens)
{
    tally t;
    memset(&t, 0, sizeof t);
    reel_judge *judge;
    assert_int_equal(reel_judge_new(&judge), REEL_OK);
    for (int i = 0; i < FILMS; i++) {
        reel_prompt prompt;
        assert_int_equal(reel_prompt_build(&prompt, set, i, 3.0, 1.8), REEL_OK);
        reel_clip clip = film_of(&prompt.scene);
        if (softens) {
            soften(&clip, (uint64_t)i);
        }
        reel_verdict v;
        assert_int_equal(reel_judge_film(&v, judge, &clip), REEL_OK);
        for (int trait = 0; trait < REEL_TRAIT_COUNT; trait++) {
            int truth = true_value(&prompt.scene, trait);
            t.right[trait] += v.value[trait] == truth;
            if (v.value[trait] != truth) {
                print_message("film %d: %s is %s, seen as %s\n", i, reel_trait_name(trait),
                              reel_trait_value_name(trait, truth),
                              reel_trait_value_name(trait, v.value[trait]));
            }
        }
        count_impacts(&t, &prompt.scene, &v);
        reel_sync_add(&t.sync, &v.impacts, &v.onsets, v.seconds);
        reel_clip_free(&clip);
    }
    reel_judge_free(judge);
    return t;
}

static void judge_knows_what_real_films_show_and_sound_like(void **state)
{
    (void)state;
    tally t = judge_all(1, 0);
    for (int trait = 0; trait < REEL_TRAIT_COUNT; trait++) {
        assert_true(t.right[trait] >= 0.97 * FILMS);
    }
    assert_true(t.struck > 100);
    assert_true(t.seen >= 0.97 * t.struck);
    assert_true(t.heard >= 0.97 * t.struck);
    assert_true(t.invented <= 0.03 * t.struck);
    assert_true(t.sync.heard >= 0.97 * t.sync.impacts);
    assert_true(t.sync.seen >= 0.97 * t.sync.onsets);
    assert_true(reel_sync_median_ms(&t.sync) < 5.0);
}

static void judge_knows_films_that_are_blurred_and_noisy(void **state)
{
    (void)state;
    tally t = judge_all(2, 1);
    for (int trait = 0; trait < REEL_TRAIT_COUNT; trait++) {
        assert_true(t.right[trait] >= 0.95 * FILMS);
    }
    assert_true(t.seen >= 0.95 * t.struck);
    assert_true(t.invented <= 0.05 * t.struck);
}

/* A film of nothing but a place: no object, nothing that moves. */
static void judge_finds_no_object_where_there_is_none(void **state)
{
    (void)state;
    reel_judge *judge;
    reel_verdict v;
    reel_scene scene = scene_with(3, REEL_ATTRIBUTE_WEATHER, REEL_WEATHER_SNOW);
    scene.actor_count = 0;
    scene.event_count = 0;
    reel_clip clip = film_of(&scene);
    assert_int_equal(reel_judge_new(&judge), REEL_OK);
    assert_int_equal(reel_judge_film(&v, judge, &clip), REEL_OK);
    assert_int_equal(v.value[REEL_TRAIT_PLACE], scene.place);
    assert_int_equal(v.value[REEL_TRAIT_COLOUR], -1);
    assert_int_equal(v.value[REEL_TRAIT_OBJECT], -1);
    assert_int_equal(v.value[REEL_TRAIT_MOTION], -1);
    assert_int_equal(v.value[REEL_TRAIT_SOUND], -1);
    assert_int_equal(v.impacts.count + v.onsets.count, 0);
    reel_clip_free(&clip);
    reel_judge_free(judge);
}

/* Every frame is the first one: a spinning object that does not spin. */
static void judge_sees_no_motion_in_a_still_film(void **state)
{
    (void)state;
    reel_judge *judge;
    assert_int_equal(reel_judge_new(&judge), REEL_OK);
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        reel_verdict v;
        reel_scene_choice choice = reel_scene_choice_any();
        reel_scene scene;
        choice.value[REEL_ATTRIBUTE_OBJECT] = o;
        choice.value[REEL_ATTRIBUTE_MOTION] = REEL_MOTION_SPIN;
        assert_int_equal(reel_scene_sample(&scene, &choice, 5, 3.0, 1.8), REEL_OK);
        reel_clip clip = film_of(&scene);
        size_t bytes = 3 * (size_t)clip.width * (size_t)clip.height;
        for (int f = 1; f < clip.frames; f++) {
            memcpy(clip.rgb + bytes * (size_t)f, clip.rgb, bytes);
        }
        soften(&clip, 1);
        assert_int_equal(reel_judge_film(&v, judge, &clip), REEL_OK);
        assert_int_equal(v.value[REEL_TRAIT_OBJECT], o);
        assert_int_equal(v.value[REEL_TRAIT_MOTION], -1);
        reel_clip_free(&clip);
    }
    reel_judge_free(judge);
}

/* Noise everywhere in picture and sound is like nothing the set holds. */
static void judge_recognises_nothing_in_noise(void **state)
{
    (void)state;
    reel_judge *judge;
    reel_verdict v;
    reel_rng rng = reel_rng_at(4, 0);
    reel_clip clip = { .frames = 48,
                       .width = 144,
                       .height = 80,
                       .fps_num = 16,
                       .fps_den = 1,
                       .channels = 2,
                       .sample_rate = 44100,
                       .samples = 132300 };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (size_t i = 0; i < (size_t)48 * 144 * 80 * 3; i++) {
        clip.rgb[i] = (uint8_t)reel_rng_below(&rng, 256);
    }
    for (int64_t i = 0; i < 2 * clip.samples; i++) {
        clip.pcm[i] = (float)reel_rng_range(&rng, -0.1, 0.1);
    }
    assert_int_equal(reel_judge_new(&judge), REEL_OK);
    assert_int_equal(reel_judge_film(&v, judge, &clip), REEL_OK);
    assert_int_equal(v.value[REEL_TRAIT_PLACE], -1);
    assert_int_equal(v.value[REEL_TRAIT_MOTION], -1);
    assert_int_equal(v.value[REEL_TRAIT_SOUND], -1);
    assert_int_equal(v.onsets.count, 0);
    reel_clip_free(&clip);
    reel_judge_free(judge);
}

static void judge_takes_films_without_picture_or_sound(void **state)
{
    (void)state;
    reel_judge *judge;
    reel_verdict v;
    reel_scene scene = scene_with(6, REEL_ATTRIBUTE_MOTION, REEL_MOTION_BOUNCE);
    reel_clip clip = film_of(&scene);
    assert_int_equal(reel_judge_new(&judge), REEL_OK);
    int64_t samples = clip.samples;
    clip.samples = 0;
    assert_int_equal(reel_judge_film(&v, judge, &clip), REEL_OK);
    assert_int_equal(v.value[REEL_TRAIT_MOTION], REEL_MOTION_BOUNCE);
    assert_int_equal(v.value[REEL_TRAIT_SOUND], -1);
    clip.samples = samples;
    int frames = clip.frames;
    clip.frames = 0;
    assert_int_equal(reel_judge_film(&v, judge, &clip), REEL_OK);
    assert_int_equal(v.value[REEL_TRAIT_MOTION], -1);
    assert_int_equal(v.value[REEL_TRAIT_SOUND], scene.actors[0].object);
    clip.frames = frames;
    reel_clip_free(&clip);
    reel_judge_free(judge);
}

static void judge_refuses_absurd_films(void **state)
{
    (void)state;
    reel_judge *judge;
    reel_verdict v;
    uint8_t pixel[3] = { 0 };
    float sample = 0.0f;
    const reel_clip films[] = {
        { .frames = 1, .width = 1, .height = 1, .fps_num = 16, .fps_den = 1, .rgb = pixel },
        { .frames = 1, .width = 4000, .height = 16, .fps_num = 16, .fps_den = 1, .rgb = pixel },
        { .frames = 1, .width = 144, .height = 80, .fps_num = 0, .fps_den = 1, .rgb = pixel },
        { .samples = 1, .channels = 1, .sample_rate = 1, .pcm = &sample },
    };
    assert_int_equal(reel_judge_new(&judge), REEL_OK);
    for (size_t i = 0; i < sizeof films / sizeof *films; i++) {
        assert_int_equal(reel_judge_film(&v, judge, &films[i]), REEL_ERR_INVALID);
    }
    reel_judge_free(judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judge_knows_what_real_films_show_and_sound_like),
        cmocka_unit_test(judge_knows_films_that_are_blurred_and_noisy),
        cmocka_unit_test(judge_finds_no_object_where_there_is_none),
        cmocka_unit_test(judge_sees_no_motion_in_a_still_film),
        cmocka_unit_test(judge_recognises_nothing_in_noise),
        cmocka_unit_test(judge_takes_films_without_picture_or_sound),
        cmocka_unit_test(judge_refuses_absurd_films),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
