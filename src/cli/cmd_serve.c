/* reel serve - the HTTP and WebSocket server. */
#include "base/log.h"
#include "base/redact.h"
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "reel/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_MS = 100, LINE_SIZE = 2048 };

typedef struct {
    reel_server_options server;
    int body_mib, memory_mib, log_requests;
} serve_args;

static const char usage[] = "reel serve --data DIR [options]";

static const cli_option options[] = {
    CLI_STRING(serve_args, server.listen, 'l', "listen", "ADDR:PORT",
               "where to listen (127.0.0.1:8080)"),
    CLI_STRING(serve_args, server.data_dir, 'd', "data", "DIR", "tasks and films are kept here"),
    CLI_STRING(serve_args, server.model_dir, 'm', "model", "DIR", "model directory (models/mini)"),
    CLI_DEVICE(serve_args, server.device, 0),
    CLI_STRING(serve_args, server.keys_path, 'k', "keys", "FILE",
               "who may call: \"SHA-256 NAME [requests=N] [tasks=N]\" on each line (everybody)"),
    CLI_STRING(serve_args, server.prices_path, 0, "prices", "FILE",
               "USD per second as JSON (those of the model page)"),
    CLI_STRING(serve_args, server.public_url, 0, "public-url", "URL",
               "what the addresses of films begin with (http://ADDR:PORT)"),
    CLI_STRING(serve_args, server.tls_certificate_path, 0, "tls-cert", "FILE",
               "certificate and its chain as PEM, for https and wss"),
    CLI_STRING(serve_args, server.tls_key_path, 0, "tls-key", "FILE", "its key as PEM"),
    CLI_DOUBLE(serve_args, server.requests_per_second, 0, "rate", "N",
               "requests a second of one key, polls not counted (0: any number)"),
    CLI_INT(serve_args, server.tasks_per_key, 0, "queue-per-key", "N",
            "tasks of one key that may wait (200)"),
    CLI_DOUBLE(serve_args, server.patience_seconds, 0, "patience", "S",
               "a client must have sent its headers by then (60)"),
    CLI_INT(serve_args, body_mib, 0, "body-limit", "MIB", "largest request (100)"),
    CLI_INT(serve_args, server.connections, 0, "connections", "N", "at most so many (4096)"),
    CLI_INT(serve_args, server.queue_depth, 0, "queue", "N", "tasks that may wait (1000)"),
    CLI_INT(serve_args, server.idle_seconds, 0, "idle", "S",
            "close a WebSocket that is silent for so long (120)"),
    CLI_I64(serve_args, server.retention_seconds, 0, "retention", "S",
            "keep films of tasks without a ttl for so long (604800)"),
    CLI_INT(serve_args, memory_mib, 0, "memory", "MIB",
            "for one film beside the model; larger ones are refused (what the machine has)"),
    CLI_DOUBLE(serve_args, server.task_seconds, 0, "task-limit", "S",
               "refuse tasks that would take longer (0: none)"),
    CLI_STRING(serve_args, server.allowed_networks, 0, "allow-network", "A/N,...",
               "what URLs of callers may reach beside public addresses (nothing)"),
    CLI_STRING(serve_args, server.webhook_secret_path, 0, "webhook-secret", "FILE",
               "sign webhooks with its first line (they are not signed)"),
    CLI_STRING(serve_args, server.safety_url, 0, "safety-url", "URL",
               "ask there what films show, when a task wants it (refused)"),
    CLI_STRING(serve_args, server.safety_command, 0, "safety-command", "PATH",
               "or ask this program"),
    CLI_I64(serve_args, server.media_retention_seconds, 0, "media-retention", "S",
            "keep uploads for so long after their last use (2592000)"),
    CLI_FLAG(serve_args, log_requests, 'v', "verbose",
             "log polls, health checks and other noise, too"),
    CLI_OPTIONS_END
};

static const char *const levels[] = { "debug", "info", "warn", "error" };

/* "2026-01-31T12:00:00.123Z info event=..." in one write, so that threads do not mix lines. */
static void log_line(reel_log_level level, const char *line, void *user)
{
    const int *wants_all = user;
    if (level == REEL_LOG_DEBUG && !*wants_all) {
        return;
    }
    struct timespec now;
    struct tm utc;
    char when[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    char clean[LINE_SIZE];
    reel_redact(clean, sizeof clean, line);
    fprintf(stderr, "%s.%03ldZ %s %s\n", when, now.tv_nsec / 1000000, levels[level], clean);
}

static void wait_for_interrupt(void)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    while (!cli_is_interrupted()) {
        nanosleep(&pause, NULL);
    }
}

int cmd_serve(int argc, char **argv)
{
    serve_args args = { .server = REEL_SERVER_OPTIONS_INIT, .body_mib = 100 };
    int code = cli_parse(&args, options, usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    if (!args.server.data_dir) {
        return cli_usage_error("--data is required; see reel help serve");
    }
    if (args.body_mib < 1 || args.body_mib > 4096) {
        return cli_usage_error("--body-limit: is %d, expected 1 to 4096", args.body_mib);
    }
    if (args.memory_mib < 0) {
        return cli_usage_error("--memory: is %d, expected 0 or more", args.memory_mib);
    }
    args.server.body_limit = (size_t)args.body_mib << 20;
    args.server.memory_limit = (size_t)args.memory_mib << 20;
    const char *wanted = getenv("REEL_LOG");
    args.log_requests |= wanted && strcmp(wanted, "debug") == 0;
    reel_log_set(log_line, &args.log_requests);
    signal(SIGPIPE, SIG_IGN);
    reel_server *server = NULL;
    reel_status status = reel_server_open(&server, &args.server);
    if (status == REEL_OK) {
        printf("%s\n", reel_server_url(server));
        fflush(stdout);
        wait_for_interrupt();
        reel_server_close(server);
    }
    reel_log_set(NULL, NULL); /* what it pointed to is gone */
    return cli_exit_code(status);
}
