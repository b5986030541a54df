/* Tasks as video objects, ids there and back, errors in the words of that API. */
#include "server/video_object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/openai_error.h"
#include "server/requests.h"
#include <string.h>

#define TASK "24cd5dff-cb81-4db5-8506-b72a9425f9d1"
#define ID   "video_24cd5dffcb814db58506b72a9425f9d1"

static void an_id_is_a_uuid_without_dashes(void **state)
{
    (void)state;
    char id[REEL_VIDEO_ID_SIZE], uuid[REEL_UUID_SIZE];
    reel_video_id(id, TASK);
    assert_string_equal(id, ID);
    assert_true(reel_video_uuid(uuid, id));
    assert_string_equal(uuid, TASK);
    assert_true(reel_video_uuid(uuid, "video_24CD5DFFCB814DB58506B72A9425F9D1"));
    assert_string_equal(uuid, TASK);
    static const char *const bad[] = { "",
                                       "video_",
                                       TASK,
                                       "video_" TASK,
                                       ID "0",
                                       "video_24cd5dffcb811db58506b72a9425f9d1", /* version 1 */
                                       "video_24cd5dffcb814db58506b72a9425f9dz" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(reel_video_uuid(uuid, bad[i]));
    }
}

static void assert_video(const reel_task *task, const char *expected)
{
    json_t *video = reel_video_object(task), *wanted = request_parse(expected);
    if (!json_equal(video, wanted)) {
        fail_msg("is %s", json_dumps(video, 0));
    }
    json_decref(video);
    json_decref(wanted);
}

#define HEAD "{'id':'" ID "','object':'video','model':'skywork:skyreels@v4','created_at':1000,"
#define TAIL "'seconds':'4','size':'1280x720','prompt':'a ball','remixed_from_video_id':null"

static void every_state_of_a_task_has_its_video(void **state)
{
    (void)state;
    reel_task task = { .uuid = TASK, .created_ms = 1000999, .progress = 37 };
    task.request = request_parse("{'positivePrompt':'a ball'}");
    task.job = request_parse("{'resolution':'720p','aspect':'16:9','seconds':4.0}");
    assert_video(&task, HEAD "'status':'queued','progress':37,'completed_at':null,"
                             "'expires_at':null,'error':null," TAIL "}");
    task.state = REEL_TASK_RUNNING;
    assert_video(&task, HEAD "'status':'in_progress','progress':37,'completed_at':null,"
                             "'expires_at':null,'error':null," TAIL "}");
    task.finished_ms = 2000000;
    task.expires_ms = 3000000;
    task.state = REEL_TASK_DONE;
    assert_video(&task, HEAD "'status':'completed','progress':100,'completed_at':2000,"
                             "'expires_at':3000,'error':null," TAIL "}");
    task.state = REEL_TASK_CANCELLED;
    assert_video(&task, HEAD
                 "'status':'failed','progress':37,'completed_at':null,'expires_at':3000,"
                 "'error':{'code':'taskCancelled','message':'The video was cancelled.'}," TAIL "}");
    task.state = REEL_TASK_FAILED;
    task.error = request_parse("{'code':'inferenceError','message':'no','more':1}");
    assert_video(&task,
                 HEAD "'status':'failed','progress':37,'completed_at':null,'expires_at':3000,"
                      "'error':{'code':'inferenceError','message':'no'}," TAIL "}");
    reel_task_deinit(&task);
}

static void an_error_keeps_what_helps(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "{'code':'a','message':'b','parameter':['x','y'],'min':1}",
          "{'error':{'message':'b','type':'invalid_request_error','param':'x','code':'a',"
          "'min':1}}" },
        { "{'code':'a','message':'b'}",
          "{'error':{'message':'b','type':'invalid_request_error','param':null,'code':'a'}}" },
    };
    for (size_t i = 0; i < 2; i++) {
        json_t *error = request_parse(cases[i][0]), *wanted = request_parse(cases[i][1]);
        json_t *told = reel_openai_error_new(error, 400);
        if (!told ||
            !json_equal(json_object_get(told, "error"), json_object_get(wanted, "error"))) {
            fail_msg("is %s", json_dumps(told, 0));
        }
        json_decref(told);
        json_decref(wanted);
        json_decref(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_a_uuid_without_dashes),
        cmocka_unit_test(every_state_of_a_task_has_its_video),
        cmocka_unit_test(an_error_keeps_what_helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
