/* Convolution as matrix products of patches with the weight, over fixed blocks of positions. */
#include "ops/conv.h"

#include "ops/dnnl/column_sums.h"
#include "ops/dnnl/gemm.h"
#include "ops/dnnl/patches.h"
#include "ops/dnnl/thread_buffer.h"

enum {
    PATCH_FLOATS = 131072, /* a buffer of patches: half of a second-level cache */
    BLOCK_MAX = 384,
    BLOCK_MIN = 32
};

static int64_t min_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Weight seen as a matrix [Co, columns]. */
static int64_t columns_of(const reel_conv_shape *s)
{
    return reel_conv_taps(s) * s->in_channels;
}

/* Positions per block; the buffer of patches then has at most block * columns of a group floats. */
static int64_t block_of(const reel_conv_shape *s)
{
    int64_t columns = reel_tap_group_at(s, 0).columns;
    return max_of(BLOCK_MIN, min_of(BLOCK_MAX, PATCH_FLOATS / columns));
}

static float *patch_buffer(const reel_conv_shape *s)
{
    return reel_thread_buffer(block_of(s) * reel_tap_group_at(s, 0).columns);
}

/* --- forward ------------------------------------------------------------------------------- */

static int forward_block(const reel_conv_args *a, int64_t first, int64_t count)
{
    const reel_conv_shape *s = &a->shape;
    float *patches = patch_buffer(s), *y = a->y + first * s->out_channels;
    int failed = patches == NULL;
    for (int64_t i = 0; a->b && i < count; i++) {
        for (int64_t o = 0; o < s->out_channels; o++) {
            y[i * s->out_channels + o] = a->b[o];
        }
    }
    for (int64_t n = 0; n < reel_tap_group_count(s) && !failed; n++) {
        reel_tap_group group = reel_tap_group_at(s, n);
        reel_patches_gather(s, &group, a->x, first, count, patches);
        reel_gemm_shape shape = { .transpose_b = 1,
                                  .m = count,
                                  .n = s->out_channels,
                                  .k = group.columns,
                                  .a_row = group.columns,
                                  .b_row = columns_of(s),
                                  .c_row = s->out_channels,
                                  .alpha = 1.0f,
                                  .beta = a->b || n > 0 ? 1.0f : 0.0f };
        failed += reel_gemm(&shape, patches, a->w + group.first_column, y);
    }
    return failed;
}

static reel_status forward(const reel_conv_args *a)
{
    int64_t positions = a->shape.batch * reel_conv_outputs(&a->shape);
    int64_t blocks = (positions + block_of(&a->shape) - 1) / block_of(&a->shape);
    blocks += blocks % 2;
    int64_t block = (positions + blocks - 1) / max_of(blocks, 1);
    int failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
    for (int64_t n = 0; n < blocks; n++) {
        int64_t first = n * block;
        failed += first < positions ? forward_block(a, first, min_of(block, positions - first)) : 0;
    }
    return reel_gemm_status(failed);
}

/* --- gradient of x -------------------------------------------------------------------------- */

/* The outputs of one batch entry cut along one axis into slices, so long that slices which are not
 * neighbours share no input: the even ones run in parallel, then the odd ones. */
typedef struct {
    int axis; /* 0: T, 1: H */
    int64_t length, count;
} slicing;

static int64_t shortest_slice(const reel_conv_shape *s, int axis)
{
    int64_t stride = s->stride[axis];
    int64_t reach = (s->kernel[axis] + stride - 1) / stride - 1;
    int64_t repeated = axis == 0 && s->replicate_time ? (s->pad[0] + stride - 1) / stride : 0;
    return max_of(1, max_of(reach, repeated));
}

static slicing slicing_of(const reel_conv_shape *s)
{
    int axis = s->out[0] < 4 * shortest_slice(s, 0) && s->out[1] > 1 ? 1 : 0;
    int64_t wanted = max_of(2, 16 / max_of(s->batch, 1));
    int64_t length = max_of(shortest_slice(s, axis), (s->out[axis] + wanted - 1) / wanted);
    return (slicing){ axis, length, (s->out[axis] + length - 1) / length };
}

static int spread_block(const reel_conv_grad_args *a, int64_t first, int64_t count)
{
    const reel_conv_shape *s = &a->shape;
    float *patches = patch_buffer(s);
    int failed = patches == NULL;
    for (int64_t n = 0; n < reel_tap_group_count(s) && !failed; n++) {
        reel_tap_group group = reel_tap_group_at(s, n);
        reel_gemm_shape shape = { .m = count,
                                  .n = group.columns,
                                  .k = s->out_channels,
                                  .a_row = s->out_channels,
                                  .b_row = columns_of(s),
                                  .c_row = group.columns,
                                  .alpha = 1.0f };
        failed +=
            reel_gemm(&shape, a->dy + first * s->out_channels, a->w + group.first_column, patches);
        reel_patches_scatter(s, &group, patches, first, count, a->dx);
    }
    return failed;
}

static int spread_slice(const reel_conv_grad_args *a, const slicing *cut, int64_t b, int64_t n)
{
    const reel_conv_shape *s = &a->shape;
    int64_t step = s->out[2] * (cut->axis == 0 ? s->out[1] : 1); /* positions of one index */
    int64_t from = n * cut->length, length = min_of(cut->length, s->out[cut->axis] - from);
    int64_t block = block_of(s);
    int failed = 0;
    for (int64_t t = 0; t < (cut->axis == 0 ? 1 : s->out[0]); t++) {
        int64_t first = b * reel_conv_outputs(s) + t * s->out[1] * s->out[2] + from * step;
        for (int64_t done = 0; done < length * step; done += block) {
            failed += spread_block(a, first + done, min_of(block, length * step - done));
        }
    }
    return failed;
}

static int input_gradient(const reel_conv_grad_args *a)
{
    slicing cut = slicing_of(&a->shape);
    int failed = 0;
    for (int64_t odd = 0; odd < 2; odd++) {
        int64_t slices = (cut.count + 1 - odd) / 2;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
        for (int64_t n = 0; n < a->shape.batch * slices; n++) {
            failed += spread_slice(a, &cut, n / slices, n % slices * 2 + odd);
        }
    }
    return failed;
}

/* --- gradient of the weight ------------------------------------------------------------------ */

/* part[:, group] = dy^T patches, over positions [first, end) */
static int gather_part(const reel_conv_grad_args *a, float *part, int64_t n, int64_t first,
                       int64_t end)
{
    const reel_conv_shape *s = &a->shape;
    reel_tap_group group = reel_tap_group_at(s, n);
    float *patches = patch_buffer(s);
    int64_t block = block_of(s);
    int failed = patches == NULL;
    for (int64_t at = first; at < end && !failed; at += block) {
        int64_t count = min_of(block, end - at);
        reel_patches_gather(s, &group, a->x, at, count, patches);
        reel_gemm_shape shape = { .transpose_a = 1,
                                  .m = s->out_channels,
                                  .n = group.columns,
                                  .k = count,
                                  .a_row = s->out_channels,
                                  .b_row = group.columns,
                                  .c_row = columns_of(s),
                                  .alpha = 1.0f,
                                  .beta = at > first ? 1.0f : 0.0f };
        failed +=
            reel_gemm(&shape, a->dy + at * s->out_channels, patches, part + group.first_column);
    }
    return failed;
}

static void add_parts(float *dw, const float *parts, int64_t count, int64_t elements)
{
#pragma omp parallel for simd schedule(static) if (elements > 32768)
    for (int64_t i = 0; i < elements; i++) {
        float sum = 0.0f;
        for (int64_t p = 0; p < count; p++) {
            sum += parts[p * elements + i];
        }
        dw[i] += sum;
    }
}

static int weight_gradient(const reel_conv_grad_args *a)
{
    const reel_conv_shape *s = &a->shape;
    int64_t positions = s->batch * reel_conv_outputs(s), groups = reel_tap_group_count(s);
    int64_t elements = s->out_channels * columns_of(s);
    int64_t parts = max_of(1, min_of(REEL_CONV_PARTS, positions / BLOCK_MAX));
    int64_t length = (positions + parts - 1) / parts;
    int failed = 0;
#pragma omp parallel for schedule(dynamic) reduction(+ : failed)
    for (int64_t n = 0; n < parts * groups; n++) {
        int64_t part = n / groups;
        failed += gather_part(a, a->parts + part * elements, n % groups, part * length,
                              min_of(positions, (part + 1) * length));
    }
    add_parts(a->dw, a->parts, parts, elements);
    return failed;
}

static reel_status backward(const reel_conv_grad_args *a)
{
    const reel_conv_shape *s = &a->shape;
    int failed = a->dx ? input_gradient(a) : 0;
    failed += a->dw ? weight_gradient(a) : 0;
    if (a->db) {
        reel_add_column_sums(a->db, a->dy, s->batch * reel_conv_outputs(s), s->out_channels);
    }
    return reel_gemm_status(failed);
}

const reel_conv_kernels reel_conv_dnnl = { forward, backward };
