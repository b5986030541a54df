/* The training loop on a small regression: learning, resuming, stopping, failing. */
#include "train/trainer.h"

#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "ops/activation.h"
#include "ops/linear.h"
#include "ops/loss.h"
#include "tensor/safetensors.h"
#include "train/run_lock.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"

enum { INPUTS = 3, HIDDEN = 24, OUTPUTS = 2 };

struct reel_stage {
    const reel_recipe *recipe;
    reel_linear_params first, second;
    reel_weights weights;
    reel_tensor *loss; /* the last */
};

typedef struct {
    int rows;
    float values[]; /* [rows, INPUTS], then [rows, OUTPUTS] */
} batch;

static int64_t poisoned_step = -1; /* the batch of this step holds a NaN */
static int64_t broken_step = -1;   /* this batch cannot be made */

static reel_status fit_open(reel_stage **out, const reel_recipe *recipe)
{
    reel_stage *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->recipe = recipe;
    reel_weights_init_set(&s->weights);
    reel_linear_declare(&s->weights, &s->first, "first", INPUTS, HIDDEN,
                        (reel_linear_options){ 1, REEL_INIT_LINEAR, REEL_GROUP_MATRIX });
    reel_linear_declare(&s->weights, &s->second, "second", HIDDEN, OUTPUTS,
                        (reel_linear_options){ 1, REEL_INIT_LINEAR, REEL_GROUP_EDGE });
    assert_int_equal(reel_weights_alloc(&s->weights), REEL_OK);
    reel_weights_randomise(&s->weights, recipe->seed);
    *out = s;
    return REEL_OK;
}

static void fit_close(reel_stage *s)
{
    reel_weights_deinit(&s->weights);
    free(s);
}

static reel_weights *fit_weights(reel_stage *s)
{
    return &s->weights;
}

static reel_status fit_batch_make(reel_stage *s, int64_t step, void **out)
{
    if (step == broken_step) {
        return REEL_FAIL(REEL_ERR_IO, "the disk is gone");
    }
    int rows = s->recipe->batch;
    batch *b = malloc(sizeof *b + (size_t)rows * (INPUTS + OUTPUTS) * sizeof(float));
    assert_non_null(b);
    b->rows = rows;
    reel_rng_fill_normal(b->values, (size_t)rows * INPUTS, s->recipe->seed, (uint64_t)step);
    for (int r = 0; r < rows; r++) {
        const float *x = b->values + r * INPUTS;
        float *y = b->values + rows * INPUTS + r * OUTPUTS;
        y[0] = sinf(x[0]) + 0.5f * x[1];
        y[1] = tanhf(x[2] - x[0]);
    }
    if (step == poisoned_step) {
        b->values[0] = NAN;
    }
    *out = b;
    return REEL_OK;
}

static reel_tensor *fit_loss(reel_stage *s, reel_rt *rt, const void *made, int64_t step)
{
    (void)step;
    const batch *b = made;
    reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, b->values, b->rows, INPUTS);
    reel_tensor *y = REEL_FROM_HOST(rt, REEL_F32, b->values + b->rows * INPUTS, b->rows, OUTPUTS);
    reel_tensor *h = reel_silu(rt, reel_linear(rt, x, &s->first));
    s->loss = reel_mse(rt, reel_linear(rt, h, &s->second), y, NULL);
    return s->loss;
}

static void fit_report(reel_stage *s, reel_rt *rt, const void *made, reel_metrics *metrics)
{
    (void)made;
    reel_metrics_add_scalar(metrics, "fit", rt, s->loss);
}

static int samples_written;

static reel_status fit_sample(reel_stage *s, const char *dir, int64_t step)
{
    (void)s;
    (void)step;
    assert_true(reel_file_exists(dir));
    samples_written++;
    return REEL_OK;
}

static reel_status fit_save(reel_stage *s, const char *path)
{
    return reel_weights_save(&s->weights, NULL, path, REEL_F32, NULL);
}

static int64_t fit_flops(reel_stage *s)
{
    return 6 * (int64_t)s->recipe->batch * HIDDEN * (INPUTS + OUTPUTS);
}

static const reel_stage_ops fit = {
    .name = "fit",
    .open = fit_open,
    .close = fit_close,
    .weights = fit_weights,
    .batch_make = fit_batch_make,
    .batch_free = free,
    .loss = fit_loss,
    .report = fit_report,
    .sample = fit_sample,
    .save = fit_save,
    .flops = fit_flops,
};

/* A run in a folder of its own; the part goes to FOLDER too. */
static reel_status run(const char *name, const char *more, reel_train_options options)
{
    char text[1024], dir[512];
    snprintf(dir, sizeof dir, "%s", scratch_path(name));
    snprintf(
        text, sizeof text,
        "{\"stage\": \"fit\", \"model_dir\": \"%s\", \"steps\": 30, \"batch\": 16, \"lr\": 0.02,"
        "\"muon_lr\": 0.02, \"warmup\": 3, \"log_every\": 1, \"seed\": 4%s}",
        dir, more);
    json_t *document = NULL;
    reel_recipe recipe;
    assert_int_equal(reel_json_parse(&document, text, strlen(text), "recipe"), REEL_OK);
    assert_int_equal(reel_recipe_read(&recipe, document), REEL_OK);
    options.run_dir = dir;
    reel_status status = reel_trainer_run(&fit, &recipe, &options);
    reel_recipe_deinit(&recipe);
    return status;
}

static reel_train_options no_options(void)
{
    return (reel_train_options)REEL_TRAIN_OPTIONS_INIT;
}

/* The losses of a run in the order of their lines. */
static int read_losses(double out[64], const char *name)
{
    char path[512], *text;
    snprintf(path, sizeof path, "%s/log.jsonl", scratch_path(name));
    assert_int_equal(reel_file_read(&text, NULL, path, 1 << 20), REEL_OK);
    int count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        json_t *object = json_loads(line, 0, NULL);
        assert_non_null(object);
        assert_int_equal(json_integer_value(json_object_get(object, "step")), count + 1);
        assert_true(json_is_number(json_object_get(object, "fit")));
        assert_true(count < 64);
        out[count++] = json_number_value(json_object_get(object, "loss"));
        json_decref(object);
    }
    free(text);
    return count;
}

static void training_lowers_the_loss_and_leaves_a_part(void **state)
{
    (void)state;
    double loss[64];
    char path[512];
    samples_written = 0;
    assert_int_equal(run("learn", ", \"sample_every\": 20", no_options()), REEL_OK);
    assert_int_equal(read_losses(loss, "learn"), 30);
    assert_true(loss[28] + loss[29] < 0.5 * (loss[0] + loss[1]));
    assert_int_equal(samples_written, 2);
    snprintf(path, sizeof path, "%s/fit.safetensors", scratch_path("learn"));
    reel_safetensors part;
    assert_int_equal(reel_safetensors_open(&part, path), REEL_OK);
    assert_int_equal(part.count, 4);
    reel_safetensors_close(&part);
    snprintf(path, sizeof path, "%s/loss.png", scratch_path("learn"));
    assert_true(reel_file_exists(path));
}

static int stop_after_twenty(const reel_train_progress *progress, void *user)
{
    (void)user;
    return progress->done >= 20;
}

static void a_resumed_run_repeats_the_next_ten_losses_bit_for_bit(void **state)
{
    (void)state;
    double whole[64], halves[64];
    assert_int_equal(run("whole", "", no_options()), REEL_OK);
    assert_int_equal(read_losses(whole, "whole"), 30);

    reel_train_options options = no_options();
    options.progress = stop_after_twenty;
    assert_int_equal(run("halves", "", options), REEL_ERR_CANCELLED);
    assert_int_equal(read_losses(halves, "halves"), 20);
    options.progress = NULL;
    assert_int_equal(run("halves", "", options), REEL_ERR_INVALID); /* no accident */
    options.resume = 1;
    assert_int_equal(run("halves", "", options), REEL_OK);
    assert_int_equal(read_losses(halves, "halves"), 30);
    assert_memory_equal(whole, halves, 30 * sizeof *whole);

    char a[512], b[512], *first, *second;
    size_t m, n;
    snprintf(a, sizeof a, "%s/fit.safetensors", scratch_path("whole"));
    snprintf(b, sizeof b, "%s/fit.safetensors", scratch_path("halves"));
    assert_int_equal(reel_file_read(&first, &m, a, 1 << 20), REEL_OK);
    assert_int_equal(reel_file_read(&second, &n, b, 1 << 20), REEL_OK);
    assert_int_equal(m, n);
    assert_memory_equal(first, second, m);
    free(first);
    free(second);
}

static void a_run_is_the_same_on_one_thread_and_two(void **state)
{
    (void)state;
    double one[64], two[64];
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    assert_int_equal(run("one", "", no_options()), REEL_OK);
    omp_set_num_threads(2);
    assert_int_equal(run("two", "", no_options()), REEL_OK);
    omp_set_num_threads(threads);
    assert_int_equal(read_losses(one, "one"), 30);
    assert_int_equal(read_losses(two, "two"), 30);
    assert_memory_equal(one, two, 30 * sizeof *one);
}

static void steps_after_the_checkpoint_leave_the_log(void **state)
{
    (void)state;
    double loss[64];
    poisoned_step = 17; /* dies at step 17 with a checkpoint of step 10 and 17 lines */
    assert_int_equal(run("cut", ", \"checkpoint_every\": 10", no_options()), REEL_ERR_INTERNAL);
    assert_string_equal(reel_error_message(), "fit: step 17: the loss is not a number");
    assert_int_equal(read_losses(loss, "cut"), 17);
    poisoned_step = -1;
    reel_train_options options = no_options();
    options.resume = 1;
    assert_int_equal(run("cut", "", options), REEL_OK);
    assert_int_equal(read_losses(loss, "cut"), 30);
}

static void a_batch_that_cannot_be_made_is_reported_with_its_cause(void **state)
{
    (void)state;
    broken_step = 5;
    assert_int_equal(run("broken", "", no_options()), REEL_ERR_IO);
    assert_string_equal(reel_error_message(), "batch of step 5: the disk is gone");
    broken_step = -1;
}

static void a_checkpoint_of_another_network_is_refused(void **state)
{
    (void)state;
    char path[512];
    reel_train_options options = no_options();
    options.max_steps = 2;
    assert_int_equal(run("other", "", options), REEL_OK);
    snprintf(path, sizeof path, "%s/checkpoint.safetensors", scratch_path("other"));
    assert_int_equal(reel_file_write(path, "not a checkpoint", 16), REEL_OK);
    options.resume = 1;
    options.max_steps = 4;
    assert_int_equal(run("other", "", options), REEL_ERR_FORMAT);
}

static void two_trainings_never_share_a_folder(void **state)
{
    (void)state;
    int lock;
    double loss[64];
    assert_int_equal(run("shared", "", no_options()), REEL_OK);
    assert_int_equal(reel_run_lock_take(&lock, scratch_path("shared")), REEL_OK);
    reel_train_options options = no_options();
    options.resume = 1;
    assert_int_equal(run("shared", ", \"note\": \"2\"", options), REEL_ERR_INVALID);
    assert_non_null(strstr(reel_error_message(), "another training runs in this folder"));
    assert_int_equal(read_losses(loss, "shared"), 30); /* nothing was touched */
    reel_run_lock_release(&lock);
    assert_int_equal(run("shared", "", options), REEL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(training_lowers_the_loss_and_leaves_a_part),
        cmocka_unit_test(a_resumed_run_repeats_the_next_ten_losses_bit_for_bit),
        cmocka_unit_test(a_run_is_the_same_on_one_thread_and_two),
        cmocka_unit_test(steps_after_the_checkpoint_leave_the_log),
        cmocka_unit_test(a_batch_that_cannot_be_made_is_reported_with_its_cause),
        cmocka_unit_test(a_checkpoint_of_another_network_is_refused),
        cmocka_unit_test(two_trainings_never_share_a_folder),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown_tree);
}
