/* The one table of task types. A type is one row here and one function. */
#include "server/task_types.h"

#include <string.h>

enum { OPEN = 0, KEY = REEL_TASK_NEEDS_KEY, POLL = REEL_TASK_IS_POLL, WAITS = REEL_TASK_WAITS };

const reel_task_type reel_task_types[] = {
    { "authentication", OPEN | POLL, reel_answer_authentication,
      "Tells the key of a connection, or of the tasks behind it in the body: `apiKey`.", NULL },
    { "ping", OPEN | POLL, reel_answer_ping, "Answers `pong`.", NULL },
    { "videoInference", KEY, reel_answer_video_inference, "Makes films.", &reel_video_parameters },
    { "getResponse", KEY | POLL, reel_answer_get_response,
      "Tells how the task `taskUUID` goes, and its results.", NULL },
    { "getTaskDetails", KEY, reel_answer_get_task_details,
      "Tells what the task `taskUUID` asked for and what came of it.", NULL },
    { "mediaStorage", KEY | WAITS, reel_answer_media_storage,
      "Stores an image, a film or a sound, or removes it.", &reel_media_storage_parameters },
    { "imageUpload", KEY | WAITS, reel_answer_image_upload,
      "Stores an image with sides up to 2048 pixels.", &reel_image_upload_parameters },
    { "modelSearch", KEY, reel_answer_model_search, "Describes the model that this server has.",
      NULL },
    { "promptEnhance", KEY, reel_answer_prompt_enhance,
      "Puts a prompt into the words that the model learnt.", &reel_prompt_enhance_parameters },
    { "accountManagement", KEY, reel_answer_account, "Tells the caller's usage.",
      &reel_account_parameters },
};

const int reel_task_type_count = sizeof reel_task_types / sizeof *reel_task_types;

const reel_task_type *reel_task_type_find(const char *name)
{
    for (int i = 0; i < reel_task_type_count; i++) {
        if (strcmp(reel_task_types[i].name, name) == 0) {
            return &reel_task_types[i];
        }
    }
    return NULL;
}
