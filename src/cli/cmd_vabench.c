/* reel vabench - judge a model by films for prompts it never met. */
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "reel/generate.h"
#include "reel/vabench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    const char *model, *device, *weights;
    double cfg; /* NaN: by the model */
    int is_real, is_round_trip, json;
    reel_vabench_request request;
    reel_request film;
    reel_engine *engine;
} run_args;

static const char run_usage[] = "reel vabench run [options]";

static const cli_option run_options[] = {
    CLI_STRING(run_args, model, 'm', "model", "DIR", "model directory (models/mini)"),
    CLI_DEVICE(run_args, device, 'd'),
    CLI_INT(run_args, request.prompts, 'c', "prompts", "N", "films, 1 to 1000 (64)"),
    CLI_U64(run_args, request.seed, 's', "seed", "N", "same seed, same prompts (0)"),
    CLI_DOUBLE(run_args, request.seconds, 't', "seconds", "S", "length of a film, 3 to 15 (3)"),
    CLI_INT(run_args, film.steps, 'n', "steps", "N", "denoising steps (by the model)"),
    CLI_DOUBLE(run_args, cfg, 0, "cfg", "X", "guidance, 0 to 100 (by the model)"),
    CLI_INT(run_args, film.step_cache, 0, "step-cache", "N",
            "evaluate the whole transformer once in N times (1)"),
    CLI_STRING(run_args, film.solver, 0, "solver", "NAME", "euler or heun (euler)"),
    CLI_STRING(run_args, weights, 0, "weights", "FORM",
               "of the transformer: f32, stored, int8 or auto (f32)"),
    CLI_STRING(run_args, request.folder, 'o', "out", "DIR",
               "keep films, contact sheet, spectrograms and report there"),
    CLI_FLAG(run_args, is_real, 0, "real", "only real renders: what the judge itself is worth"),
    CLI_FLAG(run_args, is_round_trip, 0, "codecs",
             "real renders through the model's codecs: the most it could score"),
    CLI_FLAG(run_args, json, 0, "json", "print the report as one JSON object"),
    CLI_OPTIONS_END
};

static int stop_on_interrupt(const char *phase, int done, int total, void *user)
{
    (void)phase;
    (void)done;
    (void)total;
    (void)user;
    return cli_is_interrupted();
}

static reel_status make(reel_clip *film, const char *prompt, double seconds, uint64_t seed,
                        void *user)
{
    run_args *args = user;
    if (args->is_round_trip) {
        return reel_engine_round_trip(args->engine, film);
    }
    reel_request request = args->film;
    request.prompt = prompt;
    request.seconds = seconds;
    request.seed = seed;
    reel_clip_free(film);
    return reel_generate(film, args->engine, &request, stop_on_interrupt, NULL);
}

/* ---- the report in words ---- */

/* "97.5 %", or "-" for a share of nothing. */
static const char *percent(char text[16], const json_t *object, const char *key)
{
    const json_t *share = json_object_get(object, key);
    if (json_is_number(share)) {
        snprintf(text, 16, "%.1f %%", 100.0 * json_number_value(share));
    } else {
        snprintf(text, 16, "-");
    }
    return text;
}

static void print_attributes(const json_t *real, const json_t *films)
{
    static const char *const names[] = {
        "object", "colour", "place", "daytime", "motion", "sound"
    };
    printf("%-9s%9s%12s\n", "", films ? "films" : "", "real");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char left[16] = "", right[16];
        if (films) {
            percent(left, json_object_get(json_object_get(films, "attributes"), names[i]), "share");
        }
        percent(right, json_object_get(json_object_get(real, "attributes"), names[i]), "share");
        printf("%-9s%9s%12s\n", names[i], left, right);
    }
}

static int whole(const json_t *object, const char *key)
{
    return (int)json_integer_value(json_object_get(object, key));
}

static void print_sync(const char *title, const json_t *scores)
{
    static const char *const names[] = { "all", "bounce", "jump", "roll", "swing", "fly", "spin" };
    const json_t *sync = json_object_get(scores, "sync");
    printf("\n%-9s%9s%12s%10s%10s%8s%12s%10s\n", title, "impacts", "in sync", "chance", "median",
           "sounds", "in sync", "chance");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char heard[16], heard_chance[16], seen[16], seen_chance[16], median[16] = "-";
        const json_t *row = json_object_get(sync, names[i]);
        const json_t *ms = json_object_get(row, "median_ms");
        if (json_is_number(ms)) {
            snprintf(median, sizeof median, "%.0f ms", json_number_value(ms));
        }
        printf("%-9s%9d%12s%10s%10s%8d%12s%10s\n", names[i], whole(row, "impacts"),
               percent(heard, row, "heard_share"), percent(heard_chance, row, "chance_heard_share"),
               median, whole(row, "onsets"), percent(seen, row, "seen_share"),
               percent(seen_chance, row, "chance_seen_share"));
    }
}

static void print_report(const json_t *report)
{
    const json_t *real = json_object_get(report, "real"), *films = json_object_get(report, "films");
    const char *model = json_string_value(json_object_get(report, "model"));
    printf("%s: %d films of %g s\n\n", model ? model : "real renders", whole(report, "prompts"),
           json_number_value(json_object_get(report, "seconds")));
    print_attributes(real, films);
    if (films) {
        print_sync("films", films);
    }
    print_sync("real", real);
}

/* ---- the command ---- */

static int run(run_args *args)
{
    char *text = NULL;
    reel_status status = REEL_OK;
    if (!args->is_real) {
        status = reel_engine_open(&args->engine, args->model, args->device, args->weights);
        args->request.make = make;
        args->request.model = args->engine ? reel_engine_name(args->engine) : NULL;
    }
    if (status == REEL_OK) {
        status = reel_vabench_run(&text, &args->request);
    }
    cli_progress_end();
    int code = cli_exit_code(status);
    if (status == REEL_OK) {
        json_t *report = json_loads(text, 0, NULL);
        if (args->json || !report) {
            code = cli_print_json(report);
        } else {
            print_report(report);
            json_decref(report);
        }
    }
    free(text);
    reel_engine_close(args->engine);
    return code;
}

static int cmd_vabench_run(int argc, char **argv)
{
    run_args args = { .model = "models/mini",
                      .weights = "f32",
                      .cfg = NAN,
                      .request = REEL_VABENCH_REQUEST_INIT,
                      .film = REEL_REQUEST_INIT };
    int code = cli_parse(&args, run_options, run_usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    if (args.cfg < 0) {
        return cli_usage_error("--cfg: is %g, expected 0 to 100", args.cfg);
    }
    args.film.resolution = "base";
    args.film.cfg_video = args.film.cfg_audio = isnan(args.cfg) ? -1.0f : (float)args.cfg;
    args.request.progress = cli_progress;
    args.request.user = &args;
    return run(&args);
}

static const cli_command vabench_commands[] = {
    { "run", "make films for new prompts and score picture, sound and sync", cmd_vabench_run },
    { NULL, NULL, NULL },
};

int cmd_vabench(int argc, char **argv)
{
    return cli_command_run(vabench_commands, "reel vabench", argc, argv);
}
