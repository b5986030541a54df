/* reel generate - films with sound from one sentence. */
#include "base/clock.h"
#include "cli/command.h"
#include "cli/opt.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "reel/generate.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { RESULTS_MAX = 20, PATH_SIZE = 4096 };

typedef struct {
    const char *model, *device, *output, *weights;
    double cfg; /* NaN: by the model */
    int is_silent, results, json, quality;
    reel_request request;
} generate_args;

static const char usage[] = "reel generate -p PROMPT [options]";

static const cli_option options[] = {
    CLI_STRING(generate_args, request.prompt, 'p', "prompt", "TEXT",
               "what to show and what to hear"),
    CLI_STRING(generate_args, output, 'o', "output", "FILE",
               "where to write: .mp4, .mov, .webm, or .png (out.mp4)"),
    CLI_STRING(generate_args, model, 'm', "model", "DIR", "model directory (models/mini)"),
    CLI_DEVICE(generate_args, device, 'd'),
    CLI_DOUBLE(generate_args, request.seconds, 't', "seconds", "S", "length, 3 to 15 (5)"),
    CLI_STRING(generate_args, request.resolution, 'r', "resolution", "NAME",
               "480p, 720p, 1080p or base (480p)"),
    CLI_STRING(generate_args, request.aspect, 'a', "aspect", "W:H",
               "16:9, 9:16, 4:3, 3:4 or 1:1 (16:9)"),
    CLI_U64(generate_args, request.seed, 's', "seed", "N", "same seed, same film (0)"),
    CLI_INT(generate_args, request.steps, 'n', "steps", "N", "denoising steps (by the model)"),
    CLI_DOUBLE(generate_args, cfg, 0, "cfg", "X", "guidance, 0 to 100 (by the model)"),
    CLI_INT(generate_args, request.step_cache, 0, "step-cache", "N",
            "evaluate the whole transformer once in N times (1)"),
    CLI_STRING(generate_args, request.solver, 0, "solver", "NAME", "euler or heun (euler)"),
    CLI_STRING(generate_args, request.negative_prompt, 0, "negative", "TEXT",
               "what to keep away from"),
    CLI_STRING(generate_args, weights, 0, "weights", "FORM",
               "of the transformer: f32, stored, int8 or auto (f32)"),
    CLI_FLAG(generate_args, is_silent, 0, "no-audio", "a silent film"),
    CLI_INT(generate_args, quality, 'q', "quality", "N", "of the encoder, 20 to 99 (95)"),
    CLI_INT(generate_args, results, 0, "results", "N", "films, each with the next seed (1)"),
    CLI_FLAG(generate_args, json, 0, "json", "print the result as one JSON object"),
    CLI_OPTIONS_END
};

/* The first film keeps the name, film 2 is "out-2.mp4". */
static int name_result(char *out, const char *path, int index)
{
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    int stem = dot && (!slash || dot > slash) ? (int)(dot - path) : (int)strlen(path);
    int length = index == 0
                     ? snprintf(out, PATH_SIZE, "%s", path)
                     : snprintf(out, PATH_SIZE, "%.*s-%d%s", stem, path, index + 1, path + stem);
    return length > 0 && length < PATH_SIZE;
}

/* The most memory this process has held so far. */
static double peak_bytes(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)used.ru_maxrss * 1024.0;
}

static double seconds_of(const reel_clip *clip)
{
    return (double)clip->frames * clip->fps_den / clip->fps_num;
}

static json_t *describe(const char *path, const reel_clip *clip, uint64_t seed, double took)
{
    return json_pack("{s:s, s:I, s:i, s:i, s:f, s:f, s:b, s:f, s:I}", "path", path, "seed",
                     (json_int_t)seed, "width", clip->width, "height", clip->height, "seconds",
                     seconds_of(clip), "fps", (double)clip->fps_num / clip->fps_den, "audio",
                     clip->samples > 0, "tookSeconds", took, "peakMemoryBytes",
                     (json_int_t)peak_bytes());
}

static void tell(const char *path, const reel_clip *clip, double took)
{
    printf("%s\n", path);
    fflush(stdout);
    if (isatty(STDERR_FILENO)) {
        fprintf(stderr, "%.1f s of film at %dx%d in %.1f s, peak memory %.2f GB\n",
                seconds_of(clip), clip->width, clip->height, took, peak_bytes() / 1e9);
    }
}

/* One film: generated, written, told. */
static reel_status make(json_t *films, reel_engine *engine, const generate_args *args, int index)
{
    char path[PATH_SIZE];
    if (!name_result(path, args->output, index)) {
        return REEL_ERR_INVALID;
    }
    reel_request request = args->request;
    request.seed += (uint64_t)index;
    double started = reel_clock_seconds();
    reel_clip clip = { 0 };
    reel_status status = reel_generate(&clip, engine, &request, cli_progress, NULL);
    if (status == REEL_OK) {
        reel_provenance provenance = { .model = reel_engine_name(engine),
                                       .prompt = request.prompt,
                                       .seed = request.seed };
        status = reel_clip_write(&clip, path, args->quality, &provenance);
    }
    if (status == REEL_OK) {
        cli_progress_end();
        double took = reel_clock_seconds() - started;
        json_array_append_new(films, describe(path, &clip, request.seed, took));
        if (!args->json) {
            tell(path, &clip, took);
        }
    }
    reel_clip_free(&clip);
    return status;
}

static int run(const generate_args *args)
{
    reel_engine *engine = NULL;
    json_t *films = json_array();
    reel_status status = reel_engine_open(&engine, args->model, args->device, args->weights);
    for (int i = 0; i < args->results && status == REEL_OK; i++) {
        status = make(films, engine, args, i);
    }
    int code = cli_exit_code(status);
    if (args->json && status == REEL_OK) {
        code = cli_print_json(json_pack("{s:O, s:s, s:s}", "films", films, "model",
                                        reel_engine_name(engine), "device",
                                        reel_engine_device(engine)));
    }
    json_decref(films);
    reel_engine_close(engine);
    return code;
}

int cmd_generate(int argc, char **argv)
{
    generate_args args = { .model = "models/mini",
                           .output = "out.mp4",
                           .weights = "f32",
                           .cfg = NAN,
                           .results = 1,
                           .request = REEL_REQUEST_INIT };
    int code = cli_parse(&args, options, usage, argc, argv);
    if (code != CLI_OK) {
        return code;
    }
    if (!args.request.prompt) {
        return cli_usage_error("--prompt is required; see reel help generate");
    }
    if (args.results < 1 || args.results > RESULTS_MAX) {
        return cli_usage_error("--results: is %d, expected 1 to %d", args.results, RESULTS_MAX);
    }
    if (args.request.seed > INT64_MAX - RESULTS_MAX) {
        return cli_usage_error("--seed: expected 0 to %" PRId64, INT64_MAX - RESULTS_MAX);
    }
    char path[PATH_SIZE];
    if (!name_result(path, args.output, RESULTS_MAX)) {
        return cli_usage_error("--output: is longer than %d bytes", PATH_SIZE);
    }
    if (args.cfg < 0) {
        return cli_usage_error("--cfg: is %g, expected 0 to 100", args.cfg);
    }
    args.request.audio = !args.is_silent;
    args.request.cfg_video = args.request.cfg_audio = isnan(args.cfg) ? -1.0f : (float)args.cfg;
    return run(&args);
}
