/* What the server does for each type of task. */
#ifndef REEL_SERVER_TASK_TYPES_H
#define REEL_SERVER_TASK_TYPES_H

#include "server/parameters.h"
#include "server/protocol.h"
#include "server/reply.h"

/* Answer one task: fill `reply`. protocol.c adds taskType, taskUUID and documentation to the errors
 * that lack them. The tasks that need a key are only called with a good one in caller->key. */
typedef void reel_task_answer(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                              const json_t *task);

enum {
    REEL_TASK_NEEDS_KEY = 1,
    REEL_TASK_IS_POLL = 2, /* never refused for coming too often, logged only when asked for */
    REEL_TASK_WAITS = 4    /* for others: downloads, decoding */
};

typedef struct {
    const char *name;
    unsigned rules; /* REEL_TASK_..., added */
    reel_task_answer *answer;
    const char *summary;                /* for the docs, and so is ... */
    const reel_parameter_table *fields; /* ... what the answer checks the task against; NULL: little
                                         * enough for the summary */
} reel_task_type;

/* The types of task that this server knows; whatever else the platform has is refused. */
extern const reel_task_type reel_task_types[];
extern const int reel_task_type_count;

/* NULL when there is none of this name. */
const reel_task_type *reel_task_type_find(const char *name);

/* The rows that the parameters of a task begin with. */
#define REEL_TASK_ROWS(task_type)                                                                  \
    { .path = "taskType",                                                                          \
      .type = REEL_PARAMETER_STRING,                                                               \
      .is_required = 1,                                                                            \
      .values = (task_type),                                                                       \
      .about = "Says what is asked for." },                                                        \
    {                                                                                              \
        .path = "taskUUID", .type = REEL_PARAMETER_STRING, .is_required = 1,                       \
        .format = REEL_FORMAT_UUID, .about = "Names the task in the answer."                       \
    }

extern const reel_parameter_table reel_account_parameters, reel_prompt_enhance_parameters;
extern const reel_parameter_table reel_media_storage_parameters, reel_image_upload_parameters;

reel_task_answer reel_answer_authentication;
reel_task_answer reel_answer_ping;
reel_task_answer reel_answer_video_inference;
reel_task_answer reel_answer_get_response;
reel_task_answer reel_answer_get_task_details;
reel_task_answer reel_answer_model_search;
reel_task_answer reel_answer_account;
reel_task_answer reel_answer_prompt_enhance;
reel_task_answer reel_answer_media_storage;
reel_task_answer reel_answer_image_upload;

#endif
