/* Answers over libmicrohttpd. */
#include "server/exchange.h"

#include "base/error.h"
#include "base/log.h"
#include "server/errors.h"
#include "server/openai_error.h"
#include "server/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BUSY_RETRY_SECONDS = 5 };

const char *reel_exchange_header(const reel_exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, name);
}

const char *reel_exchange_query(const reel_exchange *x, const char *name)
{
    return MHD_lookup_connection_value(x->connection, MHD_GET_ARGUMENT_KIND, name);
}

static void run_work(void *user)
{
    reel_exchange *x = user;
    x->caller.may_wait = 1;
    x->work(x);
    x->work_state = REEL_WORK_DONE;
    MHD_resume_connection(x->connection);
}

/* Suspended first: the work may be done before this returns. */
enum MHD_Result reel_exchange_defer(reel_exchange *x, void (*work)(reel_exchange *x))
{
    x->work = work;
    MHD_suspend_connection(x->connection);
    if (!reel_errands_add(x->config->errands, run_work, x)) {
        x->work_state = REEL_WORK_REFUSED;
        MHD_resume_connection(x->connection);
    }
    return MHD_YES;
}

enum MHD_Result reel_exchange_send(reel_exchange *x, unsigned status, struct MHD_Response *response)
{
    if (!response) {
        return MHD_NO;
    }
    MHD_add_response_header(response, "Access-Control-Allow-Origin", "*");
    MHD_add_response_header(response, "Access-Control-Expose-Headers",
                            "Content-Range, ETag, Retry-After");
    x->status = status;
    enum MHD_Result result = MHD_queue_response(x->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

struct MHD_Response *reel_response_of_text(const char *text, const char *type)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    if (response) {
        MHD_add_response_header(response, "Content-Type", type);
    }
    return response;
}

struct MHD_Response *reel_response_of_json(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(value);
    struct MHD_Response *response = text ? reel_response_of_text(text, "application/json") : NULL;
    free(text);
    return response;
}

enum MHD_Result reel_exchange_send_text(reel_exchange *x, unsigned status, const char *text,
                                        const char *type)
{
    return reel_exchange_send(x, status, reel_response_of_text(text, type));
}

enum MHD_Result reel_exchange_send_json(reel_exchange *x, unsigned status, json_t *value)
{
    return reel_exchange_send(x, status, reel_response_of_json(value));
}

enum MHD_Result reel_exchange_send_error(reel_exchange *x, unsigned status, json_t *error,
                                         int retry_seconds)
{
    int is_openai = x->route && x->route->dialect == REEL_DIALECT_OPENAI;
    json_t *envelope = error ? is_openai ? reel_openai_error_new(error, status)
                                         : json_pack("{s:[O]}", "errors", error)
                             : NULL;
    json_decref(error);
    struct MHD_Response *response = reel_response_of_json(envelope);
    if (response && status == MHD_HTTP_UNAUTHORIZED) {
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    }
    if (response && retry_seconds > 0) {
        char text[16];
        snprintf(text, sizeof text, "%d", retry_seconds);
        MHD_add_response_header(response, "Retry-After", text);
    }
    return reel_exchange_send(x, status, response);
}

enum MHD_Result reel_exchange_refuse(reel_exchange *x, unsigned status, const char *code,
                                     const char *message)
{
    return reel_exchange_send_error(x, status, reel_error_new(code, NULL, "%s", message),
                                    status == MHD_HTTP_SERVICE_UNAVAILABLE ? BUSY_RETRY_SECONDS
                                                                           : 0);
}

enum MHD_Result reel_exchange_fail(reel_exchange *x, const char *what)
{
    reel_log(REEL_LOG_ERROR, "event=%s reason=\"%s\"", what, reel_error_message());
    return reel_exchange_refuse(x, MHD_HTTP_INTERNAL_SERVER_ERROR, "internalServerError",
                                "The server could not answer.");
}

int reel_header_lists(const char *list, const char *word)
{
    size_t length = strlen(word);
    while (list && *list) {
        list += strspn(list, " \t,");
        size_t item = strcspn(list, " \t,");
        if (item == length && strncasecmp(list, word, length) == 0) {
            return 1;
        }
        list += item;
    }
    return 0;
}
