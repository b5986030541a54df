/* Routes that tell which models there are: one, under its two names. */
#include "server/errors.h"
#include "server/model_names.h"
#include "server/openapi.h"
#include "server/routes.h"

#include <string.h>

static json_t *describe(const reel_exchange *x)
{
    return json_pack("{s:s, s:s, s:I, s:s, s:s}", "id", REEL_MODEL_AIR, "object", "model",
                     "created", (json_int_t)x->config->started, "owned_by", "openreels", "name",
                     x->config->protocol->model_name);
}

static int is_known(const reel_exchange *x)
{
    return strcmp(x->value, REEL_MODEL_AIR) == 0 || strcmp(x->value, REEL_MODEL_SLUG) == 0;
}

static enum MHD_Result refuse(reel_exchange *x)
{
    return reel_exchange_refuse(x, MHD_HTTP_NOT_FOUND, "modelNotFound", "There is no such model.");
}

enum MHD_Result reel_list_models(reel_exchange *x)
{
    return reel_exchange_send_json(
        x, MHD_HTTP_OK, json_pack("{s:s, s:[o]}", "object", "list", "data", describe(x)));
}

enum MHD_Result reel_get_model(reel_exchange *x)
{
    return is_known(x) ? reel_exchange_send_json(x, MHD_HTTP_OK, describe(x)) : refuse(x);
}

enum MHD_Result reel_get_model_schema(reel_exchange *x)
{
    return is_known(x) ? reel_exchange_send_json(x, MHD_HTTP_OK, reel_model_schema_new())
                       : refuse(x);
}
