/* Means of the last steps, written as JSON lines. */
#include "train/step_log.h"

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const size_t LOG_LIMIT = (size_t)256 << 20;

static int is_kept(const char *line, size_t length, int64_t keep_steps)
{
    json_t *object = json_loadb(line, length, 0, NULL);
    const json_t *step = json_object_get(object, "step");
    int kept = json_is_integer(step) && json_integer_value(step) <= keep_steps;
    json_decref(object);
    return kept;
}

/* Rewrite the log without the lines about steps that will be made again. */
static reel_status cut_after(const char *path, int64_t keep_steps)
{
    char *text = NULL;
    reel_status status = REEL_OK;
    reel_atomic_file file = { 0 };
    if (keep_steps > 0 && reel_file_exists(path)) {
        REEL_TRY(reel_file_read(&text, NULL, path, LOG_LIMIT));
    }
    REEL_TRY_OR_DONE(reel_atomic_open(&file, path));
    for (const char *line = text; line && *line;) {
        size_t length = strcspn(line, "\n");
        if (line[length] == '\n' && is_kept(line, length, keep_steps)) {
            fwrite(line, 1, length + 1, file.stream);
        }
        line += length + (line[length] == '\n');
    }
    REEL_TRY_OR_DONE(reel_atomic_commit(&file));
done:
    reel_atomic_abort(&file);
    free(text);
    return status;
}

reel_status reel_step_log_open(reel_step_log *out, const char *path, int64_t keep_steps)
{
    *out = (reel_step_log){ 0 };
    REEL_TRY(cut_after(path, keep_steps));
    out->stream = fopen(path, "ae");
    if (!out->stream) {
        return REEL_FAIL(REEL_ERR_IO, "%s: %s", path, strerror(errno));
    }
    return REEL_OK;
}

void reel_step_log_close(reel_step_log *log)
{
    if (log->stream) {
        fclose(log->stream);
    }
    *log = (reel_step_log){ 0 };
}

static void add_series(reel_step_log *log, const char *name, double value)
{
    int i = 0;
    while (i < log->series && strcmp(log->name[i], name) != 0) {
        i++;
    }
    if (!isfinite(value) || i == REEL_LOG_SERIES) {
        return;
    }
    if (i == log->series) {
        log->series++;
        log->name[i] = name;
        log->value[i] = 0;
        log->times[i] = 0;
    }
    log->value[i] += value;
    log->times[i]++;
}

void reel_step_log_add(reel_step_log *log, const reel_step_report *report)
{
    log->steps++;
    log->total_seconds += report->seconds;
    log->sum.loss += report->loss;
    log->sum.lr = report->lr;
    log->sum.grad_norm += report->grad_norm;
    log->sum.seconds += report->seconds;
    log->sum.waited += report->waited;
    for (int i = 0; i < report->metrics.count; i++) {
        add_series(log, report->metrics.name[i], report->metrics.value[i]);
    }
}

static json_t *line_of(const reel_step_log *log, int64_t steps_done, int64_t flops, int samples)
{
    double n = log->steps, seconds = log->sum.seconds > 0 ? log->sum.seconds : 1e-9;
    double gflops = (double)flops * n / seconds * 1e-9;
    json_t *line =
        json_pack("{s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "step", (json_int_t)steps_done,
                  "loss", log->sum.loss / n, "lr", log->sum.lr, "grad_norm", log->sum.grad_norm / n,
                  "samples_per_second", (double)samples * n / seconds, "gflops", gflops,
                  "peak_share", log->peak_gflops > 0 ? gflops / log->peak_gflops : 0.0, "waited",
                  log->sum.waited / seconds, "seconds", log->total_seconds);
    for (int i = 0; line && i < log->series; i++) {
        if (log->times[i] > 0) {
            json_object_set_new(line, log->name[i], json_real(log->value[i] / log->times[i]));
        }
    }
    return line;
}

reel_status reel_step_log_write(reel_step_log *log, int64_t steps_done, int64_t flops, int samples)
{
    if (log->steps == 0) {
        return REEL_OK;
    }
    json_t *line = line_of(log, steps_done, flops, samples);
    char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(line);
    if (!text) {
        return REEL_FAIL(REEL_ERR_MEMORY, "log: no memory for a line");
    }
    int failed = fprintf(log->stream, "%s\n", text) < 0 || fflush(log->stream) != 0;
    free(text);
    log->steps = 0;
    log->series = 0;
    log->sum = (reel_step_report){ 0 };
    return failed ? REEL_FAIL(REEL_ERR_IO, "log: %s", strerror(errno)) : REEL_OK;
}
