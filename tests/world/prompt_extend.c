/* Extended prompts: the words stay, what they leave open is added once, the rest is left alone. */
#include "reel/prompt.h"

#include "world/caption.h"
#include "world_check.h"

#include <stdlib.h>
#include <string.h>

/* Owned by the caller. */
static char *extended_with(const char *prompt, reel_prompt_rules rules)
{
    char *out = NULL;
    assert_int_equal(reel_prompt_extend(&out, prompt, &rules), REEL_OK);
    return out;
}

static char *extended(const char *prompt)
{
    return extended_with(prompt, (reel_prompt_rules)REEL_PROMPT_RULES_INIT);
}

static int count_values(const char *text, reel_attribute attribute)
{
    int count = 0;
    for (int v = 0; v < reel_attribute_size((int)attribute); v++) {
        count += reel_caption_mentions(text, attribute, v);
    }
    return count;
}

static void what_is_left_open_is_added_and_tagged(void **state)
{
    (void)state;
    static const char *const prompts[] = {
        "a red ball",
        "A red ball bounces",
        "a red ball bounces in a meadow",
        "a red ball bounces in a meadow at night!",
        "at night, a huge glass bottle.  ",
        "a star in the snow",
        "ein Stern, ein star, caf\xc3\xa9",
    };
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        char *text = extended(prompts[i]);
        static const reel_attribute once[] = { REEL_ATTRIBUTE_OBJECT, REEL_ATTRIBUTE_MOTION,
                                               REEL_ATTRIBUTE_PLACE, REEL_ATTRIBUTE_DAYTIME };
        assert_memory_equal(text, prompts[i], 10);
        for (int a = 0; a < 4; a++) {
            if (count_values(text, once[a]) != 1) {
                fail_msg("%s: %d values of %s", text, count_values(text, once[a]),
                         reel_attribute_name((int)once[a]));
            }
        }
        assert_non_null(strstr(text, " <sfx>"));
        assert_non_null(strstr(text, "</sfx> <bgm>"));
        assert_non_null(strstr(text, "</bgm>"));
        assert_null(strstr(text, ".."));
        assert_null(strstr(text, "  <"));
        free(text);
    }
}

static void nothing_is_invented_that_was_said_already(void **state)
{
    (void)state;
    char *text = extended("A small blue bell swings on a rope in a street at night in the rain.");
    assert_non_null(strstr(text, "in the rain. <sfx>a "));
    assert_non_null(strstr(text, "the post"));
    free(text);
    text = extended("a star in the snow");
    assert_true(reel_caption_mentions(text, REEL_ATTRIBUTE_PLACE, REEL_PLACE_MEADOW));
    free(text);
    text = extended("a star");
    assert_int_equal(count_values(text, REEL_ATTRIBUTE_WEATHER), 0);
    assert_int_equal(count_values(text, REEL_ATTRIBUTE_COLOUR), 0);
    assert_int_equal(count_values(text, REEL_ATTRIBUTE_SIZE), 0);
    free(text);
}

static void what_the_rules_do_not_know_comes_out_as_it_went_in(void **state)
{
    (void)state;
    static const char *const prompts[] = {
        "",
        "a fox runs through the snow",
        "a red ball and a blue crate in a meadow",
        "a red ball rolls, then bounces",
        "a red ball <sfx>a thud</sfx>",
        "a red ball bounces <bgm>birds</bgm>",
        "  a footballer  ",
    };
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        char *text = extended(prompts[i]);
        assert_string_equal(text, prompts[i]);
        free(text);
    }
}

static void a_silent_film_needs_no_words_for_sounds(void **state)
{
    (void)state;
    reel_prompt_rules rules = REEL_PROMPT_RULES_INIT;
    rules.with_sound = 0;
    char *text = extended_with("a red ball bounces", rules);
    assert_null(strchr(text, '<'));
    assert_int_equal(count_values(text, REEL_ATTRIBUTE_PLACE), 1);
    free(text);
}

static void a_wording_is_repeatable_and_variants_differ(void **state)
{
    (void)state;
    int different = 0;
    for (uint64_t v = 1; v < 20; v++) {
        reel_prompt_rules rules = REEL_PROMPT_RULES_INIT, other = rules;
        rules.variant = v;
        char *a = extended_with("a red ball bounces", rules);
        char *b = extended_with("a red ball bounces", rules);
        char *c = extended_with("a red ball bounces", other);
        assert_string_equal(a, b);
        different += strcmp(a, c) != 0;
        free(a);
        free(b);
        free(c);
    }
    assert_int_equal(different, 19);
}

static void only_whole_sentences_that_fit_are_added(void **state)
{
    (void)state;
    size_t longest = 0;
    for (size_t limit = 0; limit < 400; limit++) {
        reel_prompt_rules rules = REEL_PROMPT_RULES_INIT;
        rules.limit = limit;
        char *text = extended_with("a red ball", rules);
        size_t length = strlen(text);
        assert_true(length <= limit || limit < 11);
        char last = text[length - 1];
        assert_true(limit < 11 ? strcmp(text, "a red ball") == 0 : last == '.' || last == '>');
        longest = length > longest ? length : longest;
        free(text);
    }
    assert_true(longest > 100);
}

static void what_is_no_text_is_refused(void **state)
{
    (void)state;
    char *text;
    reel_prompt_rules rules = REEL_PROMPT_RULES_INIT;
    assert_int_equal(reel_prompt_extend(&text, "a red ball \xff", &rules), REEL_ERR_INVALID);
    assert_null(text);
    rules.size = 1;
    assert_int_equal(reel_prompt_extend(&text, "a red ball", &rules), REEL_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_open_is_added_and_tagged),
        cmocka_unit_test(nothing_is_invented_that_was_said_already),
        cmocka_unit_test(what_the_rules_do_not_know_comes_out_as_it_went_in),
        cmocka_unit_test(a_silent_film_needs_no_words_for_sounds),
        cmocka_unit_test(a_wording_is_repeatable_and_variants_differ),
        cmocka_unit_test(only_whole_sentences_that_fit_are_added),
        cmocka_unit_test(what_is_no_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
