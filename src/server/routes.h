/* Every way into the server over HTTP, as data: what is routed, validated and described. */
#ifndef REEL_SERVER_ROUTES_H
#define REEL_SERVER_ROUTES_H

#include "server/exchange.h"
#include "server/parameters.h"

#include <microhttpd.h>

/* How a route's errors look: {"errors": [...]} or {"error": {...}}. */
typedef enum { REEL_DIALECT_TASKS, REEL_DIALECT_OPENAI } reel_dialect;

typedef enum {
    REEL_BODY_NONE,
    REEL_BODY_TASK_ARRAY, /* JSON array of tasks */
    REEL_BODY_FIELDS      /* JSON object or multipart/form-data, see `fields` */
} reel_body_kind;

typedef enum MHD_Result reel_route_handler(reel_exchange *x);

typedef struct reel_route {
    const char *method, *path; /* "/v1/videos/{id}/content": {...} is one segment */
    reel_route_handler *handle;
    reel_dialect dialect;
    reel_body_kind body;
    int needs_key;
    int counts;                         /* towards the requests per second of a key */
    int is_quiet;                       /* asked all the time: logged only when asked for */
    const reel_parameter_table *fields; /* of the body, or NULL */
    const reel_parameter_table *query;  /* behind the ?, or NULL */
    const char *answer;                 /* of success: a schema's name, or a media type */
    const char *summary, *about;        /* for the docs; `about` may be NULL */
} reel_route;

typedef struct {
    const reel_route *rows;
    int count;
} reel_route_table;

extern const reel_route_table reel_routes;

/* The route of a request, HEAD counting as GET, or NULL; *knows_path then tells a wrong method from
 * a wrong path. `value` receives what {...} stands for, "" without one. */
const reel_route *reel_route_find(char value[REEL_PATH_VALUE_SIZE], int *knows_path,
                                  const char *method, const char *path);

/* Check what stands behind the ? of an address against route->query; what the table does not name
 * is left alone (clients add words of their own). *values is an object with the right types, owned
 * by the caller. Non-zero if all is well; else *error as reel_check_object() fills it. */
int reel_route_read_query(json_t **values, json_t **error, const reel_exchange *x);

/* ---- handlers ------------------------------------------------------------------------------ */

reel_route_handler reel_post_tasks, reel_get_websocket, reel_delete_task, reel_get_events;
reel_route_handler reel_get_file;
reel_route_handler reel_get_health, reel_get_readiness, reel_get_metrics, reel_get_openapi;
reel_route_handler reel_post_video, reel_list_videos, reel_get_video, reel_delete_video;
reel_route_handler reel_get_video_content, reel_post_remix, reel_post_edit, reel_post_extension;
reel_route_handler reel_list_models, reel_get_model, reel_get_model_schema;

#endif
