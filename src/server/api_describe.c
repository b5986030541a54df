/* The description of the API as text, without a server. */
#include "base/error.h"
#include "reel/server.h"
#include "server/openapi.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 1 << 20 };

static char *describe_in_markdown(void)
{
    reel_str page;
    reel_str_init(&page, PAGE_MAX);
    char *text = reel_api_markdown_write(&page) == REEL_OK ? strdup(page.text) : NULL;
    reel_str_deinit(&page);
    return text;
}

static char *describe_in_json(void)
{
    json_t *value = reel_openapi_new("http://127.0.0.1:8080");
    char *text = value ? json_dumps(value, JSON_INDENT(2)) : NULL;
    json_decref(value);
    return text;
}

reel_status reel_api_describe(char **out, reel_api_form form)
{
    *out = form == REEL_API_MARKDOWN ? describe_in_markdown() : describe_in_json();
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for the description");
}
