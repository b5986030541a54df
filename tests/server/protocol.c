/* Bodies in, frames out, over a queue on disk: the rules that make or break real clients. */
#include "server/protocol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "scratch.h"
#include "server/requests.h"
#include "server/uuid.h"

#define KEY_1  "the-first-key-of-this-test-server"
#define KEY_2  "the-second-key-of-this-test-server"
#define TASK   "24cd5dff-cb81-4db5-8506-b72a9425f9d1"
#define TASK_2 "0040debb-7f27-4a6e-bc9a-83f01d1c6d59"
#define VIDEO(uuid, more)                                                                          \
    "{'taskType':'videoInference','taskUUID':'" uuid "','model':'skywork:skyreels@v4',"            \
    "'positivePrompt':'a red ball','resolution':'480p'" more "}"
#define POLL "[{'taskType':'getResponse','taskUUID':'" TASK "'}]"

static const char keys_text[] =
    "e5888f6437deab5a4fd008fea6880af4d2aef7cded0762cec437a5f882794dec first\n"
    "6cf642742da1cbd6019070edc9d260760cfd000b4441d0959a22bf7ae181562c second\n";

static reel_queue *queue;
static reel_auth *auth;
static reel_protocol protocol;

static int64_t retention_seconds = 3600;

static int setup(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }
    FILE *file = fopen(scratch_path("keys"), "w");
    fputs(keys_text, file);
    fclose(file);
    reel_store *store;
    reel_queue_limits limits = REEL_QUEUE_LIMITS_INIT;
    limits.depth_per_key = 2;
    limits.retention_seconds = retention_seconds;
    if (reel_store_sqlite_open(&store, scratch_path("tasks.db")) < 0 ||
        reel_queue_open(&queue, store, &limits) < 0 ||
        reel_auth_open(&auth, scratch_path("keys")) < 0) {
        return -1;
    }
    protocol = (reel_protocol){ .queue = queue,
                                .auth = auth,
                                .prices = &reel_prices_default,
                                .public_url = "http://127.0.0.1:8080",
                                .model_name = "mini 0.1" };
    return 0;
}

static int setup_without_retention(void **state)
{
    retention_seconds = 0;
    int result = setup(state);
    retention_seconds = 3600;
    return result;
}

static int teardown(void **state)
{
    reel_queue_close(queue);
    reel_auth_close(auth);
    return scratch_teardown(state);
}

static reel_caller rest(void)
{
    return (reel_caller){ .key = reel_auth_check(auth, KEY_1, strlen(KEY_1)),
                          .may_wait = 1,
                          .transport = REEL_TRANSPORT_REST };
}

static reel_caller socket_of(const char *key)
{
    return (reel_caller){ .key = key ? reel_auth_check(auth, key, strlen(key)) : REEL_KEY_NONE,
                          .may_wait = 1,
                          .transport = REEL_TRANSPORT_WEBSOCKET };
}

/* What the server says to `body` (with ' for "): an array of its texts, parsed. *http_status may be
 * NULL. Owned by the caller. */
static json_t *say(reel_caller *caller, const char *body, int *http_status)
{
    json_t *tasks = request_parse(body), *frames = json_array();
    char *text = json_dumps(tasks, 0);
    reel_frames out;
    assert_int_equal(reel_protocol_handle(&protocol, caller, text, strlen(text), &out), REEL_OK);
    for (size_t i = 0; i < out.count; i++) {
        json_array_append_new(frames, json_loads(out.texts[i], 0, NULL));
    }
    if (http_status) {
        *http_status = out.http_status;
    }
    reel_frames_deinit(&out);
    free(text);
    json_decref(tasks);
    return frames;
}

/* Frame `frame`, list "data" or "errors", item `index`; NULL when there is none. */
static const json_t *item_of(const json_t *frames, size_t frame, const char *list, size_t index)
{
    return json_array_get(json_object_get(json_array_get(frames, frame), list), index);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "(none)";
}

static size_t count_of(const json_t *frames, size_t frame, const char *list)
{
    return json_array_size(json_object_get(json_array_get(frames, frame), list));
}

/* Submit over REST; it must be accepted. */
static void submit(const char *body)
{
    reel_caller caller = rest();
    json_t *frames = say(&caller, body, NULL);
    assert_int_equal(count_of(frames, 0, "data"), 1);
    json_decref(frames);
}

static json_t *poll_as(reel_transport transport)
{
    reel_caller caller = rest();
    caller.transport = transport;
    int http_status;
    json_t *frames = say(&caller, POLL, &http_status);
    assert_int_equal(http_status, 200);
    assert_int_equal(json_array_size(frames), 1);
    return frames;
}

/* Begin the task and let `films` of its results be written. */
static reel_task make_films(int films)
{
    reel_task task;
    assert_int_equal(reel_queue_claim(&task, queue), REEL_OK);
    for (int i = 0; i < films; i++) {
        char file[REEL_TASK_FILE_SIZE];
        snprintf(file, sizeof file, "%.36s.mp4", task.results[i].video_uuid);
        assert_int_equal(reel_queue_result(queue, &task, i, file, -1), REEL_OK);
    }
    return task;
}

static void a_key_opens_the_connection_and_the_reply_has_no_task_uuid(void **state)
{
    (void)state;
    reel_caller caller = socket_of(NULL);
    json_t *frames = say(&caller, "[{'taskType':'authentication','apiKey':'" KEY_1 "'}]", NULL);
    const json_t *item = item_of(frames, 0, "data", 0);
    assert_int_equal(json_array_size(frames), 1);
    assert_string_equal(text_of(item, "taskType"), "authentication");
    assert_true(reel_uuid_is_v4(text_of(item, "connectionSessionUUID")));
    assert_int_equal(json_object_size(item), 2);
    assert_true(caller.key > 0);
    json_decref(frames);
    frames = say(&caller,
                 "[{'taskType':'authentication','apiKey':'" KEY_1 "','connectionSessionUUID':'" TASK
                 "'}]",
                 NULL);
    assert_string_equal(text_of(item_of(frames, 0, "data", 0), "connectionSessionUUID"), TASK);
    json_decref(frames);
}

static void a_wrong_key_is_told_in_both_spellings_and_closes_what_was_open(void **state)
{
    (void)state;
    reel_caller caller = socket_of(KEY_1);
    json_t *frames = say(&caller,
                         "[{'taskType':'authentication','taskUUID':'" TASK
                         "','apiKey':'wrong'}," VIDEO(TASK, "") "]",
                         NULL);
    const json_t *error = item_of(frames, 0, "errors", 0);
    assert_string_equal(text_of(error, "code"), "invalidApiKey");
    assert_string_equal(text_of(error, "taskType"), "authentication");
    assert_string_equal(text_of(error, "parameter"), "apiKey");
    assert_null(json_object_get(error, "taskUUID"));
    assert_true(json_equal(json_object_get(json_array_get(frames, 0), "error"), error));
    error = item_of(frames, 1, "errors", 0);
    assert_string_equal(text_of(error, "code"), "invalidApiKey");
    assert_string_equal(text_of(error, "taskUUID"), TASK);
    assert_null(json_object_get(json_array_get(frames, 1), "error"));
    json_decref(frames);
}

static void a_task_without_a_key_is_refused_by_its_uuid(void **state)
{
    (void)state;
    reel_caller caller = { .key = REEL_KEY_NONE, .transport = REEL_TRANSPORT_REST };
    int http_status;
    json_t *frames = say(&caller, "[" VIDEO(TASK, "") "]", &http_status);
    assert_int_equal(http_status, 401);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "missingApiKey");
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "taskUUID"), TASK);
    json_decref(frames);
    frames = say(&caller, "[{'taskType':'training','taskUUID':'" TASK "'}]", &http_status);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "missingApiKey");
    json_decref(frames);
}

static void a_key_in_the_body_serves_the_tasks_behind_it(void **state)
{
    (void)state;
    reel_caller caller = { .key = REEL_KEY_NONE, .transport = REEL_TRANSPORT_REST };
    int http_status;
    json_t *frames =
        say(&caller, "[{'taskType':'authentication','apiKey':'" KEY_2 "'}," VIDEO(TASK, "") "]",
            &http_status);
    assert_int_equal(http_status, 200);
    assert_string_equal(text_of(item_of(frames, 0, "data", 0), "taskType"), "authentication");
    assert_string_equal(text_of(item_of(frames, 0, "data", 1), "taskUUID"), TASK);
    json_decref(frames);
    caller.key = REEL_KEY_NONE;
    frames = say(&caller,
                 "[{'taskType':'authentication','apiKey':'" KEY_2
                 "'}," VIDEO(TASK_2, ",'duration':99") "]",
                 &http_status);
    assert_int_equal(http_status, 400);
    json_decref(frames);
}

static void a_ping_is_answered_without_a_key(void **state)
{
    (void)state;
    reel_caller caller = socket_of(NULL);
    json_t *frames = say(&caller, "[{'taskType':'ping','ping':true}]", NULL);
    json_t *wanted = request_parse("[{'data':[{'taskType':'ping','pong':true}]}]");
    assert_true(json_equal(frames, wanted));
    json_decref(wanted);
    json_decref(frames);
}

static void an_acknowledgement_is_a_type_and_a_uuid_and_nothing_more(void **state)
{
    (void)state;
    reel_caller caller = rest();
    int http_status;
    json_t *frames = say(&caller, "[" VIDEO(TASK, "") "]", &http_status);
    json_t *wanted =
        request_parse("[{'data':[{'taskType':'videoInference','taskUUID':'" TASK "'}]}]");
    assert_int_equal(http_status, 200);
    assert_true(json_equal(frames, wanted));
    json_decref(wanted);
    json_decref(frames);
}

static void a_second_task_of_the_same_uuid_is_a_conflict(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, "") "]");
    reel_caller caller = rest();
    int http_status;
    json_t *frames = say(&caller, "[" VIDEO(TASK, ",'seed':7") "]", &http_status);
    assert_int_equal(http_status, 400);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "conflictTaskUUID");
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "taskUUID"), TASK);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "taskType"), "videoInference");
    json_decref(frames);
}

static void over_rest_one_envelope_holds_the_good_and_the_bad(void **state)
{
    (void)state;
    reel_caller caller = rest();
    int http_status;
    json_t *frames =
        say(&caller, "[" VIDEO(TASK, "") "," VIDEO(TASK_2, ",'fps':24") "]", &http_status);
    assert_int_equal(http_status, 200);
    assert_int_equal(json_array_size(frames), 1);
    assert_string_equal(text_of(item_of(frames, 0, "data", 0), "taskUUID"), TASK);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "taskUUID"), TASK_2);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "unsupportedParameter");
    json_decref(frames);
}

static void over_a_socket_each_task_has_a_frame_of_its_own(void **state)
{
    (void)state;
    reel_caller caller = socket_of(KEY_1);
    json_t *frames =
        say(&caller,
            "[" VIDEO(TASK, "") "," VIDEO(TASK_2, ",'fps':24") ","
                                                               "{'taskType':'ping','ping':true}]",
            NULL);
    assert_int_equal(json_array_size(frames), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(json_object_size(json_array_get(frames, i)), 1);
        assert_int_equal(count_of(frames, i, i == 1 ? "errors" : "data"), 1);
    }
    json_decref(frames);
}

static void a_waiting_task_has_an_item_per_film_with_its_final_name(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, ",'numberResults':3") "]");
    json_t *first = poll_as(REEL_TRANSPORT_REST), *second = poll_as(REEL_TRANSPORT_WEBSOCKET);
    assert_true(json_equal(first, second));
    assert_int_equal(count_of(first, 0, "data"), 3);
    assert_null(json_object_get(json_array_get(first, 0), "errors"));
    for (size_t i = 0; i < 3; i++) {
        const json_t *item = item_of(first, 0, "data", i);
        assert_string_equal(text_of(item, "taskType"), "videoInference");
        assert_string_equal(text_of(item, "taskUUID"), TASK);
        assert_string_equal(text_of(item, "status"), "processing");
        assert_true(reel_uuid_is_v4(text_of(item, "videoUUID")));
        assert_int_equal(json_integer_value(json_object_get(item, "progress")), 0);
        assert_null(json_object_get(item, "videoURL"));
    }
    json_decref(first);
    json_decref(second);
}

static void a_running_task_tells_its_progress_and_the_films_it_has(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, ",'numberResults':2") "]");
    reel_task task = make_films(1);
    assert_int_equal(reel_queue_progress(queue, &task, 57), REEL_OK);
    json_t *frames = poll_as(REEL_TRANSPORT_WEBSOCKET);
    assert_string_equal(text_of(item_of(frames, 0, "data", 0), "status"), "success");
    assert_string_equal(text_of(item_of(frames, 0, "data", 1), "status"), "processing");
    assert_int_equal(json_integer_value(json_object_get(item_of(frames, 0, "data", 1), "progress")),
                     57);
    json_decref(frames);
    reel_task_deinit(&task);
}

static void a_finished_task_gives_every_film_in_the_order_it_promised(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, ",'numberResults':2,'seed':41,'includeCost':true") "]");
    json_t *before = poll_as(REEL_TRANSPORT_REST);
    reel_task task = make_films(2);
    assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
    json_t *after = poll_as(REEL_TRANSPORT_REST);
    assert_int_equal(count_of(after, 0, "data"), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *item = item_of(after, 0, "data", i);
        char url[120];
        snprintf(url, sizeof url, "http://127.0.0.1:8080/files/%s.mp4", text_of(item, "videoUUID"));
        assert_string_equal(text_of(item, "status"), "success");
        assert_string_equal(text_of(item, "taskType"), "videoInference");
        assert_string_equal(text_of(item, "taskUUID"), TASK);
        assert_string_equal(text_of(item, "videoURL"), url);
        assert_string_equal(text_of(item, "videoUUID"),
                            text_of(item_of(before, 0, "data", i), "videoUUID"));
        assert_int_equal(json_integer_value(json_object_get(item, "seed")), 41 + i);
        assert_true(json_real_value(json_object_get(item, "cost")) == 0.55);
        assert_null(json_object_get(item, "progress"));
    }
    json_decref(before);
    json_decref(after);
    reel_task_deinit(&task);
}

static void the_cost_is_told_only_to_those_who_ask(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, "") "]");
    reel_task task = make_films(1);
    assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
    json_t *frames = poll_as(REEL_TRANSPORT_REST);
    assert_null(json_object_get(item_of(frames, 0, "data", 0), "cost"));
    json_decref(frames);
    reel_task_deinit(&task);
}

static void a_failed_task_is_an_error_and_never_an_item(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, ",'numberResults':2") "]");
    reel_task task = make_films(1);
    json_t *why = request_parse("{'code':'processingFailed','message':'out of memory'}");
    assert_int_equal(reel_queue_fail(queue, &task, why), REEL_OK);
    json_decref(why);
    reel_task_deinit(&task);

    json_t *frames = poll_as(REEL_TRANSPORT_WEBSOCKET);
    const json_t *error = item_of(frames, 0, "errors", 0);
    assert_int_equal(json_object_size(json_array_get(frames, 0)), 1);
    assert_int_equal(count_of(frames, 0, "errors"), 1);
    assert_string_equal(text_of(error, "code"), "processingFailed");
    assert_string_equal(text_of(error, "message"), "out of memory");
    assert_string_equal(text_of(error, "status"), "error");
    assert_string_equal(text_of(error, "taskType"), "videoInference");
    assert_string_equal(text_of(error, "taskUUID"), TASK);
    json_decref(frames);

    frames = poll_as(REEL_TRANSPORT_REST); /* with the film that was finished before */
    assert_int_equal(count_of(frames, 0, "errors"), 1);
    assert_int_equal(count_of(frames, 0, "data"), 1);
    assert_string_equal(text_of(item_of(frames, 0, "data", 0), "status"), "success");
    json_decref(frames);
}

static void a_cancelled_task_says_so(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, "") "]");
    reel_task_state now;
    assert_int_equal(reel_queue_cancel(&now, queue, TASK, rest().key), REEL_OK);
    json_t *frames = poll_as(REEL_TRANSPORT_REST);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "taskCancelled");
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "taskType"), "videoInference");
    assert_null(json_object_get(json_array_get(frames, 0), "data"));
    json_decref(frames);
}

static void films_that_are_no_longer_kept_are_expired(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, "") "]");
    reel_task task = make_films(1);
    assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
    json_t *frames = poll_as(REEL_TRANSPORT_REST);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "taskExpired");
    assert_null(json_object_get(json_array_get(frames, 0), "data"));
    json_decref(frames);
    reel_task_deinit(&task);
}

static void a_task_is_unknown_to_other_keys_and_before_its_time(void **state)
{
    (void)state;
    json_t *frames = poll_as(REEL_TRANSPORT_REST);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "taskNotFound");
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "taskUUID"), TASK);
    json_decref(frames);
    submit("[" VIDEO(TASK, "") "]");
    reel_caller other = socket_of(KEY_2);
    frames = say(&other, POLL, NULL);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "taskNotFound");
    json_decref(frames);
}

static void a_uuid_is_found_in_either_case_and_told_back_as_it_came(void **state)
{
    (void)state;
    submit("[" VIDEO("24CD5DFF-CB81-4DB5-8506-B72A9425F9D1", "") "]");
    json_t *frames = poll_as(REEL_TRANSPORT_REST);
    assert_string_equal(text_of(item_of(frames, 0, "data", 0), "taskUUID"), TASK);
    json_decref(frames);
    reel_caller caller = rest();
    frames =
        say(&caller,
            "[{'taskType':'getResponse','taskUUID':'24CD5DFF-CB81-4DB5-8506-B72A9425F9D1'}]", NULL);
    assert_string_equal(text_of(item_of(frames, 0, "data", 0), "taskUUID"),
                        "24CD5DFF-CB81-4DB5-8506-B72A9425F9D1");
    json_decref(frames);
}

static void a_full_queue_asks_to_come_again_and_still_answers_polls(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, "") "]");
    submit("[" VIDEO(TASK_2, "") "]");
    reel_caller caller = rest();
    static const char body[] =
        "[{\"taskType\":\"videoInference\",\"model\":\"skywork:skyreels@v4\","
        "\"taskUUID\":\"b8c4d952-7f27-4a6e-bc9a-83f01d1c6d59\","
        "\"positivePrompt\":\"x\",\"resolution\":\"480p\"}]";
    reel_frames out;
    assert_int_equal(reel_protocol_handle(&protocol, &caller, body, sizeof body - 1, &out),
                     REEL_OK);
    assert_int_equal(out.http_status, 429);
    assert_true(out.retry_after_seconds > 0);
    assert_non_null(strstr(out.texts[0], "rateLimitExceeded"));
    reel_frames_deinit(&out);
    json_decref(poll_as(REEL_TRANSPORT_REST));
}

static void the_details_of_a_task_are_its_request_and_its_response(void **state)
{
    (void)state;
    submit("[" VIDEO(TASK, ",'seed':5") "]");
    reel_caller caller = rest();
    json_t *frames = say(&caller, "[{'taskType':'getTaskDetails','taskUUID':'" TASK "'}]", NULL);
    const json_t *item = item_of(frames, 0, "data", 0);
    json_t *request = request_parse("[" VIDEO(TASK, ",'seed':5") "]");
    json_t *poll = poll_as(REEL_TRANSPORT_REST);
    assert_string_equal(text_of(item, "taskType"), "getTaskDetails");
    assert_string_equal(text_of(item, "taskUUID"), TASK);
    assert_true(json_equal(json_object_get(item, "request"), request));
    assert_true(json_equal(json_object_get(item, "response"), json_array_get(poll, 0)));
    json_decref(poll);
    json_decref(request);
    json_decref(frames);
}

static void the_model_is_found_by_its_names_and_by_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *filter;
        int total, shown;
    } cases[] = {
        { "", 1, 1 },
        { ",'search':'SkyReels'", 1, 1 },
        { ",'search':'skywork:skyreels@v4'", 1, 1 },
        { ",'search':'mini'", 1, 1 },
        { ",'search':'kling'", 0, 0 },
        { ",'category':'checkpoint'", 1, 1 },
        { ",'category':'lora'", 0, 0 },
        { ",'offset':1", 1, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char body[200];
        reel_caller caller = rest();
        snprintf(body, sizeof body, "[{'taskType':'modelSearch','taskUUID':'" TASK "'%s}]",
                 cases[i].filter);
        json_t *frames = say(&caller, body, NULL);
        const json_t *item = item_of(frames, 0, "data", 0);
        assert_int_equal(json_integer_value(json_object_get(item, "totalResults")), cases[i].total);
        const json_t *results = json_object_get(item, "results");
        assert_int_equal(json_array_size(results), cases[i].shown);
        if (cases[i].shown) {
            assert_string_equal(text_of(json_array_get(results, 0), "air"), "skywork:skyreels@v4");
        }
        json_decref(frames);
    }
}

static void what_is_no_task_is_refused_and_told_by_its_uuid(void **state)
{
    (void)state;
    static const struct {
        const char *body, *code, *uuid;
    } cases[] = {
        { "[{'taskType':'imageInference','taskUUID':'" TASK "'}]", "unsupportedTaskType", TASK },
        { "[{'taskUUID':'" TASK "'}]", "missingTaskType", TASK },
        { "[{'taskType':1,'taskUUID':'" TASK "'}]", "invalidTaskType", TASK },
        { "[{'taskType':'getResponse'}]", "missingTaskUUID", "(none)" },
        { "[{'taskType':'getResponse','taskUUID':'abc'}]", "invalidTaskUUID", "abc" },
        { "[7]", "invalidRequest", "(none)" },
        { "[]", "invalidRequest", "(none)" },
        { "{}", "invalidRequest", "(none)" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reel_caller caller = rest();
        int http_status;
        json_t *frames = say(&caller, cases[i].body, &http_status);
        assert_int_equal(http_status, 400);
        assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), cases[i].code);
        assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "taskUUID"), cases[i].uuid);
        assert_null(json_object_get(json_array_get(frames, 0), "data"));
        json_decref(frames);
    }
}

static void errors_link_to_their_parameter_where_there_are_docs(void **state)
{
    (void)state;
    protocol.docs_url = "https://example.com/docs";
    reel_caller caller = rest();
    json_t *frames = say(&caller, "[" VIDEO(TASK, ",'settings':{'promptExtend':1}") "]", NULL);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "documentation"),
                        "https://example.com/docs#request-settings-promptextend");
    json_decref(frames);
}

/* No text has both lists over a socket, no list is empty, every error says what and why. */
static void check_envelope(const char *text, reel_transport transport)
{
    json_t *envelope = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *data = json_object_get(envelope, "data");
    const json_t *errors = json_object_get(envelope, "errors"), *error;
    assert_true(data || errors);
    assert_false(transport == REEL_TRANSPORT_WEBSOCKET && data && errors);
    assert_true(!data || json_array_size(data) > 0);
    assert_true(!errors || json_array_size(errors) > 0);
    size_t i;
    json_array_foreach(errors, i, error)
    {
        assert_string_not_equal(text_of(error, "code"), "(none)");
        assert_string_not_equal(text_of(error, "message"), "(none)");
    }
    json_decref(envelope);
}

static void a_damaged_body_always_has_a_whole_answer(void **state)
{
    (void)state;
    static const char whole[] =
        "[{\"taskType\":\"videoInference\",\"taskUUID\":\"" TASK "\",\"seed\":7,\"duration\":5.5,"
        "\"model\":\"skywork:skyreels@v4\",\"positivePrompt\":\"@a\",\"resolution\":\"480p\","
        "\"inputs\":{\"referenceImages\":[{\"type\":\"grid\",\"tag\":\"@a\",\"images\":[\"iVBO\"]}]"
        ","
        "\"frameImages\":[{\"image\":\"iVBO\",\"frame\":-1},\"iVBO\"]},"
        "\"settings\":{\"audio\":true}},{\"taskType\":\"getResponse\",\"taskUUID\":\"" TASK "\"},"
        "{\"taskType\":\"authentication\",\"apiKey\":\"" KEY_1 "\"},{\"taskType\":\"ping\"}]";
    static const char bytes[] = "\"{}[],:0-9.eatx@\\\x80 \n";
    char body[sizeof whole];
    reel_rng rng = reel_rng_at(1, 0);
    for (int round = 0; round < 4000; round++) {
        memcpy(body, whole, sizeof whole);
        for (int change = reel_rng_below(&rng, 4); change >= 0; change--) {
            body[reel_rng_below(&rng, sizeof whole - 1)] =
                bytes[reel_rng_below(&rng, sizeof bytes - 1)];
        }
        reel_caller caller = round % 2 ? rest() : socket_of(KEY_1);
        reel_frames out;
        assert_int_equal(reel_protocol_handle(&protocol, &caller, body, sizeof whole - 1, &out),
                         REEL_OK);
        assert_true(out.count >= 1 && (round % 2 == 0 || out.count == 1));
        for (size_t i = 0; i < out.count; i++) {
            check_envelope(out.texts[i], caller.transport);
        }
        reel_frames_deinit(&out);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A thread that carries bytes leaves alone what would hold it up, and does none of it. */
static void what_must_wait_is_left_for_a_thread_that_may(void **state)
{
    (void)state;
    static const char *const slow[] = {
        "[{'taskType':'mediaStorage','taskUUID':'" TASK "','media':'AAAA'}]",
        "[" VIDEO(TASK, "") ",{'taskType':'imageUpload','taskUUID':'" TASK_2 "'}]",
        "[" VIDEO(TASK, ",'inputs':{'frameImages':['AAAA']}") "]",
    };
    reel_caller caller = rest();
    reel_frames out;
    caller.may_wait = 0;
    for (size_t i = 0; i < sizeof slow / sizeof *slow; i++) {
        json_t *tasks = request_parse(slow[i]);
        char *text = json_dumps(tasks, 0);
        assert_int_equal(reel_protocol_handle(&protocol, &caller, text, strlen(text), &out),
                         REEL_OK);
        assert_true(out.must_wait && out.count == 0);
        free(text);
        json_decref(tasks);
    }
    size_t large = 300 << 10;
    char *spaces = malloc(large);
    assert_non_null(spaces);
    memset(spaces, ' ', large);
    assert_int_equal(reel_protocol_handle(&protocol, &caller, spaces, large, &out), REEL_OK);
    assert_true(out.must_wait && out.count == 0);
    free(spaces);
    json_t *frames = say(&caller, POLL, NULL);
    assert_string_equal(text_of(item_of(frames, 0, "errors", 0), "code"), "taskNotFound");
    json_decref(frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_opens_the_connection_and_the_reply_has_no_task_uuid),
        TEST(a_wrong_key_is_told_in_both_spellings_and_closes_what_was_open),
        TEST(a_task_without_a_key_is_refused_by_its_uuid),
        TEST(a_key_in_the_body_serves_the_tasks_behind_it),
        TEST(a_ping_is_answered_without_a_key),
        TEST(an_acknowledgement_is_a_type_and_a_uuid_and_nothing_more),
        TEST(a_second_task_of_the_same_uuid_is_a_conflict),
        TEST(over_rest_one_envelope_holds_the_good_and_the_bad),
        TEST(over_a_socket_each_task_has_a_frame_of_its_own),
        TEST(a_waiting_task_has_an_item_per_film_with_its_final_name),
        TEST(a_running_task_tells_its_progress_and_the_films_it_has),
        TEST(a_finished_task_gives_every_film_in_the_order_it_promised),
        TEST(the_cost_is_told_only_to_those_who_ask),
        TEST(a_failed_task_is_an_error_and_never_an_item),
        TEST(a_cancelled_task_says_so),
        cmocka_unit_test_setup_teardown(films_that_are_no_longer_kept_are_expired,
                                        setup_without_retention, teardown),
        TEST(a_task_is_unknown_to_other_keys_and_before_its_time),
        TEST(a_uuid_is_found_in_either_case_and_told_back_as_it_came),
        TEST(a_full_queue_asks_to_come_again_and_still_answers_polls),
        TEST(the_details_of_a_task_are_its_request_and_its_response),
        TEST(the_model_is_found_by_its_names_and_by_nothing_else),
        TEST(what_is_no_task_is_refused_and_told_by_its_uuid),
        TEST(a_damaged_body_always_has_a_whole_answer),
        TEST(errors_link_to_their_parameter_where_there_are_docs),
        TEST(what_must_wait_is_left_for_a_thread_that_may),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
