/* webhookURL, uploadEndpoint, safety. */
#include "server/destinations.h"

#include "base/error.h"
#include "server/errors.h"
#include "server/outgoing.h"
#include "server/safety.h"

static int check_url(json_t **error, const json_t *task, const char *name, const char *code,
                     const reel_networks *allowed)
{
    const char *url = json_string_value(json_object_get(task, name));
    if (!url || reel_outgoing_check_url(url, allowed) == REEL_OK) {
        return 1;
    }
    *error = reel_error_new(code, name, "Invalid value for '%s' parameter: %s.", name,
                            reel_error_message());
    return 0;
}

int reel_check_destinations(json_t **error, const json_t *task, const reel_protocol *protocol)
{
    const reel_networks *allowed = protocol->allowed;
    *error = NULL;
    if (!check_url(error, task, "webhookURL", "invalidWebhookURL", allowed) ||
        !check_url(error, task, "uploadEndpoint", "invalidUploadEndpoint", allowed)) {
        return 0;
    }
    if (reel_safety_mode_of(task) != REEL_SAFETY_NONE && !protocol->checks_content) {
        int has_mode = json_object_get(json_object_get(task, "safety"), "mode") != NULL;
        const char *name = has_mode ? "safety.mode" : "safety.checkContent";
        *error = reel_error_new("unsupportedValue", name,
                                "Unsupported value for '%s' parameter. This server has no content "
                                "checker configured, so nothing can be checked.",
                                name);
        return 0;
    }
    return 1;
}
