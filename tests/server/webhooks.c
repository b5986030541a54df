/* Webhooks against a real receiver: what is told, how often, after what, signed by whom. */
#include "server/webhooks.h"

#include "server/outgoing.h"
#include "server/receiver.h"
#include "server/spoken.h"

#include <sqlite3.h>

#define TASK  "24cd5dff-cb81-4db5-8506-b72a9425f9d1"
#define FILM  "b7db282d-2943-4f12-992f-77df3ad3ec71"
#define FILM2 "cb6246bf-2943-4f12-992f-77df3ad3ec71"

static receiver *there;
static reel_networks this_host;
static reel_webhooks *webhooks;
static reel_webhooks_config config;
static _Atomic int64_t now;

static int64_t read_clock(void *user)
{
    (void)user;
    return now;
}

static int setup(void **state)
{
    now = 1000000000;
    there = receiver_open();
    if (spoken_setup(state) != 0 || reel_outgoing_init() < 0 ||
        reel_networks_parse(&this_host, "127.0.0.1") < 0) {
        return -1;
    }
    protocol.allowed = &this_host;
    config = (reel_webhooks_config)REEL_WEBHOOKS_CONFIG_INIT;
    config.protocol = &protocol;
    config.now_ms = read_clock;
    return 0;
}

static void start(void)
{
    reel_delivery_store *store;
    assert_int_equal(reel_delivery_store_sqlite_open(&store, scratch_path("tasks.sqlite")),
                     REEL_OK);
    assert_int_equal(reel_webhooks_open(&webhooks, store, &config), REEL_OK);
}

static void stop(void)
{
    reel_webhooks_close(webhooks);
    webhooks = NULL;
}

static int teardown(void **state)
{
    stop();
    receiver_close(there);
    reel_outgoing_deinit();
    return spoken_teardown(state);
}

/* A claimed task of two films that tells `url` (NULL: nobody). Owned by the caller. */
static reel_task begin(const char *url)
{
    reel_submit_outcome outcome;
    reel_task task = { .uuid = TASK,
                       .type = "videoInference",
                       .request = json_pack("{s:s, s:b, s:s*}", "taskUUID", TASK, "includeCost", 1,
                                            "webhookURL", url),
                       .job = json_object(),
                       .result_count = 2,
                       .results = { { .video_uuid = FILM, .seed = 7, .cost = 0.55 },
                                    { .video_uuid = FILM2, .seed = 8, .cost = 0.55 } } };
    assert_int_equal(reel_queue_submit(&outcome, queue, &task), REEL_OK);
    assert_int_equal(outcome, REEL_SUBMIT_ACCEPTED);
    reel_task_deinit(&task);
    assert_int_equal(reel_queue_claim(&task, queue), REEL_OK);
    return task;
}

static void finish(const reel_task *task, int index, int flagged)
{
    char file[REEL_TASK_FILE_SIZE];
    snprintf(file, sizeof file, "%s.mp4", task->results[index].video_uuid);
    assert_int_equal(reel_queue_result(queue, task, index, file, flagged), REEL_OK);
}

/* Rows of calls that fulfil a condition. */
static int count_rows(const char *condition)
{
    sqlite3 *db;
    sqlite3_stmt *s;
    char text[256];
    snprintf(text, sizeof text, "SELECT count(*) FROM deliveries WHERE %s", condition);
    assert_int_equal(sqlite3_open(scratch_path("tasks.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, text, -1, &s, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    int count = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return count;
}

/* Wait until every call that is due was made and its outcome noted; a call that is being made is
 * due again in 40 s (10 for itself and 30 to spare). */
static void settle(void)
{
    char condition[128];
    snprintf(condition, sizeof condition, "due <= %lld OR due = %lld", (long long)now,
             (long long)now + 40000);
    for (int i = 0; i < 6000 && count_rows(condition) > 0; i++) {
        usleep(10000);
    }
    assert_int_equal(count_rows(condition), 0);
}

/* What is still to be delivered, whenever. */
static int waiting(void)
{
    return count_rows("1");
}

static json_t *body_of(int i)
{
    const received *got = receiver_get(there, i);
    assert_non_null(got);
    assert_string_equal(got->method, "POST");
    assert_non_null(strstr(got->headers, "Content-Type: application/json\n"));
    json_t *body = json_loads(got->body, 0, NULL);
    assert_non_null(body);
    assert_int_equal(json_object_size(body), 1);
    return body;
}

static const char *word(const json_t *item, const char *name)
{
    return json_string_value(json_object_get(item, name));
}

static void each_film_is_told_as_soon_as_it_is_there(void **state)
{
    (void)state;
    start();
    reel_task task = begin(receiver_url(there, "/hook?token=1"));
    finish(&task, 0, 1);
    assert_true(receiver_wait(there, 1));
    json_t *body = body_of(0);
    const json_t *item = json_array_get(json_object_get(body, "data"), 0);
    assert_int_equal(json_array_size(json_object_get(body, "data")), 1);
    assert_string_equal(word(item, "taskType"), "videoInference");
    assert_string_equal(word(item, "taskUUID"), TASK);
    assert_string_equal(word(item, "videoUUID"), FILM);
    assert_string_equal(word(item, "status"), "success");
    assert_string_equal(word(item, "videoURL"), "http://127.0.0.1:8080/files/" FILM ".mp4");
    assert_int_equal(json_integer_value(json_object_get(item, "seed")), 7);
    assert_true(json_number_value(json_object_get(item, "cost")) == 0.55);
    assert_true(json_is_true(json_object_get(item, "NSFWContent")));
    json_decref(body);
    finish(&task, 1, -1);
    assert_true(receiver_wait(there, 2));
    body = body_of(1);
    item = json_array_get(json_object_get(body, "data"), 0);
    assert_string_equal(word(item, "videoUUID"), FILM2);
    assert_null(json_object_get(item, "NSFWContent"));
    json_decref(body);
    assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
    reel_task_deinit(&task);
    settle();
    assert_int_equal(waiting(), 0);
    assert_int_equal(receiver_count(there), 2);
    assert_null(strstr(receiver_get(there, 0)->headers, "X-Signature"));
}

static void a_failure_and_a_cancelled_task_are_told_once(void **state)
{
    (void)state;
    start();
    reel_task task = begin(receiver_url(there, "/hook"));
    json_t *error = json_pack("{s:s, s:s}", "code", "inferenceError", "message", "No film.");
    assert_int_equal(reel_queue_fail(queue, &task, error), REEL_OK);
    json_decref(error);
    reel_task_deinit(&task);
    assert_true(receiver_wait(there, 1));
    json_t *body = body_of(0);
    const json_t *item = json_array_get(json_object_get(body, "errors"), 0);
    assert_string_equal(word(item, "code"), "inferenceError");
    assert_string_equal(word(item, "message"), "No film.");
    assert_string_equal(word(item, "status"), "error");
    assert_string_equal(word(item, "taskUUID"), TASK);
    json_decref(body);
    settle();
    assert_int_equal(waiting(), 0);
}

static void a_cancelled_task_is_told(void **state)
{
    (void)state;
    reel_task_state ended;
    start();
    reel_task task = begin(receiver_url(there, "/hook"));
    assert_int_equal(reel_queue_cancel(&ended, queue, TASK, REEL_KEY_OPEN), REEL_OK);
    reel_task_deinit(&task);
    assert_true(receiver_wait(there, 1));
    json_t *body = body_of(0);
    assert_string_equal(word(json_array_get(json_object_get(body, "errors"), 0), "code"),
                        "taskCancelled");
    json_decref(body);
}

static void a_task_without_a_webhook_tells_nobody(void **state)
{
    (void)state;
    reel_task task = begin(NULL);
    finish(&task, 0, -1);
    finish(&task, 1, -1);
    assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
    reel_task_deinit(&task);
    assert_int_equal(waiting(), 0);
}

static void a_call_is_signed_over_its_very_bytes(void **state)
{
    (void)state;
    char signature[REEL_SIGNATURE_SIZE], header[REEL_SIGNATURE_SIZE + 16];
    config.secret = "key";
    /* the example that everybody computes: HMAC_SHA256("key", "The quick brown fox ...") */
    reel_webhook_sign(signature, "key", "The quick brown fox jumps over the lazy dog");
    assert_string_equal(signature,
                        "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
    start();
    reel_task task = begin(receiver_url(there, "/hook"));
    finish(&task, 0, -1);
    reel_task_deinit(&task);
    assert_true(receiver_wait(there, 1));
    reel_webhook_sign(signature, "key", receiver_get(there, 0)->body);
    snprintf(header, sizeof header, "X-Signature: %s\n", signature);
    assert_non_null(strstr(receiver_get(there, 0)->headers, header));
}

/* The delays are those of the clock that the test holds. */
static void a_refused_call_comes_again_after_the_named_delays_and_then_no_more(void **state)
{
    (void)state;
    static const int delays[] = { 5, 30, 120, 600, 3600 };
    receiver_refuse(there, 1000, 500);
    start();
    reel_task task = begin(receiver_url(there, "/hook"));
    finish(&task, 0, -1);
    reel_task_deinit(&task);
    settle();
    for (int i = 0; i < 5; i++) {
        char due[64];
        stop(); /* what happens next does not depend on this process living on */
        assert_int_equal(receiver_count(there), i + 1);
        snprintf(due, sizeof due, "due = %lld", (long long)now + delays[i] * 1000);
        assert_int_equal(count_rows(due), 1);
        now += delays[i] * 1000;
        start();
        settle();
        assert_int_equal(receiver_count(there), i + 2);
    }
    assert_int_equal(waiting(), 0);
    const received *first = receiver_get(there, 0);
    for (int i = 1; i < 6; i++) {
        assert_string_equal(receiver_get(there, i)->body, first->body);
    }
}

static void what_was_not_told_is_told_by_the_next_server(void **state)
{
    (void)state;
    reel_task task = begin(receiver_url(there, "/hook"));
    finish(&task, 0, -1);
    finish(&task, 1, -1);
    assert_int_equal(reel_queue_finish(queue, &task), REEL_OK);
    reel_task_deinit(&task);
    receiver_refuse(there, 1, 503);
    start();
    settle();
    stop();
    assert_int_equal(receiver_count(there), 2);
    assert_int_equal(waiting(), 1);
    now += 5000;
    start();
    settle();
    assert_int_equal(waiting(), 0);
    assert_int_equal(receiver_count(there), 3);
}

static void a_private_address_is_never_called(void **state)
{
    (void)state;
    this_host.count = 0;
    start();
    reel_task task = begin(receiver_url(there, "/hook"));
    finish(&task, 0, -1);
    reel_task_deinit(&task);
    settle();
    assert_int_equal(waiting(), 0);
    assert_int_equal(receiver_count(there), 0);
}

static void a_redirect_is_not_followed(void **state)
{
    (void)state;
    char location[128];
    snprintf(location, sizeof location, "Location: %s", receiver_url(there, "/other"));
    receiver_answer(there, 307, location, NULL, 0);
    start();
    reel_task task = begin(receiver_url(there, "/hook"));
    finish(&task, 0, -1);
    reel_task_deinit(&task);
    settle();
    assert_int_equal(receiver_count(there), 1);
    assert_int_equal(waiting(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_film_is_told_as_soon_as_it_is_there),
        TEST(a_failure_and_a_cancelled_task_are_told_once),
        TEST(a_cancelled_task_is_told),
        TEST(a_task_without_a_webhook_tells_nobody),
        TEST(a_call_is_signed_over_its_very_bytes),
        TEST(a_refused_call_comes_again_after_the_named_delays_and_then_no_more),
        TEST(what_was_not_told_is_told_by_the_next_server),
        TEST(a_private_address_is_never_called),
        TEST(a_redirect_is_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
