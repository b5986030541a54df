/* The benchmark from prompts to the report. */
#include "reel/vabench.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "media/encode.h"
#include "vabench/report.h"
#include "vabench/sheet.h"
#include "world/render.h"

#include <stdio.h>
#include <stdlib.h>

enum { PROMPTS_MAX = 1000, SPECTROGRAMS = 16, NAME_SIZE = 48 };

static const reel_world_format base_format = REEL_WORLD_FORMAT_BASE;

typedef struct {
    const reel_vabench_request *request;
    reel_prompt *prompts; /* [prompts] */
    reel_verdict *real;   /* [prompts] */
    reel_verdict *films;  /* [prompts] */
    reel_judge *judge;
    reel_world_renderer *renderer;
} bench;

static void bench_deinit(bench *b)
{
    free(b->prompts);
    free(b->real);
    free(b->films);
    reel_judge_free(b->judge);
    reel_world_renderer_free(b->renderer);
}

static reel_status check(const reel_vabench_request *r)
{
    if (r->size != sizeof *r) {
        return REEL_FAIL(REEL_ERR_INVALID, "size: is %zu, expected %zu", r->size, sizeof *r);
    }
    if (r->prompts < 1 || r->prompts > PROMPTS_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "prompts: is %d, expected 1..%d", r->prompts,
                         PROMPTS_MAX);
    }
    if (!(r->seconds >= 3.0 && r->seconds <= 15.0)) {
        return REEL_FAIL(REEL_ERR_INVALID, "seconds: is %g, expected 3..15", r->seconds);
    }
    return REEL_OK;
}

static reel_status bench_init(bench *b, const reel_vabench_request *request)
{
    size_t count = (size_t)request->prompts;
    double aspect = (double)base_format.width / base_format.height;
    *b = (bench){ .request = request,
                  .prompts = calloc(count, sizeof *b->prompts),
                  .real = calloc(count, sizeof *b->real),
                  .films = calloc(count, sizeof *b->films) };
    reel_status status =
        b->prompts && b->real && b->films
            ? REEL_OK
            : REEL_FAIL(REEL_ERR_MEMORY, "vabench: no memory for %zu films", count);
    for (int i = 0; i < request->prompts && status == REEL_OK; i++) {
        status = reel_prompt_build(&b->prompts[i], request->seed, i, request->seconds, aspect);
    }
    if (status == REEL_OK) {
        status = reel_judge_new(&b->judge);
    }
    if (status == REEL_OK) {
        status = reel_world_renderer_new(&b->renderer);
    }
    if (status == REEL_OK && request->folder) {
        status = reel_dir_make(request->folder);
    }
    return status;
}

/* folder/name into a new string. */
static reel_status path_in_folder(char **out, const bench *b, const char *name)
{
    *out = reel_path_join(b->request->folder, name);
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "vabench: no memory for a path");
}

static reel_status keep_film(const bench *b, const reel_clip *clip, const reel_verdict *verdict,
                             int index)
{
    const reel_prompt *prompt = &b->prompts[index];
    const reel_tag tag = { "comment", prompt->text };
    const reel_encode_options options = { .tags = &tag, .tag_count = 1 };
    char name[NAME_SIZE], *path = NULL;
    snprintf(name, sizeof name, "film_%03d.mp4", index);
    REEL_TRY(path_in_folder(&path, b, name));
    reel_status status = reel_media_write_clip(path, clip, &options);
    free(path);
    if (status == REEL_OK && index < SPECTROGRAMS) {
        snprintf(name, sizeof name, "spectrogram_%02d.png", index);
        REEL_TRY(path_in_folder(&path, b, name));
        status = reel_spectrogram_write(path, clip, prompt, verdict);
        free(path);
    }
    return status;
}

static reel_status write_sheet(const bench *b, reel_drawing *sheet)
{
    char *path = NULL;
    REEL_TRY(path_in_folder(&path, b, "sheet.png"));
    reel_status status = reel_drawing_write(sheet, path);
    free(path);
    return status;
}

/* The film of one prompt: rendered, or made by the model. */
static reel_status make_film(reel_clip *out, bench *b, int index, int is_real)
{
    const reel_prompt *prompt = &b->prompts[index];
    REEL_TRY(reel_scene_render(out, b->renderer, &prompt->scene, &base_format));
    if (is_real) {
        return REEL_OK;
    }
    /* Seeds of films stay in the range that every API and file format can hold. */
    return b->request->make(out, prompt->text, b->request->seconds, prompt->seed >> 1,
                            b->request->user);
}

static reel_status tell(const bench *b, const char *phase, int done)
{
    const reel_vabench_request *r = b->request;
    if (r->progress && r->progress(phase, done, r->prompts, r->user)) {
        return REEL_FAIL(REEL_ERR_CANCELLED, "stopped after %d of %d films", done, r->prompts);
    }
    return REEL_OK;
}

static reel_status judge_films(reel_verdict *out, bench *b, int is_real, int keeps)
{
    const char *phase = is_real ? "real" : "films";
    reel_clip clip = { 0 };
    reel_drawing sheet = { 0 };
    reel_status status = tell(b, phase, 0);
    if (status == REEL_OK && keeps) {
        status = reel_sheet_init(&sheet, b->request->prompts);
    }
    for (int i = 0; i < b->request->prompts && status == REEL_OK; i++) {
        status = make_film(&clip, b, i, is_real);
        if (status == REEL_OK) {
            status = reel_judge_film(&out[i], b->judge, &clip);
        }
        if (status == REEL_OK && keeps) {
            reel_sheet_draw(&sheet, i, &clip, &b->prompts[i], &out[i]);
            status = keep_film(b, &clip, &out[i], i);
        }
        if (status == REEL_OK) {
            status = tell(b, phase, i + 1);
        }
    }
    if (status == REEL_OK && keeps) {
        status = write_sheet(b, &sheet);
    }
    reel_drawing_deinit(&sheet);
    reel_clip_free(&clip);
    return status;
}

static json_t *scores_json(const bench *b, const reel_verdict *verdicts)
{
    reel_scores scores;
    reel_scores_build(&scores, b->prompts, verdicts, b->request->prompts);
    return reel_scores_json(&scores);
}

static json_t *report_json(const bench *b)
{
    const reel_vabench_request *r = b->request;
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    json_t *each = json_array();
    for (int i = 0; i < r->prompts; i++) {
        json_t *row = reel_prompt_json(&b->prompts[i]);
        json_object_set_new(row, "real", reel_verdict_json(&b->real[i]));
        if (r->make) {
            json_object_set_new(row, "films", reel_verdict_json(&b->films[i]));
        }
        json_array_append_new(each, row);
    }
    json_t *report =
        json_pack("{s:s*, s:s, s:f, s:i, s:o, s:o}", "model", r->make ? r->model : NULL, "seed",
                  seed, "seconds", r->seconds, "prompts", r->prompts, "real",
                  scores_json(b, b->real), "each", each);
    if (report && r->make) {
        json_object_set_new(report, "films", scores_json(b, b->films));
    }
    return report;
}

static reel_status write_report(char **out, const bench *b)
{
    json_t *report = report_json(b);
    *out = report ? json_dumps(report, JSON_SORT_KEYS | JSON_REAL_PRECISION(6)) : NULL;
    reel_status status =
        *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "vabench: no memory for the report");
    char *path = NULL;
    if (status == REEL_OK && b->request->folder) {
        status = path_in_folder(&path, b, "report.json");
    }
    if (path) {
        status = reel_json_save(report, path);
    }
    free(path);
    json_decref(report);
    if (status < 0) {
        free(*out);
        *out = NULL;
    }
    return status;
}

reel_status reel_vabench_run(char **out, const reel_vabench_request *request)
{
    bench b;
    *out = NULL;
    REEL_TRY(check(request));
    int keeps = request->folder != NULL;
    reel_status status = bench_init(&b, request);
    if (status == REEL_OK) {
        status = judge_films(b.real, &b, 1, keeps && !request->make);
    }
    if (status == REEL_OK && request->make) {
        status = judge_films(b.films, &b, 0, keeps);
    }
    if (status == REEL_OK) {
        status = write_report(out, &b);
    }
    bench_deinit(&b);
    return status;
}
