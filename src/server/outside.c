/* From options to the parts that deal with others. */
#include "server/outside.h"

#include "base/error.h"
#include "base/file.h"
#include "server/outgoing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ERRAND_THREADS = 4, ERRANDS_MAX = 64, SECRET_MAX = 255, SAFETY_SECONDS = 60 };

static reel_status read_secret(char **out, const char *path)
{
    if (!path) {
        return REEL_OK;
    }
    REEL_TRY(reel_file_read(out, NULL, path, SECRET_MAX + 1));
    (*out)[strcspn(*out, "\r\n")] = 0;
    return (*out)[0] ? REEL_OK : REEL_FAIL(REEL_ERR_INVALID, "%s: its first line is empty", path);
}

static reel_status choose_checker(reel_outside *out, const reel_server_options *options,
                                  const char *files_dir)
{
    if (options->safety_url && options->safety_command) {
        return REEL_FAIL(REEL_ERR_INVALID, "safety: expected a URL or a program, not both");
    }
    if (options->safety_url && reel_outgoing_check_url(options->safety_url, NULL) < 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "safety: is no http or https URL");
    }
    if (options->safety_command && access(options->safety_command, X_OK) != 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "safety: %s is no program", options->safety_command);
    }
    out->safety = (reel_safety_config){ .url = options->safety_url,
                                        .command = options->safety_command,
                                        .seconds = SAFETY_SECONDS,
                                        .dir = files_dir };
    return REEL_OK;
}

static reel_status open_media(reel_outside *out, const reel_server_options *options,
                              const char *database_path, const char *files_dir)
{
    reel_media_store *store;
    reel_media_limits limits = REEL_MEDIA_LIMITS_INIT;
    if (options->media_retention_seconds < 60 || options->media_retention_seconds > INT32_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "media retention: is %lld seconds, expected 60 to %d",
                         (long long)options->media_retention_seconds, INT32_MAX);
    }
    limits.files_dir = files_dir;
    limits.allowed = &out->allowed;
    limits.retention_seconds = options->media_retention_seconds;
    REEL_TRY(reel_media_store_sqlite_open(&store, database_path));
    reel_status status = reel_media_open(&out->media, store, &limits);
    if (status < 0) {
        store->methods->close(store);
    }
    return status;
}

reel_status reel_outside_open(reel_outside *out, const reel_server_options *options,
                              const char *database_path, const char *files_dir)
{
    *out = (reel_outside){ 0 };
    REEL_TRY(reel_outgoing_init());
    out->is_open = 1;
    REEL_TRY(reel_networks_parse(&out->allowed, options->allowed_networks));
    REEL_TRY(read_secret(&out->webhook_secret, options->webhook_secret_path));
    REEL_TRY(choose_checker(out, options, files_dir));
    REEL_TRY(open_media(out, options, database_path, files_dir));
    return reel_errands_open(&out->errands, ERRAND_THREADS, ERRANDS_MAX);
}

reel_status reel_outside_start(reel_outside *outside, const reel_protocol *protocol,
                               const char *database_path)
{
    reel_delivery_store *store;
    reel_webhooks_config config = REEL_WEBHOOKS_CONFIG_INIT;
    config.protocol = protocol;
    config.secret = outside->webhook_secret;
    REEL_TRY(reel_delivery_store_sqlite_open(&store, database_path));
    reel_status status = reel_webhooks_open(&outside->webhooks, store, &config);
    if (status < 0) {
        store->methods->close(store);
    }
    return status;
}

void reel_outside_stop(reel_outside *outside)
{
    if (outside->media) {
        reel_media_stop(outside->media);
    }
    if (outside->errands) {
        reel_errands_stop(outside->errands);
    }
}

void reel_outside_close(reel_outside *outside)
{
    reel_outside_stop(outside);
    reel_errands_close(outside->errands);
    reel_webhooks_close(outside->webhooks);
    reel_media_close(outside->media);
    if (outside->webhook_secret) {
        explicit_bzero(outside->webhook_secret, strlen(outside->webhook_secret));
    }
    free(outside->webhook_secret);
    if (outside->is_open) {
        reel_outgoing_deinit();
    }
    *outside = (reel_outside){ 0 };
}

const reel_safety_config *reel_outside_safety(const reel_outside *outside)
{
    return outside->safety.url || outside->safety.command ? &outside->safety : NULL;
}
