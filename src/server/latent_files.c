/* Kept latents on disk: their names, and when they go. */
#include "server/latent_files.h"

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "server/uuid.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void reel_latent_file_path(char out[REEL_LATENTS_PATH_SIZE], const char *dir, const reel_task *task,
                           int index)
{
    snprintf(out, REEL_LATENTS_PATH_SIZE, "%s/%s-%d.safetensors", dir, task->uuid, index);
}

/* Which film a name belongs to; 0 when it is none of ours. */
static int read_name(char uuid[REEL_UUID_SIZE], int *index, const char *name)
{
    const size_t length = REEL_UUID_SIZE - 1;
    if (strlen(name) < length + 2) {
        return 0;
    }
    snprintf(uuid, REEL_UUID_SIZE, "%.*s", REEL_UUID_SIZE - 1, name);
    *index = name[length + 1] - '0';
    return reel_uuid_is_v4(uuid) && name[length] == '-' && *index >= 0 &&
           *index < REEL_TASK_RESULTS_MAX && strcmp(name + length + 2, ".safetensors") == 0;
}

/* Non-zero if a film is still to be made from these. REEL_ERR_IO: nobody knows. */
static reel_status is_needed(int *out, reel_queue *queue, const char *uuid, int index)
{
    reel_task task;
    reel_status status = reel_queue_find(&task, queue, uuid, REEL_KEY_ANY);
    *out = 0;
    if (status == REEL_ERR_NOT_FOUND) {
        return REEL_OK;
    }
    REEL_TRY(status);
    *out = !reel_task_is_final(task.state) && index < task.result_count &&
           !task.results[index].file[0];
    reel_task_deinit(&task);
    return REEL_OK;
}

static reel_status sweep(reel_queue *queue, DIR *entries)
{
    for (struct dirent *e; (e = readdir(entries));) {
        char uuid[REEL_UUID_SIZE];
        int index, needed = 0;
        if (!read_name(uuid, &index, e->d_name)) {
            continue;
        }
        REEL_TRY(is_needed(&needed, queue, uuid, index));
        if (!needed && unlinkat(dirfd(entries), e->d_name, 0) != 0 && errno != ENOENT) {
            return REEL_FAIL(REEL_ERR_IO, "%s: %s", e->d_name, strerror(errno));
        }
    }
    return REEL_OK;
}

reel_status reel_latent_files_sweep(reel_queue *queue, const char *dir)
{
    DIR *entries = opendir(dir);
    if (!entries) {
        return REEL_FAIL(REEL_ERR_IO, "%s: %s", dir, strerror(errno));
    }
    reel_status status = sweep(queue, entries);
    closedir(entries);
    return status;
}
