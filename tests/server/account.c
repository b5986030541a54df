/* accountManagement: the usage of the caller, and nothing that is not known. */
#include "server/spoken.h"

#define ASK                                                                                        \
    "{'taskType':'accountManagement','taskUUID':'24cd5dff-cb81-4db5-8506-b72a9425f9d1',"           \
    "'operation':'getDetails'}"

static json_t *ask(void)
{
    int http_status;
    json_t *answer = spoken_send(request_parse(ASK), &http_status);
    assert_int_equal(http_status, 200);
    json_t *details = json_incref(json_array_get(json_object_get(answer, "data"), 0));
    json_decref(answer);
    return details;
}

static void finished_films_are_counted_and_others_are_not(void **state)
{
    (void)state;
    int http_status;
    reel_task task;
    json_t *before = ask();
    json_decref(spoken_send(request_with("{'numberResults':2}"), &http_status));
    json_decref(spoken_send(request_with("{'taskUUID':'0040debb-7f27-4a6e-bc9a-83f01d1c6d59'}"),
                            &http_status));
    assert_int_equal(reel_queue_claim(&task, queue), REEL_OK);
    assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
    reel_task_deinit(&task);
    json_t *after = ask();
    static const char *const spans[] = { "total", "today", "last7Days", "last30Days" };
    for (int i = 0; i < 4; i++) {
        const json_t *usage = json_object_get(json_object_get(after, "usage"), spans[i]);
        const json_t *old = json_object_get(json_object_get(before, "usage"), spans[i]);
        assert_int_equal(json_integer_value(json_object_get(old, "requests")), 0);
        assert_int_equal(json_integer_value(json_object_get(usage, "requests")), 2);
        assert_true(json_number_value(json_object_get(usage, "credits")) == 1.1);
    }
    assert_true(json_equal(json_object_get(before, "organizationUUID"),
                           json_object_get(after, "organizationUUID")));
    assert_int_equal(json_array_size(json_object_get(after, "apiKeys")), 0);
    json_decref(before);
    json_decref(after);
}

static void other_operations_are_refused(void **state)
{
    (void)state;
    int http_status;
    json_t *task = request_parse(ASK);
    json_object_set_new(task, "operation", json_string("addFunds"));
    json_t *answer = spoken_send(task, &http_status);
    assert_int_equal(http_status, 400);
    assert_string_equal(json_string_value(json_object_get(spoken_error(answer), "code")),
                        "invalidOperation");
    json_decref(answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finished_films_are_counted_and_others_are_not),
        cmocka_unit_test(other_operations_are_refused),
    };
    return cmocka_run_group_tests(tests, spoken_setup, spoken_teardown);
}
