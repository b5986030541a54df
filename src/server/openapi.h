/* The description of the server, made from the tables that route and check. */
#ifndef REEL_SERVER_OPENAPI_H
#define REEL_SERVER_OPENAPI_H

#include "base/str.h"

#include <jansson.h>

/* OpenAPI 3.1 of every route. Owned by the caller, released with json_decref(); NULL without
 * memory. */
json_t *reel_openapi_new(const char *server_url);

/* {"requestSchema", "responseSchema"} of videoInference. Owned as above. */
json_t *reel_model_schema_new(void);

/* The same knowledge as a page for people, docs/http_api.md. */
reel_status reel_api_markdown_write(reel_str *out);

#endif
