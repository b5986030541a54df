/* videoInference: from a task object to work for the queue, and from there to the engine. */
#ifndef REEL_SERVER_VIDEO_INFERENCE_H
#define REEL_SERVER_VIDEO_INFERENCE_H

#include "reel/generate.h"
#include "reel/status.h"
#include "server/price.h"
#include "server/task.h"

#include <jansson.h>

/* Non-zero if the task follows the model page and this server can do it. *error as
 * reel_check_parameters() fills it. */
int reel_video_inference_check(json_t **error, const json_t *request);

/* A task to submit, from a request that passed the check: names and seeds of its films are drawn,
 * the job has every default filled in. Owned by the caller, released with reel_task_deinit().
 * Fails with REEL_ERR_MEMORY, REEL_ERR_IO (no randomness); `out` is zeroed then. */
reel_status reel_video_inference_task(reel_task *out, const json_t *request, int64_t key,
                                      const reel_prices *prices);

/* What the engine is asked for film `index` of the task. Texts are borrowed from the task.
 * Fails with REEL_ERR_FORMAT naming the field of a damaged job. */
reel_status reel_request_from_task(reel_request *out, const reel_task *task, int index);

/* What becomes of film `index` once it is made. */
typedef struct {
    char name[REEL_TASK_FILE_SIZE]; /* in DATA/files */
    int quality;                    /* of the encoder */
    char request_hash[65]; /* SHA-256 of the request without its taskUUID, in hexadecimal */
} reel_film_output;

/* Fails with REEL_ERR_FORMAT naming the field of a damaged job, REEL_ERR_MEMORY. */
reel_status reel_film_output_of(reel_film_output *out, const reel_task *task, int index);

#endif
