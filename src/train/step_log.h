/* The log of a training: one JSON object per line in RUN/log.jsonl.
 *
 *     {"step": 40, "loss": 0.81, "lr": 0.001, "grad_norm": 0.5, "samples_per_second": 9.1,
 *      "gflops": 210.0, "peak_share": 0.62, "waited": 0.01, "seconds": 12.5, "video": 0.9, ...}
 *
 * Values are means over the steps since the line before; "step" counts the steps done, "seconds" is
 * the time trained since the first step of the run (resumed runs go on counting), "waited" the
 * share of the time spent waiting for batches. Further keys are the metrics of the stage. */
#ifndef REEL_TRAIN_STEP_LOG_H
#define REEL_TRAIN_STEP_LOG_H

#include "train/stage.h"

#include <stdio.h>

typedef struct {
    double loss, lr, grad_norm;
    double seconds, waited; /* of this step */
    reel_metrics metrics;
} reel_step_report;

enum { REEL_LOG_SERIES = 64 };

typedef struct {
    FILE *stream;
    double peak_gflops; /* measured, see peak.h */
    double total_seconds;
    /* sums since the last line */
    int steps;
    reel_step_report sum;
    const char *name[REEL_LOG_SERIES];
    double value[REEL_LOG_SERIES];
    int times[REEL_LOG_SERIES], series;
} reel_step_log;

/* Append to `path`, or begin it anew where `keep_steps` is 0; lines about steps after `keep_steps`
 * (from a run that was stopped after its checkpoint) are taken out. Owned by the caller, released
 * with reel_step_log_close(). */
reel_status reel_step_log_open(reel_step_log *out, const char *path, int64_t keep_steps);
void reel_step_log_close(reel_step_log *log);

/* Count one step in. A metric that is not a number is left out. */
void reel_step_log_add(reel_step_log *log, const reel_step_report *report);

/* Write the line of the steps counted in and begin a new mean. flops and samples: of one step. */
reel_status reel_step_log_write(reel_step_log *log, int64_t steps_done, int64_t flops, int samples);

#endif
