/* The one table of what is missing. What gets done loses its row; nothing else changes. */
#include "server/unavailable.h"

#include "server/errors.h"

#include <stdio.h>
#include <string.h>

/* Refused when the task has it, whatever its value. */
static const char *const table[] = {
    "inputs.frameImages", "inputs.referenceImages", "inputs.referenceVideos",
    "inputs.mask",        "inputs.audio",           "frameImages",
};

static const json_t *find(const json_t *task, const char *path)
{
    const char *dot = strchr(path, '.');
    if (!dot) {
        return json_object_get(task, path);
    }
    char object[32];
    snprintf(object, sizeof object, "%.*s", (int)(dot - path), path);
    return json_object_get(json_object_get(task, object), dot + 1);
}

const char *reel_unavailable_get(int index)
{
    return index < (int)(sizeof table / sizeof *table) ? table[index] : NULL;
}

int reel_check_available(json_t **error, const json_t *task)
{
    *error = NULL;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (find(task, table[i])) {
            *error = reel_error_new("unsupportedParameter", table[i],
                                    "Unsupported use of '%s' parameter. This server cannot do it "
                                    "yet.",
                                    table[i]);
            return 0;
        }
    }
    return 1;
}
