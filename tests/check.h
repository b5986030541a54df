/* What the operator and model tests share on top of cmocka: random tensors, agreement of kernel
 * tables, gradients by finite differences, golden files. A failed check prints what it found and
 * fails the running test. */
#ifndef REEL_TESTS_CHECK_H
#define REEL_TESTS_CHECK_H

#include "ops/kernels.h"
#include "tensor/runtime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* An input of an operator. */
typedef struct {
    int rank;
    int64_t dim[REEL_MAX_RANK];
} check_shape;

/* The operator under test as a function of its f32 inputs; constants (ids, angles, masks) are made
 * inside with REEL_FROM_HOST. */
typedef reel_tensor *(*check_operator)(reel_rt *rt, reel_tensor **in);

enum { CHECK_MAX_INPUTS = 8 };

/* A runtime with the active kernels and 1 GiB of step memory, or with the given table. */
reel_rt *check_rt_new(void);
reel_rt *check_rt_new_with(const reel_kernels *kernels);
void check_rt_free(reel_rt *rt);

/* False on a device that rounds the factors of products: results are then within 1e-2. */
int check_is_exact(void);

/* `tolerance`, or what the device's arithmetic is good for where that is more. */
double check_tolerance(double tolerance);

/* `count` zeros where the kernels of the active table and the host can both read and write. Given
 * back with reel_device_release(). */
float *check_buffer(size_t count);

/* Normal numbers, a function of `sequence` alone. */
reel_tensor *check_random(reel_rt *rt, check_shape shape, uint64_t sequence);

/* |a - b| / |b| in the Euclidean norm; |a - b| where b is all zeros. */
double check_distance(const float *a, const float *b, int64_t count);

/* Output and all gradients of the active table, against the plain table: within `tolerance`
 * (relative, Euclidean), the same bytes with one thread and two, inputs untouched, nothing written
 * past the end of the outputs. */
void check_agrees_everywhere(check_operator op, const check_shape *in, int count, double tolerance);

/* Gradients of both tables against central differences of sum(y * random), each element of each
 * input, added to what the gradient held before. */
void check_gradient(check_operator op, const check_shape *in, int count);

/* golden/<name>.safetensors, written by tools/golden/<name>.py: in.0, in.1 ..., out, d_out and
 * d_in.N for the gradients to compare. Output and gradients within `tolerance` (as above). */
void check_golden(const char *name, check_operator op, double tolerance);

/* The operator refuses these inputs with `code`, and the message holds `text`. */
void check_refuses(check_operator op, const check_shape *in, int count, reel_status code,
                   const char *text);

#endif
