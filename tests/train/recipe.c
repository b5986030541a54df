/* Recipes: defaults, and what is refused. */
#include "train/recipe.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static reel_status read_text(reel_recipe *out, const char *text)
{
    json_t *document = NULL;
    assert_int_equal(reel_json_parse(&document, text, strlen(text), "recipe"), REEL_OK);
    return reel_recipe_read(out, document);
}

static void recipe_needs_only_a_stage(void **state)
{
    (void)state;
    reel_recipe r;
    assert_int_equal(read_text(&r, "{\"stage\": \"dit\"}"), REEL_OK);
    assert_string_equal(r.stage, "dit");
    assert_string_equal(r.part, "dit");
    assert_string_equal(r.model_dir, "models/mini");
    assert_string_equal(r.part_dir, "models/mini");
    assert_null(r.init_from);
    assert_int_equal(r.batch, 16);
    assert_true(json_is_object(r.config) && json_object_size(r.config) == 0);
    assert_true(json_is_object(r.options));
    reel_recipe_deinit(&r);
    reel_recipe_deinit(&r);
}

static void recipe_reads_what_is_there(void **state)
{
    (void)state;
    reel_recipe r;
    assert_int_equal(read_text(&r, "{\"stage\": \"dit\", \"part\": \"dit_images\", \"lr\": 0.002,"
                                   "\"steps\": 12, \"config\": {\"width\": 8}, \"seed\": 7,"
                                   "\"init_from\": \"a.safetensors\", \"muon_lr\": 0.02}"),
                     REEL_OK);
    assert_string_equal(r.part, "dit_images");
    assert_string_equal(r.init_from, "a.safetensors");
    assert_int_equal(r.steps, 12);
    assert_int_equal(r.seed, 7);
    assert_true(r.lr == 0.002f && r.muon_lr == 0.02f);
    assert_int_equal(json_integer_value(json_object_get(r.config, "width")), 8);
    reel_recipe_deinit(&r);
}

static void recipe_names_the_field_that_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } wrong[] = {
        { "{}", "stage: is missing" },
        { "{\"stage\": \"dit\", \"learning_rate\": 1}", "learning_rate: is no known key" },
        { "{\"stage\": \"dit\", \"lr\": 2}", "lr: is 2, expected 0 to 1" },
        { "{\"stage\": \"dit\", \"steps\": 0}", "steps: is 0, expected 1 to 1000000000" },
        { "{\"stage\": \"dit\", \"config\": []}", "config: expected an object" },
        { "{\"stage\": 3}", "stage: is a number, expected a string" },
        { "{\"stage\": \"dit\", \"part\": \"../x\"}", "part: is \"../x\", expected a file name" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        reel_recipe r;
        assert_int_equal(read_text(&r, wrong[i].text), REEL_ERR_FORMAT);
        assert_string_equal(reel_error_message(), wrong[i].message);
        assert_null(r.document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recipe_needs_only_a_stage),
        cmocka_unit_test(recipe_reads_what_is_there),
        cmocka_unit_test(recipe_names_the_field_that_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
