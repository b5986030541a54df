/* Routes of the task protocol: bodies, the way into a WebSocket, cancelling, following. */
#include "base/error.h"
#include "base/log.h"
#include "server/errors.h"
#include "server/routes.h"
#include "server/uuid.h"

#include <stdio.h>
#include <string.h>

void reel_exchange_answer_tasks(reel_exchange *x)
{
    const char *body = x->tasks ? x->tasks : x->body ? x->body : "";
    size_t length = x->tasks ? strlen(x->tasks) : x->length;
    x->frames_status =
        reel_protocol_handle(x->config->protocol, &x->caller, body, length, &x->frames);
}

/* Nearly every body is answered at once; what has to wait for others is answered elsewhere. */
int reel_exchange_has_answers(reel_exchange *x, enum MHD_Result *result)
{
    if (x->work_state == REEL_WORK_REFUSED) {
        *result = reel_exchange_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable",
                                       "The server is busy with uploads.");
        return 0;
    }
    if (x->frames_status == REEL_OK && x->frames.must_wait) {
        *result = reel_exchange_defer(x, reel_exchange_answer_tasks);
        return 0;
    }
    if (x->frames_status < 0 || x->frames.count == 0) {
        *result = reel_exchange_fail(x, "request-failed");
        return 0;
    }
    x->is_quiet = x->frames.is_quiet;
    snprintf(x->about, sizeof x->about, "%s", x->frames.about);
    return 1;
}

enum MHD_Result reel_post_tasks(reel_exchange *x)
{
    enum MHD_Result result;
    if (x->work_state == REEL_WORK_NONE) {
        reel_exchange_answer_tasks(x);
    }
    if (!reel_exchange_has_answers(x, &result)) {
        return result;
    }
    const reel_frames *frames = &x->frames;
    struct MHD_Response *response = reel_response_of_text(frames->texts[0], "application/json");
    if (response && frames->retry_after_seconds > 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", frames->retry_after_seconds);
        MHD_add_response_header(response, "Retry-After", text);
    }
    return reel_exchange_send(x, (unsigned)frames->http_status, response);
}

static void close_upgraded(void *user)
{
    MHD_upgrade_action(user, MHD_UPGRADE_ACTION_CLOSE);
}

static void on_upgrade(void *user, struct MHD_Connection *connection, void *exchange,
                       const char *early, size_t early_size, MHD_socket fd,
                       struct MHD_UpgradeResponseHandle *handle)
{
    (void)connection;
    reel_websockets *websockets = user;
    const reel_exchange *x = exchange;
    reel_websocket_handover handover = { .fd = fd,
                                         .early = early,
                                         .early_size = early_size,
                                         .caller = x->caller,
                                         .close = close_upgraded,
                                         .user = handle };
    handover.caller.transport = REEL_TRANSPORT_WEBSOCKET;
    reel_websockets_add(websockets, &handover);
}

static enum MHD_Result refuse_upgrade(reel_exchange *x, int is_of_version_13)
{
    struct MHD_Response *response = reel_response_of_text("", "text/plain");
    if (response) {
        MHD_add_response_header(response, "Sec-WebSocket-Version", "13");
    }
    return reel_exchange_send(
        x, is_of_version_13 ? MHD_HTTP_BAD_REQUEST : MHD_HTTP_UPGRADE_REQUIRED, response);
}

enum MHD_Result reel_get_websocket(reel_exchange *x)
{
    const char *key = reel_exchange_header(x, "Sec-WebSocket-Key");
    const char *version = reel_exchange_header(x, "Sec-WebSocket-Version");
    if (!reel_header_lists(reel_exchange_header(x, "Upgrade"), "websocket") ||
        !reel_header_lists(reel_exchange_header(x, "Connection"), "upgrade")) {
        struct MHD_Response *response = reel_response_of_json(json_pack(
            "{s:[o]}", "errors",
            reel_error_new("invalidRequest", NULL, "Send tasks by POST or over a WebSocket.")));
        if (response) {
            MHD_add_response_header(response, "Allow", "POST, OPTIONS");
        }
        return reel_exchange_send(x, MHD_HTTP_METHOD_NOT_ALLOWED, response);
    }
    int is_of_version_13 = version && strcmp(version, "13") == 0;
    if (!is_of_version_13 || !key || strlen(key) != 24) {
        return refuse_upgrade(x, is_of_version_13);
    }
    char accept[REEL_WEBSOCKET_ACCEPT_SIZE];
    reel_websocket_accept(accept, key);
    struct MHD_Response *response =
        MHD_create_response_for_upgrade(on_upgrade, x->config->websockets);
    if (response) {
        MHD_add_response_header(response, "Upgrade", "websocket");
        MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
    }
    return reel_exchange_send(x, MHD_HTTP_SWITCHING_PROTOCOLS, response);
}

static enum MHD_Result refuse_task(reel_exchange *x)
{
    return reel_exchange_refuse(x, MHD_HTTP_NOT_FOUND, "taskNotFound", "There is no such task.");
}

enum MHD_Result reel_delete_task(reel_exchange *x)
{
    char uuid[REEL_UUID_SIZE];
    reel_task_state state;
    if (!reel_uuid_is_v4(x->value)) {
        return refuse_task(x);
    }
    reel_uuid_lower(uuid, x->value);
    reel_status status = reel_queue_cancel(&state, x->config->protocol->queue, uuid, x->caller.key);
    if (status == REEL_ERR_NOT_FOUND) {
        return refuse_task(x);
    }
    if (status < 0) {
        return reel_exchange_fail(x, "cancel-failed");
    }
    return reel_exchange_send_json(x, MHD_HTTP_OK,
                                   json_pack("{s:[{s:s, s:s, s:s}]}", "data", "taskType",
                                             "videoInference", "taskUUID", uuid, "status",
                                             reel_task_state_name(state)));
}

enum MHD_Result reel_get_events(reel_exchange *x)
{
    char uuid[REEL_UUID_SIZE];
    reel_task task;
    if (!reel_uuid_is_v4(x->value)) {
        return refuse_task(x);
    }
    reel_uuid_lower(uuid, x->value);
    if (reel_queue_find(&task, x->config->protocol->queue, uuid, x->caller.key) < 0) {
        return refuse_task(x);
    }
    reel_task_deinit(&task);
    struct MHD_Response *response =
        reel_events_respond(x->config->events, x->connection, uuid, x->caller.key);
    return response ? reel_exchange_send(x, MHD_HTTP_OK, response)
                    : reel_exchange_refuse(x, MHD_HTTP_SERVICE_UNAVAILABLE, "serviceUnavailable",
                                           "There are too many event streams.");
}
