/* docs/http_api.md from the same tables as /openapi.json. */
#include "server/answers.h"
#include "server/dimensions.h"
#include "server/errors.h"
#include "server/openapi.h"
#include "server/routes.h"
#include "server/task_types.h"
#include "server/unavailable.h"

#include <string.h>

/* Text within a cell: a bar would end it. */
static void write_cell(reel_str *out, const char *text)
{
    for (const char *c = text ? text : ""; *c; c++) {
        if (*c == '|') {
            reel_str_append(out, "\\|");
        } else {
            reel_str_append_bytes(out, c, 1);
        }
    }
}

static void write_values(reel_str *out, const char *values)
{
    while (*values) {
        size_t length = strcspn(values, " ");
        reel_str_printf(out, "`%.*s`", (int)length, values);
        values += length + (values[length] == ' ');
        reel_str_append(out, *values ? " " : "");
    }
}

/* "3 to 15", "`MP4` `WEBM`", "UUID v4" */
static void write_limits(reel_str *out, const reel_parameter *p)
{
    static const char *const formats[] = { [REEL_FORMAT_ANY] = "",
                                           [REEL_FORMAT_UUID] = "UUID v4",
                                           [REEL_FORMAT_URL] = "URL",
                                           [REEL_FORMAT_MEDIA] = "UUID, URL, data URI, base64",
                                           [REEL_FORMAT_TAG] = "@name" };
    static const char *const units[] = {
        [REEL_PARAMETER_STRING] = " characters", [REEL_PARAMETER_ARRAY] = " elements"
    };
    if (p->values) {
        write_values(out, p->values);
    } else if (p->max > 0) {
        int has_unit = p->type == REEL_PARAMETER_STRING || p->type == REEL_PARAMETER_ARRAY;
        reel_str_printf(out, "%.0f to %.0f%s", p->min, p->max, has_unit ? units[p->type] : "");
    } else {
        reel_str_append(out, formats[p->format]);
    }
}

static void write_table(reel_str *out, const reel_parameter_table *table)
{
    reel_str_append(out, "| name | type | limits | without it | what it is |\n|---|---|---|---|---|"
                         "\n");
    for (int i = 0; i < table->count; i++) {
        const reel_parameter *p = &table->rows[i];
        reel_str_printf(out, "| `%s` | %s | ", p->path, reel_parameter_type_name(p->type));
        write_limits(out, p);
        reel_str_append(out, " | ");
        if (p->preset) {
            reel_str_printf(out, "`%s`", p->preset);
        } else {
            reel_str_append(out, p->is_required ? "**refused**" : "");
        }
        reel_str_append(out, " | ");
        write_cell(out, p->about);
        reel_str_append(out, " |\n");
    }
    reel_str_append(out, "\n");
}

/* A row that is not required may be missing or null in an answer. */
static void write_answer(reel_str *out, const reel_answer *answer)
{
    reel_str_printf(out, "### %s\n\n| name | type | always | what it is |\n|---|---|---|---|\n",
                    answer->name);
    for (int i = 0; i < answer->table.count; i++) {
        const reel_parameter *p = &answer->table.rows[i];
        reel_str_printf(out, "| `%s` | %s | %s | ", p->path, reel_parameter_type_name(p->type),
                        p->is_required ? "yes" : "");
        if (p->values) {
            write_values(out, p->values);
            reel_str_append(out, p->about ? ": " : "");
        }
        write_cell(out, p->about);
        reel_str_append(out, " |\n");
    }
    reel_str_append(out, "\n");
}

static void write_routes(reel_str *out)
{
    reel_str_append(out, "## Routes\n\n"
                         "| method | path | what it does | key | answers |\n"
                         "|---|---|---|---|---|\n");
    for (int i = 0; i < reel_routes.count; i++) {
        const reel_route *r = &reel_routes.rows[i];
        int has_tasks = r->body == REEL_BODY_TASK_ARRAY;
        reel_str_printf(out, "| %s | `%s` | %s | %s | %s |\n", r->method, r->path, r->summary,
                        r->needs_key ? "yes"
                        : has_tasks  ? "by task"
                                     : "",
                        r->answer ? r->answer : "WebSocket");
    }
    reel_str_append(out, "\n");
    for (int i = 0; i < reel_routes.count; i++) {
        const reel_route *r = &reel_routes.rows[i];
        if (!r->about && !r->fields && !r->query) {
            continue;
        }
        reel_str_printf(out, "### %s %s\n\n", r->method, r->path);
        if (r->about) {
            reel_str_printf(out, "%s\n\n", r->about);
        }
        const reel_parameter_table *table = r->fields ? r->fields : r->query;
        if (table) {
            reel_str_append(out, r->fields ? "Body, as JSON or multipart/form-data:\n\n"
                                           : "Behind the `?`:\n\n");
            write_table(out, table);
        }
    }
}

static void write_tasks(reel_str *out)
{
    reel_str_append(out, "## Tasks\n\n"
                         "The body of POST /v1 is an array of objects; `taskType` says what each "
                         "is. Unknown members are refused.\n\n"
                         "| taskType | key | what it does |\n|---|---|---|\n");
    for (int i = 0; i < reel_task_type_count; i++) {
        const reel_task_type *t = &reel_task_types[i];
        reel_str_printf(out, "| `%s` | %s | %s |\n", t->name,
                        t->rules & REEL_TASK_NEEDS_KEY ? "yes" : "", t->summary);
    }
    reel_str_append(out, "\n");
    for (int i = 0; i < reel_task_type_count; i++) {
        const reel_task_type *t = &reel_task_types[i];
        if (t->fields && t->fields != &reel_video_parameters) {
            reel_str_printf(out, "### %s\n\n", t->name);
            write_table(out, t->fields);
        }
    }
    reel_str_append(out, "### videoInference\n\n");
    write_table(out, &reel_video_parameters);
    reel_str_append(out, "`width` and `height` go together and without `resolution`; the pairs "
                         "are:");
    json_t *pairs = reel_dimensions_list();
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        reel_str_printf(out, "%s `%s`", i ? "," : "", json_string_value(json_array_get(pairs, i)));
    }
    json_decref(pairs);
    reel_str_append(out, ".\n\n### Refused for now\n\n"
                         "What the API has and this server cannot do yet: ");
    for (int i = 0; reel_unavailable_get(i); i++) {
        reel_str_printf(out, "%s`%s`", i ? ", " : "", reel_unavailable_get(i));
    }
    reel_str_append(out, ".\n");
    reel_str_append(out, "\n");
}

static void write_errors(reel_str *out)
{
    reel_str_append(out,
                    "## Errors\n\n"
                    "POST /v1 answers `{\"errors\": [...]}`, /v1/videos `{\"error\": {...}}`. A "
                    "task's error names its `taskUUID`; where it helps there are `parameter`, "
                    "`allowedValues`, `min` and `max`. One good task among many makes the status "
                    "200. These codes have another status than 400:\n\n"
                    "| code | status |\n|---|---|\n");
    const char *code;
    int http_status;
    for (int i = 0; reel_error_code_get(&code, &http_status, i); i++) {
        reel_str_printf(out, "| `%s` | %d |\n", code, http_status);
    }
    reel_str_append(out, "\n429 and 503 come with a Retry-After header. Polls (getResponse, ping, "
                         "authentication) are never refused for coming too often.\n\n");
}

reel_status reel_api_markdown_write(reel_str *out)
{
    reel_str_append(out, "<!-- Generated by `reel api markdown`; a test compares them. -->\n"
                         "# HTTP API\n\n"
                         "`reel serve` answers the task API of Runware and the videos API of "
                         "OpenAI. The same description for programs: `/openapi.json`. How to run "
                         "it: `docs/howto/serve.md`.\n\n"
                         "Keys are sent as `Authorization: Bearer KEY`, or, for tasks, by a first "
                         "task `{\"taskType\": \"authentication\", \"apiKey\": \"KEY\"}`.\n\n");
    write_routes(out);
    write_tasks(out);
    reel_str_append(out, "## Answers\n\n");
    for (int i = 0; i < reel_answer_count; i++) {
        write_answer(out, &reel_answers[i]);
    }
    write_errors(out);
    return out->status;
}
