/* What the server has to do with others than its callers: media from URLs, webhooks, uploads, the
 * safety checker, and the threads that wait for them. */
#ifndef REEL_SERVER_OUTSIDE_H
#define REEL_SERVER_OUTSIDE_H

#include "reel/server.h"
#include "reel/status.h"
#include "server/errands.h"
#include "server/media.h"
#include "server/protocol.h"
#include "server/safety.h"
#include "server/webhooks.h"

typedef struct {
    reel_networks allowed;
    reel_errands *errands;
    reel_media_library *media;
    reel_webhooks *webhooks;
    reel_safety_config safety; /* neither url nor command: nothing is checked */
    char *webhook_secret;
    int is_open;
} reel_outside;

/* Everything but the webhooks, which start with the protocol that they speak. The options and
 * `files_dir` are borrowed until close; the database is that of the tasks and was opened before.
 * Released with reel_outside_close(), also after a failure. */
reel_status reel_outside_open(reel_outside *out, const reel_server_options *options,
                              const char *database_path, const char *files_dir);
reel_status reel_outside_start(reel_outside *outside, const reel_protocol *protocol,
                               const char *database_path);

/* Break off what waits for others, answer what was handed over; nothing more is taken. Everything
 * stays valid until close. */
void reel_outside_stop(reel_outside *outside);

/* Legal on a zeroed one. */
void reel_outside_close(reel_outside *outside);

/* NULL when no checker is configured. */
const reel_safety_config *reel_outside_safety(const reel_outside *outside);

#endif
