/* reel bench - how fast the engine runs here, as a share of what the machine can do. */
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "reel/bench.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct {
    int json;
    reel_bench_request request;
} bench_args;

static const char usage[] = "reel bench [options]";

static const cli_option options[] = {
    CLI_STRING(
        bench_args, request.filter, 'f', "filter", "TEXT",
        "only rows whose name holds it: machine, product, row, tiny, model, train, large, film"),
    CLI_STRING(bench_args, request.model_dir, 'm', "model", "DIR", "model directory (models/mini)"),
    CLI_DEVICE(bench_args, request.device, 'd'),
    CLI_DOUBLE(bench_args, request.seconds, 't', "seconds", "S", "for each row, about (0.3)"),
    CLI_FLAG(bench_args, request.cpu_time, 0, "cpu",
             "measure CPU time over the threads in use: for busy machines"),
    CLI_FLAG(bench_args, json, 0, "json", "print the result as one JSON object"),
    CLI_OPTIONS_END
};

/* 1.23 s, 45.6 ms, 7.8 us */
static void print_time(double seconds)
{
    if (seconds >= 1.0) {
        printf("%9.2f s ", seconds);
    } else if (seconds >= 1e-3) {
        printf("%9.2f ms", seconds * 1e3);
    } else {
        printf("%9.2f us", seconds * 1e6);
    }
}

static int print_row(const reel_bench_row *row, void *user)
{
    const bench_args *args = user;
    if (args->json) {
        return cli_is_interrupted();
    }
    printf("%-36s %-22s", row->name, row->shape ? row->shape : "");
    print_time(row->seconds);
    if (row->rate > 0.0 && row->unit && row->unit[0]) {
        printf(" %8.1f G%s/s", row->rate * 1e-9, row->unit);
    }
    if (row->ratio > 0.0 && row->against && row->against[0]) {
        printf("  %.3f of %s", row->ratio, row->against);
    }
    if (row->memory_bytes > 0.0) {
        printf("  %.0f MB", row->memory_bytes * 1e-6);
    }
    printf("\n");
    fflush(stdout);
    return cli_is_interrupted();
}

int cmd_bench(int argc, char **argv)
{
    bench_args args = { .request = REEL_BENCH_REQUEST_INIT };
    int code = cli_parse(&args, options, usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    char *text = NULL;
    args.request.row = print_row;
    args.request.user = &args;
    reel_status status = reel_bench_run(&text, &args.request);
    if (status != REEL_OK || !args.json) {
        free(text);
        return cli_exit_code(status);
    }
    json_t *report = json_loads(text, 0, NULL);
    free(text);
    return cli_print_json(report);
}
