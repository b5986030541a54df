/* One HTTP request and its answer, as the handlers of the routes see them. */
#ifndef REEL_SERVER_EXCHANGE_H
#define REEL_SERVER_EXCHANGE_H

#include "server/http.h"
#include "server/message.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

struct reel_route;

enum { REEL_PATH_VALUE_SIZE = 128, REEL_EXCHANGE_ABOUT_SIZE = 64 };

typedef enum { REEL_WORK_NONE, REEL_WORK_DONE, REEL_WORK_REFUSED } reel_work_state;

/* Lives from the request's headers to the end of its answer, on one thread at a time. */
typedef struct reel_exchange {
    reel_http *http;
    const reel_http_config *config;
    struct MHD_Connection *connection;
    const struct reel_route *route;   /* NULL: answered without one */
    char value[REEL_PATH_VALUE_SIZE]; /* what {...} in the route's path stands for */
    reel_caller caller;
    char *body;
    size_t length, capacity; /* capacity is counted in metrics.body_bytes */
    size_t refused;          /* bytes thrown away after the body grew over a limit */
    unsigned refusal;        /* the status that says so, or 0 */
    unsigned status;         /* of the answer */
    char *tasks;             /* what a body in other words stands for; NULL: the body itself */
    json_t *fault;           /* why the body stands for nothing, with its status */
    unsigned fault_status;
    reel_work_state work_state;
    void (*work)(struct reel_exchange *x); /* that was handed over */
    reel_frames frames;                    /* what the tasks were answered */
    reel_status frames_status;
    double began;
    int is_quiet;                         /* polls and the like: logged only when asked for */
    char about[REEL_EXCHANGE_ABOUT_SIZE]; /* "videoInference" "2 tasks", for the log */
} reel_exchange;

/* A header of the request, or a parameter behind the ? of its address. NULL without it; borrowed
 * until the exchange ends. */
const char *reel_exchange_header(const reel_exchange *x, const char *name);
const char *reel_exchange_query(const reel_exchange *x, const char *name);

/* Let `work` be done on a thread that may wait; the handler returns what this returns and is called
 * once more afterwards: with work_state REEL_WORK_DONE, or REEL_WORK_REFUSED when there is too much
 * to do. Once for an exchange. */
enum MHD_Result reel_exchange_defer(reel_exchange *x, void (*work)(reel_exchange *x));

/* Hand the tasks of x->tasks, or of the body, to the protocol; the outcome is in x->frames. */
void reel_exchange_answer_tasks(reel_exchange *x);

/* Afterwards: non-zero when x->frames has the answers. Else *result is what the handler returns:
 * the tasks were handed over to a thread that may wait, or the server cannot do them. */
int reel_exchange_has_answers(reel_exchange *x, enum MHD_Result *result);

/* ---- answers ------------------------------------------------------------------------------- */

/* Queue the answer, which is taken; NULL ends the connection (without memory there is none). What
 * the following functions return is what a handler returns. */
enum MHD_Result reel_exchange_send(reel_exchange *x, unsigned status,
                                   struct MHD_Response *response);
enum MHD_Result reel_exchange_send_text(reel_exchange *x, unsigned status, const char *text,
                                        const char *type);
/* `value` is taken. */
enum MHD_Result reel_exchange_send_json(reel_exchange *x, unsigned status, json_t *value);

/* One error, in the form that clients of this route expect. `error` is an error object of
 * errors.h and is taken; a Retry-After header goes with it unless `retry_seconds` is 0. */
enum MHD_Result reel_exchange_send_error(reel_exchange *x, unsigned status, json_t *error,
                                         int retry_seconds);
enum MHD_Result reel_exchange_refuse(reel_exchange *x, unsigned status, const char *code,
                                     const char *message);
/* 500; what it was goes to the log. */
enum MHD_Result reel_exchange_fail(reel_exchange *x, const char *what);

/* Responses for reel_exchange_send(), NULL without memory. `text` is copied, `value` taken. */
struct MHD_Response *reel_response_of_text(const char *text, const char *type);
struct MHD_Response *reel_response_of_json(json_t *value);

/* Non-zero if the comma-separated list (or NULL) holds `word` in any letter case. */
int reel_header_lists(const char *list, const char *word);

#endif
