/* The training loop. */
#include "train/trainer.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "ops/kernels.h"
#include "train/batch_queue.h"
#include "train/checkpoint.h"
#include "train/ema.h"
#include "train/grad_clip.h"
#include "train/lr_schedule.h"
#include "train/peak.h"
#include "train/plot.h"
#include "train/run_lock.h"
#include "train/step_log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 4096 };

static const double PLOT_SECONDS = 20; /* between two drawings of the loss */

typedef struct {
    const reel_stage_ops *ops;
    const reel_recipe *recipe;
    const reel_train_options *options;
    int lock; /* of the run folder */
    reel_stage *stage;
    reel_weights *weights;
    reel_optimiser optimiser;
    float *average; /* NULL when the recipe wants none */
    reel_lr_schedule schedule;
    reel_batch_queue queue;
    reel_rt rt;
    size_t step_bytes; /* of rt; 0: not measured yet */
    reel_step_log log;
    int64_t step, end; /* steps done; where this run stops */
    double started, checkpointed, plotted;
    double loss, rate; /* of the last step; samples per second, smoothed */
    int stopping;      /* progress() asked for it */
} trainer;

static void run_path(char out[PATH_SIZE], const trainer *t, const char *name)
{
    snprintf(out, PATH_SIZE, "%s/%s", t->options->run_dir, name);
}

/* --- one step ------------------------------------------------------------------------------ */

/* The first that waits for the device: all of the step is on its way by now. */
static reel_status read_report(trainer *t, reel_rt *rt, const void *batch, const reel_tensor *loss,
                               reel_step_report *report)
{
    const float *value = reel_host_f32(rt, loss);
    REEL_TRY(rt->status);
    report->loss = (double)*value;
    if (!isfinite(report->loss)) {
        return REEL_FAIL(REEL_ERR_INTERNAL, "the loss is not a number");
    }
    report->metrics = (reel_metrics){ 0 };
    if (t->ops->report) {
        t->ops->report(t->stage, rt, batch, &report->metrics);
    }
    return rt->status;
}

static reel_status forward_backward(trainer *t, reel_rt *rt, const void *batch,
                                    reel_step_report *report)
{
    reel_rt_reset(rt);
    rt->recording = 1;
    reel_tensor *loss = t->ops->loss(t->stage, rt, batch, t->step);
    REEL_TRY(rt->status);
    REEL_TRY(reel_backward(rt, loss, 1.0f));
    return reel_rt_is_dry(rt) ? REEL_OK : read_report(t, rt, batch, loss, report);
}

/* Learn how much memory a step with this batch needs, and provide it. */
static reel_status measure(trainer *t, const void *batch)
{
    reel_step_report unused;
    reel_rt dry;
    REEL_TRY(reel_rt_init(&dry, reel_kernels_get(), 0));
    reel_status status = forward_backward(t, &dry, batch, &unused);
    size_t bytes = dry.arena.peak;
    reel_rt_deinit(&dry);
    REEL_TRY(status);
    if (t->step_bytes) {
        reel_rt_deinit(&t->rt);
    }
    t->step_bytes = 0;
    /* room for larger batches costs nothing where memory is only address space until touched */
    size_t room = bytes / (reel_device_current()->kind == REEL_DEVICE_CPU ? 2 : 8);
    REEL_TRY(reel_rt_init(&t->rt, reel_kernels_get(), bytes + room + 4096));
    t->step_bytes = bytes;
    reel_log(REEL_LOG_INFO, "%s: a step needs %.0f MiB", t->recipe->stage,
             (double)bytes / (1 << 20));
    return REEL_OK;
}

static reel_status gradients(trainer *t, const void *batch, reel_step_report *report)
{
    if (!t->step_bytes) {
        REEL_TRY(measure(t, batch));
    }
    REEL_TRY(reel_weights_zero_grads(t->weights));
    reel_status status = forward_backward(t, &t->rt, batch, report);
    if (status == REEL_ERR_MEMORY) { /* a batch larger than the first */
        REEL_TRY(measure(t, batch));
        REEL_TRY(reel_weights_zero_grads(t->weights));
        status = forward_backward(t, &t->rt, batch, report);
    }
    return status;
}

static reel_status update(trainer *t, reel_step_report *report)
{
    REEL_TRY(reel_grad_norm(&report->grad_norm, t->weights->grads, t->weights->elements));
    if (!isfinite(report->grad_norm)) {
        return REEL_FAIL(REEL_ERR_INTERNAL, "the gradient is not a number");
    }
    double factor = reel_lr_factor(&t->schedule, t->step);
    report->lr = factor * (double)t->recipe->lr;
    REEL_TRY(reel_optimiser_step(&t->optimiser, t->step, factor,
                                 reel_grad_clip_scale(report->grad_norm, t->recipe->clip_norm)));
    return t->average ? reel_ema_update(t->average, t->weights->values, t->weights->elements,
                                        reel_ema_decay(t->recipe->ema, t->step))
                      : REEL_OK;
}

static reel_status train_step(trainer *t)
{
    double start = reel_clock_seconds();
    reel_step_report report = { 0 };
    void *batch = NULL;
    REEL_TRY(reel_batch_queue_take(&batch, &t->queue));
    report.waited = reel_clock_seconds() - start;
    reel_status status = gradients(t, batch, &report);
    t->ops->batch_free(batch);
    if (status == REEL_OK) {
        status = update(t, &report);
    }
    if (status < 0) {
        return reel_fail_in(status, "%s: step %lld", t->recipe->stage, (long long)t->step);
    }
    report.seconds = reel_clock_seconds() - start;
    reel_step_log_add(&t->log, &report);
    double rate = t->recipe->batch / (report.seconds + 1e-9);
    t->rate = t->rate > 0 ? 0.9 * t->rate + 0.1 * rate : rate;
    t->loss = report.loss;
    t->step++;
    return REEL_OK;
}

/* --- what happens now and then ------------------------------------------------------------- */

static reel_status swap_average(trainer *t)
{
    return t->average ? reel_ema_swap(t->average, t->weights->values, t->weights->elements)
                      : REEL_OK;
}

static reel_status write_sample(trainer *t)
{
    char name[64], dir[PATH_SIZE];
    snprintf(name, sizeof name, "samples/%07lld", (long long)t->step);
    run_path(dir, t, name);
    REEL_TRY(reel_dir_make(dir));
    REEL_TRY(swap_average(t));
    reel_status status = t->ops->sample(t->stage, dir, t->step);
    reel_status back = swap_average(t);
    return status < 0 ? status : back;
}

static reel_status write_checkpoint(trainer *t)
{
    char path[PATH_SIZE];
    run_path(path, t, "checkpoint.safetensors");
    reel_checkpoint checkpoint = { .optimiser = &t->optimiser,
                                   .average = t->average,
                                   .recipe = t->recipe,
                                   .step = t->step,
                                   .seconds = t->log.total_seconds };
    t->checkpointed = reel_clock_seconds();
    return reel_checkpoint_save(&checkpoint, path);
}

static reel_status draw_plot(trainer *t)
{
    char log[PATH_SIZE], png[PATH_SIZE];
    run_path(log, t, "log.jsonl");
    run_path(png, t, "loss.png");
    t->plotted = reel_clock_seconds();
    return reel_plot_draw(log, png, t->recipe->stage);
}

static int is_due(int64_t step, int64_t every)
{
    return every > 0 && step % every == 0;
}

static reel_status write_line(trainer *t)
{
    return reel_step_log_write(&t->log, t->step, t->ops->flops(t->stage), t->recipe->batch);
}

static reel_status after_step(trainer *t)
{
    const reel_recipe *r = t->recipe;
    if (is_due(t->step, r->log_every)) {
        REEL_TRY(write_line(t));
        if (reel_clock_seconds() - t->plotted > PLOT_SECONDS) {
            REEL_TRY(draw_plot(t));
        }
    }
    if (t->ops->sample && is_due(t->step, r->sample_every)) {
        REEL_TRY(write_sample(t));
    }
    double minutes = (reel_clock_seconds() - t->checkpointed) / 60;
    if (is_due(t->step, r->checkpoint_every) ||
        (r->checkpoint_minutes > 0 && minutes >= r->checkpoint_minutes)) {
        return write_checkpoint(t);
    }
    return REEL_OK;
}

static double minutes_left(const trainer *t)
{
    double limit = t->options->max_minutes;
    return limit > 0 ? limit - (reel_clock_seconds() - t->started) / 60 : INFINITY;
}

/* Tell the caller how far we are; true when it is time to stop. */
static int is_time_to_stop(trainer *t)
{
    double left = t->rate > 0 ? (double)(t->end - t->step) * t->recipe->batch / t->rate : 0;
    double allowed = minutes_left(t) * 60;
    reel_train_progress progress = {
        .stage = t->recipe->stage,
        .phase = "train",
        .done = t->step,
        .total = t->end,
        .loss = t->loss,
        .samples_per_second = t->rate,
        .seconds_left = left < allowed ? left : allowed,
    };
    if (t->options->progress && t->options->progress(&progress, t->options->user) != 0) {
        t->stopping = 1;
    }
    return t->stopping || allowed <= 0;
}

static reel_status train(trainer *t)
{
    while (t->step < t->end && !is_time_to_stop(t)) {
        REEL_TRY(train_step(t));
        REEL_TRY(after_step(t));
    }
    REEL_TRY(write_line(t));
    return write_checkpoint(t);
}

/* --- beginning and end --------------------------------------------------------------------- */

/* The run begins anew, or where its checkpoint stands. */
static reel_status restore(trainer *t)
{
    char path[PATH_SIZE];
    run_path(path, t, "checkpoint.safetensors");
    if (!reel_file_exists(path)) {
        return REEL_OK;
    }
    if (!t->options->resume) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: holds a run already; resume it or take another",
                         t->options->run_dir);
    }
    reel_checkpoint checkpoint = { .optimiser = &t->optimiser,
                                   .average = t->average,
                                   .recipe = t->recipe };
    REEL_TRY(reel_checkpoint_load(&checkpoint, path));
    t->step = checkpoint.step;
    t->log.total_seconds = checkpoint.seconds;
    return REEL_OK;
}

static reel_status open_buffers(trainer *t)
{
    t->weights = t->ops->weights(t->stage);
    if (!t->weights->grads) {
        REEL_TRY(reel_weights_alloc_grads(t->weights));
    }
    REEL_TRY(reel_optimiser_init(&t->optimiser, t->weights, t->recipe));
    if (t->recipe->ema > 0) {
        size_t size = t->weights->elements * sizeof *t->average;
        void *memory;
        REEL_TRY(reel_device_allocate(&memory, size, 0));
        t->average = memory;
        return reel_copy_within(t->average, t->weights->values, size);
    }
    return REEL_OK;
}

static reel_status open_run(trainer *t)
{
    char path[PATH_SIZE];
    REEL_TRY(open_buffers(t));
    REEL_TRY(restore(t));
    run_path(path, t, "recipe.json");
    REEL_TRY(reel_json_save(t->recipe->document, path));
    run_path(path, t, "log.jsonl");
    double seconds = t->log.total_seconds;
    REEL_TRY(reel_step_log_open(&t->log, path, t->step));
    t->log.total_seconds = seconds;
    t->log.peak_gflops = reel_peak_gflops();
    t->end = t->recipe->steps;
    if (t->options->max_steps > 0 && t->options->max_steps < t->end) {
        t->end = t->options->max_steps;
    }
    t->started = t->checkpointed = t->plotted = reel_clock_seconds();
    reel_log(REEL_LOG_INFO, "%s: %lld parameters, from step %lld to %lld, peak %.0f GFLOP/s on %s",
             t->recipe->stage, (long long)reel_weights_count(t->weights), (long long)t->step,
             (long long)t->end, t->log.peak_gflops, reel_device_current()->name);
    if (t->step < t->end) {
        REEL_TRY(reel_batch_queue_start(&t->queue, t->ops, t->stage, t->step, t->end));
    }
    return REEL_OK;
}

static reel_status write_part(trainer *t)
{
    char *path = reel_trainer_part_path(t->recipe);
    reel_status status = path ? reel_dir_make(t->recipe->part_dir)
                              : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a path");
    if (status == REEL_OK) {
        status = swap_average(t);
    }
    if (status == REEL_OK) {
        status = t->ops->save(t->stage, path);
        reel_status back = swap_average(t);
        status = status < 0 ? status : back;
    }
    if (status == REEL_OK) {
        reel_log(REEL_LOG_INFO, "%s: wrote %s", t->recipe->stage, path);
    }
    free(path);
    return status;
}

char *reel_trainer_part_path(const reel_recipe *recipe)
{
    char name[PATH_SIZE];
    snprintf(name, sizeof name, "%s.safetensors", recipe->part);
    return reel_path_join(recipe->part_dir, name);
}

static void close_run(trainer *t)
{
    reel_batch_queue_stop(&t->queue);
    reel_step_log_close(&t->log);
    if (t->step_bytes) {
        reel_rt_deinit(&t->rt);
    }
    reel_optimiser_deinit(&t->optimiser);
    reel_device_release(t->average);
    if (t->stage) {
        t->ops->close(t->stage);
    }
    reel_run_lock_release(&t->lock);
}

reel_status reel_trainer_run(const reel_stage_ops *ops, const reel_recipe *recipe,
                             const reel_train_options *options)
{
    trainer t = {
        .ops = ops,
        .recipe = recipe,
        .options = options,
        .lock = -1,
        .schedule = { .steps = recipe->steps,
                      .warmup = recipe->warmup,
                      .decay_from = recipe->decay_from,
                      .end = (double)recipe->lr_end },
    };
    reel_status status;
    REEL_TRY_OR_DONE(reel_dir_make(options->run_dir));
    REEL_TRY_OR_DONE(reel_run_lock_take(&t.lock, options->run_dir));
    if (ops->prepare) {
        REEL_TRY_OR_DONE(ops->prepare(recipe, options->progress, options->user));
    }
    REEL_TRY_OR_DONE(ops->open(&t.stage, recipe));
    REEL_TRY_OR_DONE(open_run(&t));
    REEL_TRY_OR_DONE(train(&t));
    reel_batch_queue_stop(&t.queue);
    REEL_TRY_OR_DONE(draw_plot(&t));
    if (t.stopping) {
        status = REEL_FAIL(REEL_ERR_CANCELLED, "%s: stopped after step %lld", recipe->stage,
                           (long long)t.step);
        goto done;
    }
    if (ops->sample && recipe->sample_every > 0) {
        REEL_TRY_OR_DONE(write_sample(&t));
    }
    REEL_TRY_OR_DONE(write_part(&t));
done:
    close_run(&t);
    return status;
}
