/* The table of routes: who answers what, and that the table makes sense. */
#include "server/routes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void a_path_finds_its_route_and_its_value(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *found, *value;
    } cases[] = {
        { "POST", "/v1", "/v1", "" },
        { "GET", "/", "/", "" },
        { "HEAD", "/files/a.mp4", "/files/{name}", "a.mp4" },
        { "DELETE", "/v1/tasks/x", "/v1/tasks/{taskUUID}", "x" },
        { "GET", "/v1/tasks/x/events", "/v1/tasks/{taskUUID}/events", "x" },
        { "GET", "/v1/videos", "/v1/videos", "" },
        { "GET", "/v1/videos/video_1", "/v1/videos/{id}", "video_1" },
        { "GET", "/v1/videos/video_1/content", "/v1/videos/{id}/content", "video_1" },
        { "POST", "/v1/videos/edits", "/v1/videos/edits", "" },
        { "POST", "/v1/videos/x/remix", "/v1/videos/{id}/remix", "x" },
        { "GET", "/v1/models/skywork:skyreels@v4", "/v1/models/{model}", "skywork:skyreels@v4" },
        { "GET", "/v1/models/m/schema.json", "/v1/models/{model}/schema.json", "m" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char value[REEL_PATH_VALUE_SIZE];
        int knows_path;
        const reel_route *r = reel_route_find(value, &knows_path, cases[i].method, cases[i].path);
        assert_non_null(r);
        assert_string_equal(r->path, cases[i].found);
        assert_string_equal(value, cases[i].value);
    }
}

static void a_wrong_method_is_told_from_a_wrong_path(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        int knows_path;
    } cases[] = {
        { "PUT", "/v1", 1 },
        { "DELETE", "/v1/videos", 1 },
        { "GET", "/v2", 0 },
        { "GET", "/files/", 0 },
        { "GET", "/files/a/b", 0 },
        { "GET", "/v1/videos/", 0 },
        { "GET", "/v1/videos//content", 0 },
        { "GET", "", 0 },
    };
    char value[REEL_PATH_VALUE_SIZE];
    int knows_path;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_null(reel_route_find(value, &knows_path, cases[i].method, cases[i].path));
        assert_int_equal(knows_path, cases[i].knows_path);
    }
    char longest[REEL_PATH_VALUE_SIZE + 16] = "/files/";
    memset(longest + 7, 'a', REEL_PATH_VALUE_SIZE);
    assert_null(reel_route_find(value, &knows_path, "GET", longest));
}

static void every_row_can_be_described(void **state)
{
    (void)state;
    assert_true(reel_routes.count < REEL_METRIC_ROUTES); /* each is counted for itself */
    for (int i = 0; i < reel_routes.count; i++) {
        const reel_route *r = &reel_routes.rows[i];
        assert_non_null(r->handle);
        assert_non_null(r->summary);
        assert_true((r->body == REEL_BODY_FIELDS) == (r->fields != NULL));
        assert_true(!r->fields || r->query == NULL);
        for (int j = 0; j < i; j++) {
            assert_false(strcmp(r->path, reel_routes.rows[j].path) == 0 &&
                         strcmp(r->method, reel_routes.rows[j].method) == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_route_and_its_value),
        cmocka_unit_test(a_wrong_method_is_told_from_a_wrong_path),
        cmocka_unit_test(every_row_can_be_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
