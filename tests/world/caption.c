/* Captions: true, complete, varied. */
#include "world/caption.h"
#include "world_check.h"

#include <ctype.h>
#include <string.h>

static reel_str captioned(const reel_scene *scene, int kind, uint64_t variant)
{
    reel_str text;
    reel_str_init(&text, REEL_CAPTION_LIMIT);
    assert_int_equal(reel_scene_caption(&text, scene, (reel_caption_kind)kind, variant), REEL_OK);
    return text;
}

static int must_be_named(int attribute, int kind)
{
    if (kind != REEL_CAPTION_SHORT) {
        return 1;
    }
    return attribute == REEL_ATTRIBUTE_OBJECT || attribute == REEL_ATTRIBUTE_COLOUR ||
           attribute == REEL_ATTRIBUTE_PLACE || attribute == REEL_ATTRIBUTE_MOTION;
}

static void captions_name_what_is_shown_and_nothing_else(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        reel_scene scene = sampled(seed);
        int kind = (int)(seed % REEL_CAPTION_KIND_COUNT);
        reel_str text = captioned(&scene, kind, seed);
        for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
            int shown = reel_scene_value(&scene, (reel_attribute)a);
            int silent = a == REEL_ATTRIBUTE_WEATHER && shown == REEL_WEATHER_NONE;
            for (int v = 0; v < reel_attribute_size(a); v++) {
                int named = reel_caption_mentions(text.text, (reel_attribute)a, v);
                int wrong = v != shown && named;
                int missing = v == shown && !named && !silent && must_be_named(a, kind);
                if (wrong || missing) {
                    fail_msg("\"%s\" %s %s", text.text, wrong ? "names" : "does not name",
                             reel_attribute_value_name(a, v));
                }
            }
        }
        reel_str_deinit(&text);
    }
}

static void structured_captions_tag_sounds_and_ambience_once(void **state)
{
    (void)state;
    static const char *const tags[] = { "<sfx>", "</sfx>", "<bgm>", "</bgm>" };
    for (uint64_t seed = 0; seed < 300; seed++) {
        reel_scene scene = sampled(seed);
        reel_str text = captioned(&scene, REEL_CAPTION_STRUCTURED, seed);
        for (int i = 0; i < 4; i++) {
            const char *found = strstr(text.text, tags[i]);
            assert_non_null(found);
            assert_null(strstr(found + 1, tags[i]));
        }
        assert_true(strstr(text.text, "<sfx>") < strstr(text.text, "</sfx>"));
        assert_true(strstr(text.text, "<bgm>") < strstr(text.text, "</bgm>"));
        reel_str_deinit(&text);
    }
}

static void a_variant_is_repeatable_and_variants_differ(void **state)
{
    (void)state;
    int different = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        reel_scene scene = sampled(seed);
        reel_str a = captioned(&scene, REEL_CAPTION_LONG, 3),
                 b = captioned(&scene, REEL_CAPTION_LONG, 3);
        reel_str c = captioned(&scene, REEL_CAPTION_LONG, 4);
        assert_string_equal(a.text, b.text);
        different += strcmp(a.text, c.text) != 0;
        reel_str_deinit(&a);
        reel_str_deinit(&b);
        reel_str_deinit(&c);
    }
    assert_true(different > 45);
}

static void captions_are_well_spelt(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 1500; seed++) {
        reel_scene scene = sampled(seed);
        reel_str text = captioned(&scene, (int)(seed % REEL_CAPTION_KIND_COUNT), seed);
        assert_true(isupper((unsigned char)text.text[0]));
        assert_null(strpbrk(text.text, "{}"));
        assert_null(strstr(text.text, "  "));
        assert_null(strstr(text.text, " ,"));
        assert_null(strstr(text.text, " ."));
        assert_null(strstr(text.text, " a orange"));
        for (const char *stop = strstr(text.text, ". "); stop; stop = strstr(stop + 1, ". ")) {
            assert_true(isupper((unsigned char)stop[2]) || stop[2] == '<');
        }
        reel_str_deinit(&text);
    }
}

static void add_words(char words[][24], int *count, int limit, const char *text)
{
    while (*text) {
        size_t length = 0;
        char word[24] = { 0 };
        while (isalpha((unsigned char)text[length]) || text[length] == '-') {
            word[length % 23] = (char)tolower((unsigned char)text[length]);
            length++;
        }
        int known = length == 0;
        for (int i = 0; i < *count && !known; i++) {
            known = strcmp(words[i], word) == 0;
        }
        if (!known && *count < limit) {
            strcpy(words[(*count)++], word);
        }
        text += length > 0 ? length : 1;
    }
}

static void the_vocabulary_has_over_three_hundred_words(void **state)
{
    (void)state;
    enum { LIMIT = 600 };
    static char words[LIMIT][24];
    int count = 0;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        reel_scene scene = sampled(seed);
        reel_str text = captioned(&scene, (int)(seed % REEL_CAPTION_KIND_COUNT), seed);
        add_words(words, &count, LIMIT, text.text);
        reel_str_deinit(&text);
    }
    assert_true(count > 300);
}

static void mentions_looks_for_whole_words(void **state)
{
    (void)state;
    assert_true(reel_caption_mentions("A Ball.", REEL_ATTRIBUTE_OBJECT, REEL_OBJECT_BALL));
    assert_false(reel_caption_mentions("A balloon", REEL_ATTRIBUTE_OBJECT, REEL_OBJECT_BALL));
    assert_false(reel_caption_mentions("the stars", REEL_ATTRIBUTE_OBJECT, REEL_OBJECT_STAR));
    assert_true(reel_caption_mentions("bouncing", REEL_ATTRIBUTE_MOTION, REEL_MOTION_BOUNCE));
    assert_false(
        reel_caption_mentions("anticlockwise", REEL_ATTRIBUTE_DIRECTION, REEL_DIRECTION_RIGHT));
    assert_false(reel_caption_mentions("anything", REEL_ATTRIBUTE_WEATHER, REEL_WEATHER_NONE));
    assert_false(reel_caption_mentions("anything", REEL_ATTRIBUTE_COLOUR, 99));
}

static void a_full_string_is_an_error(void **state)
{
    (void)state;
    reel_scene scene = sampled(1);
    reel_str text;
    reel_str_init(&text, 8);
    assert_int_equal(reel_scene_caption(&text, &scene, REEL_CAPTION_LONG, 0), REEL_ERR_MEMORY);
    reel_str_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captions_name_what_is_shown_and_nothing_else),
        cmocka_unit_test(structured_captions_tag_sounds_and_ambience_once),
        cmocka_unit_test(a_variant_is_repeatable_and_variants_differ),
        cmocka_unit_test(captions_are_well_spelt),
        cmocka_unit_test(the_vocabulary_has_over_three_hundred_words),
        cmocka_unit_test(mentions_looks_for_whole_words),
        cmocka_unit_test(a_full_string_is_an_error),
    };
    return cmocka_run_group_tests_name("world.caption", tests, NULL, NULL);
}
