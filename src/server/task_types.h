/* What the server does for each type of task. */
#ifndef REEL_SERVER_TASK_TYPES_H
#define REEL_SERVER_TASK_TYPES_H

#include "server/protocol.h"
#include "server/reply.h"

/* Answer one task: fill `reply`. protocol.c adds taskType, taskUUID and documentation to the errors
 * that lack them. The tasks that need a key are only called with a good one in caller->key. */
typedef void reel_task_answer(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                              const json_t *task);

reel_task_answer reel_answer_authentication;
reel_task_answer reel_answer_ping;
reel_task_answer reel_answer_video_inference;
reel_task_answer reel_answer_get_response;
reel_task_answer reel_answer_get_task_details;
reel_task_answer reel_answer_model_search;

#endif
