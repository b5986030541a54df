/* accountManagement: who is asking, and what was made for them. */
#include "server/check_parameters.h"
#include "server/errors.h"
#include "server/task_types.h"

#include <nettle/sha2.h>
#include <stdio.h>

static const reel_parameter rows[] = {
    REEL_TASK_ROWS("accountManagement"),
    { .path = "operation",
      .type = REEL_PARAMETER_STRING,
      .is_required = 1,
      .values = "getDetails",
      .about = "The only one there is." },
};

const reel_parameter_table reel_account_parameters = { rows, sizeof rows / sizeof *rows };

/* Each key is an organisation of its own; its UUID is the same in every answer. */
static void name_organization(char out[REEL_UUID_SIZE], int64_t key)
{
    char text[64];
    uint8_t d[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;
    int length = snprintf(text, sizeof text, "openreels organization %lld", (long long)key);
    sha256_init(&hash);
    sha256_update(&hash, (size_t)length, (const uint8_t *)text);
    sha256_digest(&hash, sizeof d, d);
    d[6] = (uint8_t)(0x40 | (d[6] & 0x0f)); /* version 4, variant 1 */
    d[8] = (uint8_t)(0x80 | (d[8] & 0x3f));
    snprintf(out, REEL_UUID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0], d[1],
             d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14],
             d[15]);
}

static json_t *describe_usage(const reel_store_usage *usage)
{
    return json_pack("{s:f, s:I}", "credits", usage->cost, "requests", (json_int_t)usage->films);
}

/* The key itself is not known here, only its hash, so nothing of it can be shown. */
static json_t *describe_keys(const reel_protocol *protocol, int64_t key)
{
    return reel_auth_is_open(protocol->auth)
               ? json_array()
               : json_pack("[{s:s, s:s, s:b}]", "apiKey", "****", "name",
                           reel_auth_name(protocol->auth, key), "enabled", 1);
}

void reel_answer_account(reel_reply *reply, const reel_protocol *protocol, reel_caller *caller,
                         const json_t *task)
{
    json_t *error;
    reel_queue_usage usage;
    char organization[REEL_UUID_SIZE];
    if (!reel_check_object(&error, task, &reel_account_parameters)) {
        reel_reply_add_error(reply, error);
        return;
    }
    if (reel_queue_usage_of(&usage, protocol->queue, caller->key) < 0) {
        reel_reply_add_error(reply, reel_error_internal("accountManagement"));
        return;
    }
    name_organization(organization, caller->key);
    /* Nobody pays in advance here: the balance is always 0. */
    reel_reply_add(
        reply,
        json_pack("{s:s, s:O, s:s, s:s, s:s, s:{s:i, s:s}, s:[], s:o, s:{s:o, s:o, s:o, s:o}}",
                  "taskType", "accountManagement", "taskUUID", json_object_get(task, "taskUUID"),
                  "operation", "getDetails", "organizationName", "OpenReels", "organizationUUID",
                  organization, "balance", "amount", 0, "currency", "USD", "team", "apiKeys",
                  describe_keys(protocol, caller->key), "usage", "total",
                  describe_usage(&usage.total), "today", describe_usage(&usage.today), "last7Days",
                  describe_usage(&usage.last_7_days), "last30Days",
                  describe_usage(&usage.last_30_days)));
}
