/* Folders of clips. */
#include "base/json.h"
#include "reel/world.h"
#include "scratch.h"
#include "world_check.h"

#include "base/file.h"

static void a_folder_gets_one_film_and_one_truth_per_clip(void **state)
{
    (void)state;
    reel_world_request request = REEL_WORLD_REQUEST_INIT;
    request.folder = scratch_dir;
    request.count = 2;
    request.seconds = 0.5;
    request.aspect = "3:4";
    request.choose = "object=star,colour=pink";
    assert_int_equal(reel_world_render(&request, NULL, NULL), REEL_OK);
    assert_int_equal(scratch_count(), 4);
    assert_true(reel_file_exists(scratch_path("clip_000001.mp4")));
    json_t *truth;
    assert_int_equal(reel_json_load(&truth, scratch_path("clip_000001.json")), REEL_OK);
    const json_t *actor = json_array_get(json_object_get(truth, "actors"), 0);
    assert_string_equal(json_string_value(json_object_get(actor, "object")), "star");
    assert_string_equal(json_string_value(json_object_get(actor, "colour")), "pink");
    json_decref(truth);
}

static int stop_at_once(int done, int total, void *user)
{
    assert_int_equal(total, 5);
    *(int *)user = done;
    return 1;
}

static void progress_may_stop_it(void **state)
{
    (void)state;
    reel_world_request request = REEL_WORLD_REQUEST_INIT;
    request.folder = scratch_dir;
    request.count = 5;
    request.seconds = 0.5;
    int done = 0;
    assert_int_equal(reel_world_render(&request, stop_at_once, &done), REEL_ERR_CANCELLED);
    assert_int_equal(done, 1);
    assert_int_equal(scratch_count(), 2);
}

static void expect_refusal(reel_world_request request, const char *message)
{
    request.folder = scratch_dir;
    assert_int_equal(reel_world_render(&request, NULL, NULL), REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), message);
    assert_int_equal(scratch_count(), 0);
}

static void bad_requests_are_refused_by_name(void **state)
{
    (void)state;
    reel_world_request request = REEL_WORLD_REQUEST_INIT;
    request.aspect = "2:1";
    expect_refusal(request, "aspect: is \"2:1\", expected 16:9, 9:16, 4:3, 3:4 or 1:1");
    request = (reel_world_request)REEL_WORLD_REQUEST_INIT;
    request.count = 0;
    expect_refusal(request, "count: is 0, expected 1..1000000");
    request = (reel_world_request)REEL_WORLD_REQUEST_INIT;
    request.choose = "object=unicorn";
    expect_refusal(request, "choose: no object is called \"unicorn\"");
    request.choose = "unicorn";
    expect_refusal(request, "choose: \"unicorn\", expected attribute=value");
    request.choose = "unicorn=1";
    expect_refusal(request, "choose: no attribute is called \"unicorn\"");
    request = (reel_world_request)REEL_WORLD_REQUEST_INIT;
    request.width = 80;
    request.height = 80;
    expect_refusal(request, "width, height: are 80 x 80, expected about 16:9");
}

static void the_list_holds_every_attribute(void **state)
{
    (void)state;
    char *text;
    assert_int_equal(reel_world_describe(&text), REEL_OK);
    json_t *list;
    assert_int_equal(reel_json_parse(&list, text, strlen(text), "list"), REEL_OK);
    const json_t *attributes = json_object_get(list, "attributes");
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        const json_t *values = json_object_get(attributes, reel_attribute_name(a));
        assert_int_equal(json_array_size(values), reel_attribute_size(a));
    }
    json_decref(list);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_folder_gets_one_film_and_one_truth_per_clip,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(progress_may_stop_it, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(bad_requests_are_refused_by_name, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test(the_list_holds_every_attribute),
    };
    return cmocka_run_group_tests_name("world.render_set", tests, NULL, NULL);
}
