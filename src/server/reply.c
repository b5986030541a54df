/* Answers and their envelopes. */
#include "server/reply.h"

#include "base/error.h"
#include "server/errors.h"

#include <stdlib.h>
#include <string.h>

/* Twelve digits show a price of 0.55 as 0.55. */
enum { DUMP_FLAGS = JSON_COMPACT | JSON_REAL_PRECISION(12) };

void reel_reply_deinit(reel_reply *reply)
{
    json_decref(reply->data);
    json_decref(reply->errors);
    *reply = (reel_reply){ 0 };
}

void reel_frames_deinit(reel_frames *frames)
{
    for (size_t i = 0; i < frames->count; i++) {
        free(frames->texts[i]);
    }
    free(frames->texts);
    *frames = (reel_frames){ 0 };
}

static void append(reel_reply *reply, json_t **array, json_t *item)
{
    if (!*array) {
        *array = json_array();
    }
    if (json_array_append_new(*array, item) != 0) {
        reply->status = REEL_ERR_MEMORY;
    }
}

void reel_reply_add(reel_reply *reply, json_t *item)
{
    append(reply, &reply->data, item);
}

void reel_reply_add_error(reel_reply *reply, json_t *error)
{
    int http_status = reel_error_http_status(error);
    if (http_status > reply->http_status) {
        reply->http_status = http_status;
    }
    append(reply, &reply->errors, error);
}

static reel_status send_text(reel_frames *out, json_t *envelope /* taken */)
{
    if (out->count == out->capacity) {
        size_t capacity = out->capacity ? out->capacity * 2 : 4;
        char **texts = realloc(out->texts, capacity * sizeof *texts);
        if (texts) {
            out->texts = texts;
            out->capacity = capacity;
        }
    }
    char *text = out->count < out->capacity && envelope ? json_dumps(envelope, DUMP_FLAGS) : NULL;
    json_decref(envelope);
    if (!text) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for a reply");
    }
    out->texts[out->count++] = text;
    return REEL_OK;
}

static reel_status send_frames(reel_frames *out, const reel_reply *reply)
{
    if (reply->data) {
        REEL_TRY(send_text(out, json_pack("{s:O}", "data", reply->data)));
    }
    if (reply->errors && reply->is_login) {
        /* @runware/sdk waits for "error", the others for "errors" */
        return send_text(out, json_pack("{s:O, s:O}", "errors", reply->errors, "error",
                                        json_array_get(reply->errors, 0)));
    }
    if (reply->errors) {
        return send_text(out, json_pack("{s:O}", "errors", reply->errors));
    }
    return REEL_OK;
}

static json_t *gather(const reel_reply *replies, size_t count)
{
    json_t *data = json_array(), *errors = json_array(), *envelope = json_object();
    int is_built = data && errors && envelope;
    for (size_t i = 0; i < count && is_built; i++) {
        is_built = (!replies[i].data || json_array_extend(data, replies[i].data) == 0) &&
                   (!replies[i].errors || json_array_extend(errors, replies[i].errors) == 0);
    }
    if (is_built && json_array_size(data) > 0) {
        is_built = json_object_set(envelope, "data", data) == 0;
    }
    if (is_built && json_array_size(errors) > 0) {
        is_built = json_object_set(envelope, "errors", errors) == 0;
    }
    json_decref(data);
    json_decref(errors);
    if (!is_built) {
        json_decref(envelope);
        return NULL;
    }
    return envelope;
}

/* One good answer makes it 200: the errors of the others are scoped to their tasks. Otherwise the
 * first error speaks for all. A good key alone is no answer to the tasks behind it. */
static void settle_http(reel_frames *out, const reel_reply *replies, size_t count)
{
    int is_good = 0, first = 0;
    for (size_t i = 0; i < count; i++) {
        is_good |= (replies[i].data && !replies[i].is_login) || replies[i].http_status == 200;
        if (first == 0) {
            first = replies[i].http_status;
        }
        if (replies[i].retry_after_seconds > out->retry_after_seconds) {
            out->retry_after_seconds = replies[i].retry_after_seconds;
        }
    }
    out->http_status = is_good || first == 0 ? 200 : first;
}

reel_status reel_replies_to_frames(reel_frames *out, reel_transport transport,
                                   const reel_reply *replies, size_t count)
{
    *out = (reel_frames){ 0 };
    reel_status status = REEL_OK;
    for (size_t i = 0; i < count && status == REEL_OK; i++) {
        if (replies[i].status < 0) {
            status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for a reply");
        } else if (transport == REEL_TRANSPORT_WEBSOCKET) {
            status = send_frames(out, &replies[i]);
        }
    }
    if (status == REEL_OK && transport == REEL_TRANSPORT_REST) {
        status = send_text(out, gather(replies, count));
    }
    if (status < 0) {
        reel_frames_deinit(out);
        return status;
    }
    settle_http(out, replies, count);
    return REEL_OK;
}
