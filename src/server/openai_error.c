/* From our error objects to OpenAI's. */
#include "server/openai_error.h"

static const char *type_of(unsigned http_status)
{
    return http_status == 401   ? "authentication_error"
           : http_status == 403 ? "permission_error"
           : http_status == 429 ? "rate_limit_error"
           : http_status >= 500 ? "server_error"
                                : "invalid_request_error";
}

json_t *reel_openai_error_new(const json_t *error, unsigned http_status)
{
    static const char *const extras[] = { "allowedValues", "min", "max", "documentation" };
    const json_t *parameter = json_object_get(error, "parameter");
    json_t *inner = json_pack(
        "{s:s?, s:s, s:O?, s:s?}", "message", json_string_value(json_object_get(error, "message")),
        "type", type_of(http_status), "param",
        json_is_array(parameter) ? json_array_get(parameter, 0) : (json_t *)parameter, "code",
        json_string_value(json_object_get(error, "code")));
    for (int i = 0; i < 4; i++) {
        json_t *extra = json_object_get(error, extras[i]);
        if (extra && json_object_set(inner, extras[i], extra) != 0) {
            json_decref(inner);
            return NULL;
        }
    }
    return inner ? json_pack("{s:o}", "error", inner) : NULL;
}
