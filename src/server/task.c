/* Tasks: their states and what they own. */
#include "server/task.h"

#include <string.h>

void reel_task_deinit(reel_task *task)
{
    json_decref(task->request);
    json_decref(task->job);
    json_decref(task->error);
    memset(task, 0, sizeof *task);
}

const char *reel_task_state_name(reel_task_state state)
{
    switch (state) {
    case REEL_TASK_QUEUED:
        return "queued";
    case REEL_TASK_RUNNING:
        return "running";
    case REEL_TASK_DONE:
        return "done";
    case REEL_TASK_FAILED:
        return "failed";
    case REEL_TASK_CANCELLED:
        return "cancelled";
    }
    return "unknown";
}

int reel_task_is_final(reel_task_state state)
{
    return state != REEL_TASK_QUEUED && state != REEL_TASK_RUNNING;
}
