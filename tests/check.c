/* Checks for operators: agreement, gradients, golden files. */
#include "check.h"

#include "base/error.h"
#include "base/rng.h"
#include "base/sanitizers.h"
#include "tensor/reuse.h"
#include "tensor/safetensors.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>

enum { GUARDED = !REEL_IS_ASAN }; /* the sanitizer watches the arena itself */

enum { SEED = 20240611, GUARD = 0xA5, GUARD_BYTES = 1 << 16, SKIPPED = 77 };
static const size_t STEP_BYTES = (size_t)1 << 30, DEVICE_STEP_BYTES = (size_t)128 << 20;

/* --- the device ------------------------------------------------------------------------------ */

static double least_tolerance; /* what the device's arithmetic is good for */

/* REEL_TEST_DEVICE makes every test run on that device, whose memory the host has to be able to
 * read: "cuda,f32,host". A machine without one skips the program, and says so. */
__attribute__((constructor)) static void choose_device(void)
{
    const char *name = getenv("REEL_TEST_DEVICE");
    const reel_device *device;
    if (!name) {
        return;
    }
    if (reel_device_open(&device, name) < 0 || reel_device_select(device, NULL) < 0) {
        printf("skipped: no CUDA device: %s\n", reel_error_message());
        exit(SKIPPED);
    }
    if (!device->host_can_read) {
        printf("%s: the host cannot read its memory\n", device->name);
        exit(1);
    }
    least_tolerance = strstr(name, "f32") && !strstr(name, "tf32") ? 1e-5 : 1e-2;
    printf("on %s\n", device->name);
}

int check_is_exact(void)
{
    return least_tolerance < 1e-4;
}

double check_tolerance(double tolerance)
{
    return fmax(tolerance, least_tolerance);
}

static int on_cpu(void)
{
    return reel_device_current()->kind == REEL_DEVICE_CPU;
}

float *check_buffer(size_t count)
{
    void *buffer;
    assert_int_equal(reel_device_allocate(&buffer, count * sizeof(float), 1), REEL_OK);
    return buffer;
}

/* --- runtimes -------------------------------------------------------------------------------- */

/* Memory that a device shares with the host is slow to get: runtimes that were given back. */
static reel_rt *spare[4];

reel_rt *check_rt_new_with(const reel_kernels *kernels)
{
    for (size_t i = 0; i < sizeof spare / sizeof *spare; i++) {
        reel_rt *rt = spare[i];
        if (rt) {
            spare[i] = NULL;
            reel_rt_reset(rt);
            rt->kernels = kernels;
            rt->recording = 0;
            rt->arena.peak = 0;
            return rt;
        }
    }
    reel_rt *rt = malloc(sizeof *rt);
    assert_non_null(rt);
    assert_int_equal(reel_rt_init(rt, kernels, on_cpu() ? STEP_BYTES : DEVICE_STEP_BYTES), REEL_OK);
    return rt;
}

reel_rt *check_rt_new(void)
{
    return check_rt_new_with(reel_kernels_get());
}

void check_rt_free(reel_rt *rt)
{
    for (size_t i = 0; !on_cpu() && i < sizeof spare / sizeof *spare; i++) {
        if (!spare[i]) {
            spare[i] = rt;
            return;
        }
    }
    reel_rt_deinit(rt);
    free(rt);
}

reel_tensor *check_random(reel_rt *rt, check_shape shape, uint64_t sequence)
{
    reel_tensor *t = reel_new(rt, REEL_F32, shape.rank, shape.dim);
    assert_int_equal(rt->status, REEL_OK);
    reel_rng_fill_normal(t->data, (size_t)reel_count(t), SEED, sequence);
    return t;
}

double check_distance(const float *a, const float *b, int64_t count)
{
    double difference = 0.0, size = 0.0;
    for (int64_t i = 0; i < count; i++) {
        difference += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        size += (double)b[i] * b[i];
    }
    return sqrt(difference) / (size > 0.0 ? sqrt(size) : 1.0);
}

static void assert_close(const char *what, int index, const float *a, const float *b, int64_t count,
                         double tolerance)
{
    double distance = check_distance(a, b, count);
    tolerance = check_tolerance(tolerance);
    if (!(distance <= tolerance)) {
        fail_msg("%s %d: distance %.3g, allowed %.3g (seed %d)", what, index, distance, tolerance,
                 SEED);
    }
}

/* --- loss = sum(y * weight) ---------------------------------------------------------------- */

static reel_status weighted_sum_backward(reel_rt *rt, const reel_node *node)
{
    float *dy = reel_f32(reel_grad_of(rt, node->input[0]));
    const float *weight = reel_f32(node->saved[0]), seed = *reel_f32(node->output->grad);
    for (int64_t i = 0; dy && i < reel_count(node->input[0]); i++) {
        dy[i] += seed * weight[i];
    }
    return rt->status;
}

static double dot(const float *a, const float *b, int64_t count)
{
    double sum = 0.0;
    for (int64_t i = 0; i < count; i++) {
        sum += (double)a[i] * b[i];
    }
    return sum;
}

static reel_tensor *weighted_sum(reel_rt *rt, reel_tensor *y, reel_tensor *weight)
{
    float sum = (float)dot(reel_f32(y), reel_f32(weight), reel_count(y));
    reel_tensor *loss = REEL_FROM_HOST(rt, REEL_F32, &sum, 1);
    reel_record(rt, weighted_sum_backward,
                (reel_node){ .output = loss, .input = { y }, .saved = { weight } });
    return loss;
}

static void assert_no_failure(const reel_rt *rt)
{
    if (rt->status < 0) {
        fail_msg("%s: %s", reel_status_name(rt->status), reel_error_message());
    }
}

/* --- one run of an operator, forward and backward ------------------------------------------- */

typedef struct {
    reel_rt *rt;
    reel_tensor *in[CHECK_MAX_INPUTS], *out;
    int count;
} run;

/* Fill what follows the arena's used part with a pattern. */
static void lay_guard(reel_rt *rt)
{
    if (GUARDED) {
        memset(rt->arena.base + rt->arena.used, GUARD, GUARD_BYTES);
    }
}

static void assert_guard(const reel_rt *rt)
{
    const unsigned char *end = rt->arena.base + rt->arena.peak; /* behind the scratch too */
    for (int i = 0; GUARDED && i < GUARD_BYTES / 2; i++) {
        if (end[i] != GUARD) {
            fail_msg("byte %d past the end of the outputs was written", i);
        }
    }
}

/* Bytes between the end of t and the next multiple of the arena's alignment. */
static void assert_padding(const reel_tensor *t)
{
    const unsigned char *data = t->data;
    size_t size = reel_size_bytes(t);
    for (size_t i = size; GUARDED && i % REEL_ARENA_ALIGN != 0; i++) {
        if (data[i] != GUARD) {
            fail_msg("byte %zu past the end of an output was written", i - size);
        }
    }
}

static void run_forward(run *r, check_operator op)
{
    for (int i = 0; i < r->count; i++) {
        r->in[i]->wants_grad = 1;
    }
    r->rt->recording = 1;
    lay_guard(r->rt);
    size_t before = r->rt->arena.used;
    r->out = op(r->rt, r->in);
    assert_no_failure(r->rt);
    if (r->rt->arena.peak - before < GUARD_BYTES / 2) {
        assert_guard(r->rt);
        if (r->out->data == (void *)(r->rt->arena.base + before)) {
            assert_padding(r->out);
        }
    }
}

static void run_backward(run *r, reel_tensor *weight)
{
    if (!r->out->wants_grad) {
        fail_msg("the operator recorded nothing");
    }
    reel_tensor *loss = weighted_sum(r->rt, r->out, weight);
    if (GUARDED) { /* new gradients begin as not-a-number, which a kernel that adds would keep */
        memset(r->rt->arena.base + r->rt->arena.used, 0xFF, GUARD_BYTES);
    }
    assert_int_equal(reel_backward(r->rt, loss, 1.0f), REEL_OK);
}

static check_shape shape_of(const reel_tensor *t)
{
    check_shape shape = { .rank = t->rank };
    memcpy(shape.dim, t->dim, sizeof shape.dim);
    return shape;
}

static run run_random(const reel_kernels *kernels, check_operator op, const check_shape *in,
                      int count)
{
    run r = { .rt = check_rt_new_with(kernels), .count = count };
    for (int i = 0; i < count; i++) {
        r.in[i] = check_random(r.rt, in[i], (uint64_t)i);
    }
    run_forward(&r, op);
    run_backward(&r, check_random(r.rt, shape_of(r.out), CHECK_MAX_INPUTS));
    return r;
}

static const float *grad_at(const run *r, int i)
{
    if (!r->in[i]->grad) {
        fail_msg("input %d got no gradient", i);
    }
    return r->in[i]->grad->data;
}

/* --- agreement ------------------------------------------------------------------------------- */

static void assert_same_bytes(const run *a, const run *b)
{
    if (memcmp(a->out->data, b->out->data, reel_size_bytes(a->out)) != 0) {
        fail_msg("the output depends on the number of threads");
    }
    for (int i = 0; i < a->count; i++) {
        if (memcmp(grad_at(a, i), grad_at(b, i), reel_size_bytes(a->in[i])) != 0) {
            fail_msg("gradient %d depends on the number of threads", i);
        }
    }
}

void check_agrees_everywhere(check_operator op, const check_shape *in, int count, double tolerance)
{
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    run one = run_random(reel_kernels_get(), op, in, count);
    omp_set_num_threads(2);
    run two = run_random(reel_kernels_get(), op, in, count);
    run slow = run_random(&plain, op, in, count);
    omp_set_num_threads(threads);

    assert_same_bytes(&one, &two);
    assert_close("output", 0, reel_f32(one.out), reel_f32(slow.out), reel_count(slow.out),
                 tolerance);
    for (int i = 0; i < count; i++) {
        assert_close("gradient", i, grad_at(&one, i), grad_at(&slow, i), reel_count(slow.in[i]),
                     tolerance);
        reel_tensor *fresh = check_random(one.rt, in[i], (uint64_t)i);
        assert_memory_equal(fresh->data, one.in[i]->data, reel_size_bytes(fresh));
    }
    check_rt_free(one.rt);
    check_rt_free(two.rt);
    check_rt_free(slow.rt);
}

/* --- finite differences ---------------------------------------------------------------------- */

static double loss_at(reel_rt *rt, check_operator op, reel_tensor **in, const float *weight)
{
    const reel_stretch once = reel_stretch_begin(rt);
    reel_tensor *y = op(rt, in);
    assert_no_failure(rt);
    double loss = dot(reel_f32(y), weight, reel_count(y));
    reel_stretch_forget(rt, &once);
    return loss;
}

static void check_gradient_of(const reel_kernels *kernels, check_operator op, const check_shape *in,
                              int count)
{
    const float step = 1.0f / 128.0f, before = 0.5f;
    run r = { .rt = check_rt_new_with(kernels), .count = count };
    for (int i = 0; i < count; i++) {
        r.in[i] = check_random(r.rt, in[i], (uint64_t)i);
        r.in[i]->wants_grad = 1;
        float *grad = reel_f32(reel_grad_of(r.rt, r.in[i]));
        for (int64_t j = 0; j < reel_count(r.in[i]); j++) {
            grad[j] = before;
        }
    }
    run_forward(&r, op);
    reel_tensor *weight = check_random(r.rt, shape_of(r.out), CHECK_MAX_INPUTS);
    run_backward(&r, weight);
    r.rt->recording = 0;
    for (int i = 0; i < count; i++) {
        int64_t elements = reel_count(r.in[i]);
        float *numeric = malloc((size_t)elements * sizeof *numeric), *x = r.in[i]->data;
        assert_non_null(numeric);
        for (int64_t j = 0; j < elements; j++) {
            float kept = x[j];
            x[j] = kept + step;
            double above = loss_at(r.rt, op, r.in, reel_f32(weight));
            x[j] = kept - step;
            double below = loss_at(r.rt, op, r.in, reel_f32(weight));
            x[j] = kept;
            numeric[j] = (float)((above - below) / (2.0 * step)) + before;
        }
        assert_close("gradient by differences", i, grad_at(&r, i), numeric, elements, 1e-3);
        free(numeric);
    }
    check_rt_free(r.rt);
}

void check_gradient(check_operator op, const check_shape *in, int count)
{
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    check_gradient_of(&plain, op, in, count);
    if (check_is_exact()) { /* differences of rounded products say nothing */
        check_gradient_of(reel_kernels_get(), op, in, count);
    }
}

/* --- golden files ------------------------------------------------------------------------------
 */

static const reel_tensor *golden_tensor(const reel_safetensors *file, const char *name)
{
    const reel_tensor *t = reel_safetensors_find(file, name);
    if (t && t->dtype != REEL_F32) {
        fail_msg("%s is %s, expected f32", name, reel_shape(t).text);
    }
    return t;
}

static const reel_tensor *golden_indexed(const reel_safetensors *file, const char *prefix, int i)
{
    char name[32];
    snprintf(name, sizeof name, "%s.%d", prefix, i);
    return golden_tensor(file, name);
}

static reel_tensor *copy_of(reel_rt *rt, const reel_tensor *t)
{
    return reel_from_host(rt, t->dtype, t->data, t->rank, t->dim);
}

static void check_golden_with(const reel_kernels *kernels, const reel_safetensors *file,
                              check_operator op, double tolerance)
{
    run r = { .rt = check_rt_new_with(kernels) };
    const reel_tensor *t, *out = golden_tensor(file, "out"), *d_out = golden_tensor(file, "d_out");
    assert_non_null(out);
    while (r.count < CHECK_MAX_INPUTS && (t = golden_indexed(file, "in", r.count))) {
        r.in[r.count++] = copy_of(r.rt, t);
    }
    run_forward(&r, op);
    assert_true(reel_same_shape(r.out, out));
    assert_close("golden output", 0, reel_f32(r.out), reel_f32(out), reel_count(out), tolerance);
    if (d_out) {
        run_backward(&r, copy_of(r.rt, d_out));
        for (int i = 0; i < r.count; i++) {
            if ((t = golden_indexed(file, "d_in", i))) {
                assert_close("golden gradient", i, grad_at(&r, i), reel_f32(t), reel_count(t),
                             tolerance);
            }
        }
    }
    check_rt_free(r.rt);
}

void check_golden(const char *name, check_operator op, double tolerance)
{
    char path[256];
    snprintf(path, sizeof path, "golden/%s.safetensors", name);
    reel_safetensors file;
    if (reel_safetensors_open(&file, path) < 0) {
        fail_msg("%s", reel_error_message());
    }
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    check_golden_with(&plain, &file, op, tolerance);
    check_golden_with(reel_kernels_get(), &file, op, tolerance);
    reel_safetensors_close(&file);
}

void check_refuses(check_operator op, const check_shape *in, int count, reel_status code,
                   const char *text)
{
    reel_rt *rt = check_rt_new();
    reel_tensor *t[CHECK_MAX_INPUTS] = { 0 };
    for (int i = 0; i < count; i++) {
        t[i] = check_random(rt, in[i], (uint64_t)i);
    }
    reel_tensor *y = op(rt, t);
    assert_int_equal(rt->status, code);
    assert_ptr_equal(y, &rt->poison);
    if (!strstr(reel_error_message(), text)) {
        fail_msg("the message is \"%s\", expected it to hold \"%s\"", reel_error_message(), text);
    }
    check_rt_free(rt);
}
