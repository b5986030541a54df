/* The benchmark as a whole, with makers that are known to be right, wrong, late or broken. */
#include "reel/vabench.h"

#include "vabench/prompts.h"
#include "vabench/rendered.h"

#include <ftw.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROMPTS = 24 };

/* A maker that knows the scenes: film i is that of prompt i + shift, its sound `late` seconds late.
 */
typedef struct {
    int made, shift, fails_at;
    double late;
    uint64_t seeds[PROMPTS];
} maker;

static reel_status make(reel_clip *out, const char *prompt, double seconds, uint64_t seed,
                        void *user)
{
    maker *m = user;
    reel_prompt asked, given;
    if (m->made == m->fails_at) {
        return REEL_ERR_MEMORY;
    }
    assert_int_equal(reel_prompt_build(&asked, 7, m->made, seconds, 1.8), REEL_OK);
    assert_string_equal(prompt, asked.text);
    assert_int_equal(reel_prompt_build(&given, 7, (m->made + m->shift) % PROMPTS, seconds, 1.8),
                     REEL_OK);
    m->seeds[m->made++] = seed;
    reel_clip_free(out);
    *out = film_of(&given.scene);
    int64_t late = (int64_t)(m->late * out->sample_rate);
    for (int c = 0; c < 2; c++) {
        float *pcm = out->pcm + c * out->samples;
        memmove(pcm + late, pcm, (size_t)(out->samples - late) * sizeof *pcm);
        memset(pcm, 0, (size_t)late * sizeof *pcm);
    }
    return REEL_OK;
}

static json_t *run_with(maker *m, const char *folder)
{
    reel_vabench_request request = REEL_VABENCH_REQUEST_INIT;
    request.prompts = PROMPTS;
    request.seed = 7;
    request.folder = folder;
    request.model = "test";
    request.make = m ? make : NULL;
    request.user = m;
    char *text = NULL;
    assert_int_equal(reel_vabench_run(&text, &request), REEL_OK);
    json_t *report = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(report);
    return report;
}

static double attribute_share(const json_t *report, const char *side, const char *name)
{
    const json_t *attributes = json_object_get(json_object_get(report, side), "attributes");
    return json_number_value(json_object_get(json_object_get(attributes, name), "share"));
}

static double sync_share(const json_t *report, const char *side, const char *name)
{
    const json_t *sync = json_object_get(json_object_get(report, side), "sync");
    return json_number_value(json_object_get(json_object_get(sync, "all"), name));
}

static void a_perfect_maker_scores_as_real_renders_do(void **state)
{
    (void)state;
    maker m = { .fails_at = -1 };
    json_t *report = run_with(&m, NULL);
    static const char *const names[] = {
        "object", "colour", "place", "daytime", "motion", "sound"
    };
    assert_int_equal(m.made, PROMPTS);
    for (int i = 0; i < 6; i++) {
        assert_true(attribute_share(report, "films", names[i]) > 0.95);
        assert_true(attribute_share(report, "films", names[i]) ==
                    attribute_share(report, "real", names[i]));
    }
    assert_true(sync_share(report, "films", "heard_share") > 0.95);
    assert_true(sync_share(report, "films", "seen_share") > 0.95);
    assert_true(sync_share(report, "films", "chance_heard_share") < 0.6);
    json_decref(report);
}

/* Six prompts on, the motion is the same again, the object is the next one. */
static void a_maker_of_other_films_scores_low_where_they_differ(void **state)
{
    (void)state;
    maker m = { .shift = 6, .fails_at = -1 };
    json_t *report = run_with(&m, NULL);
    assert_true(attribute_share(report, "films", "object") < 0.1);
    assert_true(attribute_share(report, "films", "motion") > 0.95);
    assert_true(attribute_share(report, "films", "colour") < 0.5);
    assert_true(sync_share(report, "films", "heard_share") > 0.95);
    json_decref(report);
}

static void a_maker_whose_sound_lags_is_out_of_sync(void **state)
{
    (void)state;
    maker m = { .late = 0.12, .fails_at = -1 };
    json_t *report = run_with(&m, NULL);
    assert_true(sync_share(report, "films", "heard_share") < 0.1);
    assert_true(fabs(sync_share(report, "films", "median_ms") - 120.0) < 6.0);
    assert_true(attribute_share(report, "films", "sound") > 0.9);
    json_decref(report);
}

static void a_failing_maker_ends_the_run(void **state)
{
    (void)state;
    maker m = { .fails_at = 2 };
    reel_vabench_request request = REEL_VABENCH_REQUEST_INIT;
    request.prompts = 4;
    request.seed = 7;
    request.make = make;
    request.user = &m;
    char *text = NULL;
    assert_int_equal(reel_vabench_run(&text, &request), REEL_ERR_MEMORY);
    assert_null(text);
    assert_int_equal(m.made, 2);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info;
    (void)type;
    (void)at;
    return remove(path);
}

static void real_films_are_kept_with_sheet_and_spectrograms(void **state)
{
    (void)state;
    static const char *const names[] = {
        "film_000.mp4",       "film_023.mp4",       "sheet.png",
        "spectrogram_00.png", "spectrogram_15.png", "report.json"
    };
    char folder[] = "/tmp/reel-vabench-XXXXXX", path[128];
    assert_non_null(mkdtemp(folder));
    json_t *report = run_with(NULL, folder);
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    snprintf(path, sizeof path, "%s/spectrogram_16.png", folder);
    assert_int_not_equal(access(path, R_OK), 0);
    assert_null(json_object_get(report, "films"));
    assert_null(json_object_get(report, "model"));
    assert_int_equal(json_array_size(json_object_get(report, "each")), PROMPTS);
    json_decref(report);
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void run_refuses_requests_out_of_range(void **state)
{
    (void)state;
    const reel_vabench_request good = REEL_VABENCH_REQUEST_INIT;
    reel_vabench_request bad[4] = { good, good, good, good };
    bad[0].prompts = 0;
    bad[1].prompts = 1001;
    bad[2].seconds = 2.9;
    bad[3].size = 1;
    for (int i = 0; i < 4; i++) {
        char *text = NULL;
        assert_int_equal(reel_vabench_run(&text, &bad[i]), REEL_ERR_INVALID);
        assert_null(text);
    }
}

static void prompts_take_turns_and_ask_only_for_what_they_say(void **state)
{
    (void)state;
    int kinds[REEL_CAPTION_KIND_COUNT] = { 0 }, objects[REEL_OBJECT_COUNT] = { 0 };
    for (int i = 0; i < 72; i++) {
        reel_prompt p, again;
        assert_int_equal(reel_prompt_build(&p, 3, i, 3.0, 1.8), REEL_OK);
        assert_int_equal(reel_prompt_build(&again, 3, i, 3.0, 1.8), REEL_OK);
        assert_string_equal(p.text, again.text);
        kinds[p.kind]++;
        objects[p.scene.actors[0].object]++;
        assert_int_equal(p.wanted[REEL_TRAIT_MOTION], i % 6);
        assert_int_equal(p.wanted[REEL_TRAIT_SOUND] < 0, p.kind == REEL_CAPTION_SHORT);
        int says_time = reel_caption_mentions(p.text, REEL_ATTRIBUTE_DAYTIME, p.scene.daytime);
        assert_int_equal(p.wanted[REEL_TRAIT_DAYTIME] >= 0, says_time);
    }
    for (int k = 0; k < REEL_CAPTION_KIND_COUNT; k++) {
        assert_int_equal(kinds[k], 24);
    }
    for (int o = 0; o < REEL_OBJECT_COUNT; o++) {
        assert_int_equal(objects[o], 12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_perfect_maker_scores_as_real_renders_do),
        cmocka_unit_test(a_maker_of_other_films_scores_low_where_they_differ),
        cmocka_unit_test(a_maker_whose_sound_lags_is_out_of_sync),
        cmocka_unit_test(a_failing_maker_ends_the_run),
        cmocka_unit_test(real_films_are_kept_with_sheet_and_spectrograms),
        cmocka_unit_test(run_refuses_requests_out_of_range),
        cmocka_unit_test(prompts_take_turns_and_ask_only_for_what_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
