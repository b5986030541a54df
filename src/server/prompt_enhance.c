/* promptEnhance: other wordings of a prompt, by the rules that settings.promptExtend goes by. */
#include "reel/generate.h"
#include "reel/prompt.h"
#include "server/check_parameters.h"
#include "server/errors.h"
#include "server/task_types.h"

#include <stdlib.h>

enum { LENGTH_PRESET = 380, VERSIONS_MAX = 5, LENGTH_MAX = REEL_PROMPT_MAX };

static const reel_parameter rows[] = {
    REEL_TASK_ROWS("promptEnhance"),
    { .path = "prompt",
      .type = REEL_PARAMETER_STRING,
      .is_required = 1,
      .min = 1,
      .max = REEL_PROMPT_MAX,
      .about = "The words to extend." },
    { .path = "promptMaxLength",
      .type = REEL_PARAMETER_INTEGER,
      .min = 5,
      .max = LENGTH_MAX,
      .preset = "380",
      .about = "Characters of the result; what does not fit is left out." },
    { .path = "promptVersions",
      .type = REEL_PARAMETER_INTEGER,
      .min = 1,
      .max = VERSIONS_MAX,
      .preset = "1",
      .about = "How many wordings." },
    { .path = "includeCost",
      .type = REEL_PARAMETER_BOOLEAN,
      .preset = "false",
      .about = "Puts the cost, which is 0, into the result." },
};

const reel_parameter_table reel_prompt_enhance_parameters = { rows, sizeof rows / sizeof *rows };

static int integer_or(const json_t *task, const char *name, int otherwise)
{
    const json_t *value = json_object_get(task, name);
    return value ? (int)json_integer_value(value) : otherwise;
}

/* One wording; NULL without memory. */
static json_t *describe(const json_t *task, int version)
{
    reel_prompt_rules rules = REEL_PROMPT_RULES_INIT;
    char *text;
    rules.variant = (uint64_t)version;
    rules.limit = (size_t)integer_or(task, "promptMaxLength", LENGTH_PRESET);
    if (reel_prompt_extend(&text, json_string_value(json_object_get(task, "prompt")), &rules) < 0) {
        return NULL;
    }
    json_t *item = json_pack("{s:s, s:O, s:s}", "taskType", "promptEnhance", "taskUUID",
                             json_object_get(task, "taskUUID"), "text", text);
    free(text);
    if (json_is_true(json_object_get(task, "includeCost")) &&
        json_object_set_new(item, "cost", json_real(0.0)) != 0) {
        json_decref(item);
        return NULL;
    }
    return item;
}

void reel_answer_prompt_enhance(reel_reply *reply, const reel_protocol *protocol,
                                reel_caller *caller, const json_t *task)
{
    (void)protocol, (void)caller;
    json_t *error;
    if (!reel_check_object(&error, task, &reel_prompt_enhance_parameters)) {
        reel_reply_add_error(reply, error);
        return;
    }
    int versions = integer_or(task, "promptVersions", 1);
    for (int i = 0; i < versions; i++) {
        reel_reply_add(reply, describe(task, i));
    }
}
