/* One piece of work that a client submitted: what it asks for, where it stands, what came of it. */
#ifndef REEL_SERVER_TASK_H
#define REEL_SERVER_TASK_H

#include <jansson.h>
#include <stdint.h>

enum {
    REEL_UUID_SIZE = 37,       /* "24cd5dff-cb81-4db5-8506-b72a9425f9d1" and a NUL, lower case */
    REEL_TASK_RESULTS_MAX = 4, /* films of one task */
    REEL_TASK_TYPE_SIZE = 32,
    REEL_TASK_FILE_SIZE = 48, /* "VIDEO-UUID.mp4" ".webm" ".mov" */
};

/* queued -> running -> done | failed | cancelled; queued -> cancelled; running -> queued when its
 * worker stops or dies. Only queue.c makes these steps. */
typedef enum {
    REEL_TASK_QUEUED,
    REEL_TASK_RUNNING,
    REEL_TASK_DONE,
    REEL_TASK_FAILED,
    REEL_TASK_CANCELLED
} reel_task_state;

/* One film. UUID, seed and cost are decided when the task is accepted, so that a poll can name the
 * film before it exists. */
typedef struct {
    char video_uuid[REEL_UUID_SIZE];
    uint64_t seed;                  /* 0 .. 2^32 - 1 */
    double cost;                    /* USD */
    char file[REEL_TASK_FILE_SIZE]; /* name in DATA/files; "" until the film is written */
    int flagged;                    /* by the safety checker: 1 yes, 0 no, -1 it was not asked */
} reel_task_result;

typedef struct {
    char uuid[REEL_UUID_SIZE];
    int64_t key; /* id of the key that submitted it; 0 on a server without keys */
    char type[REEL_TASK_TYPE_SIZE]; /* "videoInference" */

    /* The task object as the client sent it (no apiKey in it). Owned. */
    json_t *request;
    /* What the worker does, every default filled in. Owned. An object with exactly
     *   "prompt" string (extended, if so asked), "negativePrompt" string or null, "aspect"
     * "16:9"..., "resolution" "480p"..., "seconds" number, "steps" integer (0: by the model), "cfg"
     * number (negative: by the model), "audio" bool, "format" "mp4" "webm" "mov", "quality"
     * integer; the same for each result, whose seeds differ. */
    json_t *job;

    reel_task_state state;
    int progress; /* 0..100 over all results */
    int attempt;  /* how often it was begun; 0 before the first */
    int result_count;
    reel_task_result results[REEL_TASK_RESULTS_MAX];

    /* Why it failed, NULL if it did not: {"code", "message"} and whatever else an error object of
     * the API may carry. Owned. */
    json_t *error;

    int64_t ttl_seconds; /* how long results are kept after the end; 0: the server's default */
    int64_t created_ms, started_ms, finished_ms; /* Unix milliseconds; 0: not yet */
    int64_t expires_ms;                          /* 0 until it ended */
    int is_expired; /* its time is over: files are gone or going, the row still answers */

    int64_t claim; /* which claim the worker holds; of no interest to others */
} reel_task;

/* Releases what the task owns; legal on a zeroed one. */
void reel_task_deinit(reel_task *task);

/* "queued", "running", "done", "failed", "cancelled". Static. */
const char *reel_task_state_name(reel_task_state state);

/* Non-zero once nothing about the task will change any more (except that it expires). */
int reel_task_is_final(reel_task_state state);

#endif
