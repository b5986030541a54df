/* Frames as JPEG in base64, in questions of bounded size. */
#include "server/safety.h"

#include "base/child.h"
#include "base/error.h"
#include "base/file.h"
#include "base/str.h"
#include "reel/generate.h"
#include "server/outgoing.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    FRAMES_AT_ONCE = 16,
    FRAME_BYTES_MAX = 16 << 20,
    ANSWER_MAX = 64 << 10,
    PATH_SIZE = 4096,
    KEY_FRAMES = 3
};

reel_safety_mode reel_safety_mode_of(const json_t *task)
{
    const json_t *safety = json_object_get(task, "safety");
    const char *mode = json_string_value(json_object_get(safety, "mode"));
    if (!mode) {
        return json_is_true(json_object_get(safety, "checkContent")) ? REEL_SAFETY_FAST
                                                                     : REEL_SAFETY_NONE;
    }
    return strcmp(mode, "fast") == 0   ? REEL_SAFETY_FAST
           : strcmp(mode, "full") == 0 ? REEL_SAFETY_FULL
                                       : REEL_SAFETY_NONE;
}

/* "data:image/jpeg;base64,..." of the file. */
static json_t *encode_file(const char *path)
{
    static const char prefix[] = "data:image/jpeg;base64,";
    char *bytes;
    size_t size;
    if (reel_file_read(&bytes, &size, path, FRAME_BYTES_MAX) < 0) {
        return NULL;
    }
    size_t start = sizeof prefix - 1, length = BASE64_ENCODE_RAW_LENGTH(size);
    char *text = malloc(start + length);
    json_t *value = NULL;
    if (text) {
        memcpy(text, prefix, start);
        base64_encode_raw(text + start, size, (const uint8_t *)bytes);
        value = json_stringn_nocheck(text, start + length);
    }
    free(text);
    free(bytes);
    return value;
}

static reel_status add_frame(json_t *frames, const reel_safety_config *config,
                             const reel_safety_question *q, int index)
{
    const reel_clip *clip = q->clip;
    char path[PATH_SIZE];
    reel_clip one = *clip;
    one.frames = 1;
    one.rgb = clip->rgb + (size_t)3 * clip->width * clip->height * (size_t)index;
    snprintf(path, sizeof path, "%s/%s.tmp-%d.jpg", config->dir, q->video_uuid, (int)getpid());
    REEL_TRY(reel_clip_write(&one, path, 0, NULL));
    json_t *image = encode_file(path);
    unlink(path);
    double seconds = clip->fps_num > 0 ? (double)index * clip->fps_den / clip->fps_num : 0.0;
    json_t *frame =
        image ? json_pack("{s:i, s:f, s:o}", "index", index, "seconds", seconds, "image", image)
              : NULL;
    return json_array_append_new(frames, frame) == 0
               ? REEL_OK
               : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a frame to check");
}

/* The question about frames[0..count-1], as text owned by the caller. */
static reel_status write_question(char **out, const reel_safety_config *config,
                                  const reel_safety_question *q, const int *indices, int count)
{
    reel_status status = REEL_OK;
    json_t *frames = json_array();
    for (int i = 0; i < count && status == REEL_OK; i++) {
        status = add_frame(frames, config, q, indices[i]);
    }
    json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:O}", "taskUUID", q->task_uuid, "videoUUID",
                               q->video_uuid, "prompt", q->prompt, "mode",
                               q->mode == REEL_SAFETY_FULL ? "full" : "fast", "frames", frames);
    *out = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    json_decref(frames);
    if (status < 0) {
        free(*out);
        return status;
    }
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a question");
}

static reel_status post(reel_str *answer, const reel_safety_config *config,
                        const reel_safety_question *q, const char *body)
{
    reel_outgoing request = { .url = config->url,
                              .seconds = config->seconds,
                              .content_type = "application/json",
                              .body = body,
                              .body_size = strlen(body),
                              .reply = answer,
                              .reply_limit = ANSWER_MAX,
                              .is_stopped = q->is_stopped,
                              .user = q->user };
    return reel_outgoing_send(&request);
}

static reel_status run_command(const reel_safety_config *config, const reel_safety_question *q,
                               int input, int output)
{
    extern char **environ;
    char *name = strdup(config->command);
    if (!name) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the checker's name");
    }
    char *arguments[] = { name, NULL };
    reel_child child = { .program = config->command,
                         .arguments = arguments,
                         .environment = environ,
                         .input = input,
                         .output = output,
                         .seconds = config->seconds,
                         .is_stopped = q->is_stopped,
                         .user = q->user };
    reel_child_end end;
    reel_status status = reel_child_run(&end, &child);
    free(name);
    REEL_TRY(status);
    if (end.is_late) {
        return REEL_FAIL(REEL_ERR_IO, "no answer within the time limit");
    }
    return end.exit_code == 0 ? REEL_OK
                              : REEL_FAIL(REEL_ERR_IO, "the checker ended with %s %d",
                                          end.signal ? "signal" : "exit code",
                                          end.signal ? end.signal : end.exit_code);
}

/* Question and answer lie in memory files, so that neither side waits for the other to read. */
static reel_status ask_command(reel_str *answer, const reel_safety_config *config,
                               const reel_safety_question *q, const char *body)
{
    char *text = malloc(ANSWER_MAX);
    size_t size = strlen(body);
    int input = memfd_create("question", MFD_CLOEXEC), output = memfd_create("answer", MFD_CLOEXEC);
    reel_status status = REEL_OK;
    if (!text || input < 0 || output < 0 || write(input, body, size) != (ssize_t)size ||
        lseek(input, 0, SEEK_SET) != 0) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for a question");
    }
    status = status < 0 ? status : run_command(config, q, input, output);
    if (status == REEL_OK) {
        ssize_t count = pread(output, text, ANSWER_MAX, 0);
        reel_str_append_bytes(answer, text, count > 0 ? (size_t)count : 0);
    }
    free(text);
    if (input >= 0) {
        close(input);
    }
    if (output >= 0) {
        close(output);
    }
    return status;
}

static reel_status read_answer(int *flagged, const reel_str *answer)
{
    json_t *object = json_loads(answer->text, 0, NULL);
    const json_t *value = json_object_get(object, "flagged");
    reel_status status = json_is_boolean(value)
                             ? REEL_OK
                             : REEL_FAIL(REEL_ERR_FORMAT, "the checker's answer is no JSON object "
                                                          "with a boolean \"flagged\"");
    *flagged = json_is_true(value);
    json_decref(object);
    return status;
}

static reel_status ask_once(int *flagged, const reel_safety_config *config,
                            const reel_safety_question *q, const int *indices, int count)
{
    char *body;
    reel_str answer;
    REEL_TRY(write_question(&body, config, q, indices, count));
    reel_str_init(&answer, ANSWER_MAX);
    reel_status status =
        config->url ? post(&answer, config, q, body) : ask_command(&answer, config, q, body);
    status = status < 0 ? status : read_answer(flagged, &answer);
    reel_str_deinit(&answer);
    free(body);
    return status;
}

reel_status reel_safety_ask(int *flagged, const reel_safety_config *config,
                            const reel_safety_question *question)
{
    int last = question->clip->frames - 1, indices[FRAMES_AT_ONCE];
    *flagged = 0;
    if (last < 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "the film has no frame to check");
    }
    if (question->mode == REEL_SAFETY_FAST) {
        const int keys[KEY_FRAMES] = { 0, last / 2, last };
        return ask_once(flagged, config, question, keys, KEY_FRAMES);
    }
    for (int at = 0; at <= last && !*flagged;) {
        int count = 0;
        while (count < FRAMES_AT_ONCE && at <= last) {
            indices[count++] = at++;
        }
        REEL_TRY(ask_once(flagged, config, question, indices, count));
    }
    return REEL_OK;
}
