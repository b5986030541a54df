/* authentication and ping: the two tasks of a connection, which have no taskUUID. */
#include "server/errors.h"
#include "server/task_types.h"
#include "server/uuid.h"

#include <string.h>

static json_t *refuse(const char *code, const char *message)
{
    json_t *error = reel_error_new(code, "apiKey", "%s", message);
    if (error && json_object_set_new(error, "taskType", json_string("authentication")) != 0) {
        json_decref(error);
        return NULL;
    }
    return error;
}

/* Sessions hold nothing: every poll works from any connection with the same key. So a client that
 * comes back keeps the name it had. */
void reel_answer_authentication(reel_reply *reply, const reel_protocol *protocol,
                                reel_caller *caller, const json_t *task)
{
    reply->is_login = 1;
    const json_t *value = json_object_get(task, "apiKey");
    const char *key = json_string_value(value);
    if (!key && !reel_auth_is_open(protocol->auth)) {
        caller->key = REEL_KEY_NONE;
        reel_reply_add_error(reply, refuse("missingApiKey", "Missing API key."));
        return;
    }
    int64_t id =
        reel_auth_check(protocol->auth, key ? key : "", key ? json_string_length(value) : 0);
    if (id == REEL_KEY_WRONG) {
        caller->key = REEL_KEY_WRONG;
        reel_reply_add_error(reply, refuse("invalidApiKey", "Invalid API key."));
        return;
    }
    caller->key = id;
    char session[REEL_UUID_SIZE];
    const char *old = json_string_value(json_object_get(task, "connectionSessionUUID"));
    if (old && reel_uuid_is_v4(old)) {
        memcpy(session, old, sizeof session);
    } else if (reel_uuid_new(session) < 0) {
        reel_reply_add_error(reply, reel_error_internal("authentication"));
        return;
    }
    reel_reply_add(reply, json_pack("{s:s, s:s}", "taskType", "authentication",
                                    "connectionSessionUUID", session));
}

void reel_answer_ping(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                      const json_t *task)
{
    (void)protocol;
    (void)caller;
    (void)task;
    reel_reply_add(reply, json_pack("{s:s, s:b}", "taskType", "ping", "pong", 1));
}
