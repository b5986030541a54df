/* CUDA kernels of the convolution: three matrix products whose factors are read in place.
 *
 *     y  = patches(x) w^T + b        dw = dy^T patches(x)
 *     dx = patches(dy) w             a position of x and a tap name the output that reads it
 */
#include "ops/cuda/column_sums.cuh"
#include "ops/cuda/conv_source.cuh"

using namespace conv;

/* --- y ------------------------------------------------------------------------------------------
 */

struct output {
    float *y;
    const float *bias;
    int64_t rows, width;

    __device__ float *row(int64_t m) const
    {
        return m < rows ? y + m * width : nullptr;
    }
    __device__ void put(float *to, int64_t n, float sum) const
    {
        if (to && n < width) {
            to[n] = bias ? sum + bias[n] : sum;
        }
    }
};

template <typename Product, int V>
static __global__ void __launch_bounds__(THREADS)
    forward_product(window x, const float *w, output y)
{
    int64_t depth = x.tap_count() * x.channels;
    multiply<Product>(patches<BM, V>(x, (int64_t)blockIdx.x * BM, 0),
                      plain<BN, V, true>(w, y.width, depth, (int64_t)blockIdx.y * BN, 0, depth), y,
                      0, depth);
}

/* --- dx -----------------------------------------------------------------------------------------
 */

/* The positions of x that share their taps: first + q * step along every axis; positions before
 * frame 0 add to frame 0. */
struct input_grad {
    float *dx;
    int64_t width;
    int batch, extent[3], first[3], step[3];
    reel_divisor by_count[3];

    __device__ float *row(int64_t m) const
    {
        place p = index_of(by_count, m);
        int t = first[0] + p.at[0] * step[0], h = first[1] + p.at[1] * step[1];
        int w = first[2] + p.at[2] * step[2];
        t = t < 0 ? 0 : t;
        int64_t at = (((int64_t)p.batch * extent[0] + t) * extent[1] + h) * extent[2] + w;
        return p.batch < batch ? dx + at * width : nullptr;
    }
    __device__ void put(float *to, int64_t n, float sum) const
    {
        if (to && n < width) {
            to[n] += sum;
        }
    }
};

template <typename Product, int V>
static __global__ void __launch_bounds__(THREADS)
    dx_product(window dy, const float *w, tap_choice taps, input_grad dx)
{
    multiply<Product>(
        patches<BM, V>(dy, (int64_t)blockIdx.x * BM, 0),
        weight_columns<BN, V>(w, taps, dx.width, dy.channels, (int64_t)blockIdx.y * BN), dx, 0,
        dy.tap_count() * dy.channels);
}

/* --- dw -----------------------------------------------------------------------------------------
 */

/* The product is [taps * Ci, Co]: the longer side along the longer side of a tile. */
struct weight_part {
    float *parts; /* [blockIdx.z, Co, depth] */
    int64_t out_channels, depth;

    __device__ float *row(int64_t m) const
    {
        return m < depth ? parts + blockIdx.z * out_channels * depth + m : nullptr;
    }
    __device__ void put(float *to, int64_t n, float sum) const
    {
        if (to && n < out_channels) {
            to[n * depth] = sum;
        }
    }
};

/* blockIdx.z takes positions z * per_part .. */
template <typename Product, int V>
static __global__ void __launch_bounds__(THREADS)
    dw_product(window x, const float *dy, weight_part dw, int64_t per_part)
{
    int64_t begin = blockIdx.z * per_part, end = begin + per_part;
    end = end < x.positions() ? end : x.positions();
    multiply<Product>(patch_columns<BM, V>(x, (int64_t)blockIdx.x * BM, begin, end),
                      plain<BN, V, false>(dy, dw.out_channels, dw.out_channels,
                                          (int64_t)blockIdx.y * BN, begin, end),
                      dw, begin, end);
}

struct db_terms {
    const float *dy;
    int64_t width;

    template <int V>
    __device__ void at(reel_floats<V> (&out)[1], int64_t, int64_t r, int64_t c) const
    {
        out[0] = reel_load<V>(dy + r * width + c);
    }
};

/* --- launches -----------------------------------------------------------------------------------
 */

static window window_of(const reel_conv_shape *s, const float *x)
{
    window w = {};
    w.x = x, w.channels = s->in_channels, w.batch = (int)s->batch;
    w.direction = 1, w.replicate = s->replicate_time;
    for (int i = 0; i < 3; i++) {
        w.extent[i] = (int)s->in[i], w.count[i] = (int)s->out[i], w.taps[i] = (int)s->kernel[i];
        w.origin[i] = (int)-s->pad[i], w.step[i] = (int)s->stride[i];
        w.by_count[i] = reel_divisor_of(s->out[i]);
    }
    return w;
}

static dim3 grid_of(int64_t rows, int64_t columns, int64_t parts = 1)
{
    return dim3((unsigned)reel_cuda_ceil(rows, BM), (unsigned)reel_cuda_ceil(columns, BN),
                (unsigned)parts);
}

/* Positions and the depth of a product are counted in 32 bits on the device. */
static reel_status check_size(const reel_conv_shape *s)
{
    int64_t in = s->batch * s->in[0] * s->in[1] * s->in[2];
    int64_t out = s->batch * reel_conv_outputs(s);
    int64_t wide = s->in_channels > s->out_channels ? s->in_channels : s->out_channels;
    if (in > INT32_MAX / 2 || out > INT32_MAX / 2 || reel_conv_taps(s) * wide > INT32_MAX / 2) {
        return REEL_FAIL(REEL_ERR_UNSUPPORTED, "conv: %lld positions are too many for one launch",
                         (long long)(in > out ? in : out));
    }
    return REEL_OK;
}

template <typename Product, int V> struct launches {
    static reel_status forward(const reel_conv_args *a)
    {
        window x = window_of(&a->shape, a->x);
        output y = { a->y, a->b, x.positions(), a->shape.out_channels };
        size_t shared = sizeof(memory<Product, patches<BM, V>, plain<BN, V, true>>);
        return reel_cuda_run({ "conv.forward", grid_of(y.rows, y.width), THREADS, shared },
                             forward_product<Product, V>, x, a->w, y);
    }

    static reel_status dx(const reel_conv_grad_args *a, const window &dy, const tap_choice &taps,
                          const input_grad &out)
    {
        size_t shared = sizeof(memory<Product, patches<BM, V>, weight_columns<BN, V>>);
        return reel_cuda_run({ "conv.dx", grid_of(dy.positions(), out.width), THREADS, shared },
                             dx_product<Product, V>, dy, a->w, taps, out);
    }

    static reel_status dw(const reel_conv_grad_args *a)
    {
        const reel_conv_shape *s = &a->shape;
        window x = window_of(s, a->x);
        weight_part part = { a->parts, s->out_channels, reel_conv_taps(s) * s->in_channels };
        int64_t per_part = reel_cuda_ceil(x.positions(), REEL_CONV_PARTS);
        per_part = reel_cuda_ceil(per_part, K_STEP) * K_STEP;
        int64_t parts = reel_cuda_ceil(x.positions(), per_part);
        size_t shared = sizeof(memory<Product, patch_columns<BM, V>, plain<BN, V, false>>);
        REEL_TRY(reel_cuda_run(
            { "conv.dw", grid_of(part.depth, part.out_channels, parts), THREADS, shared },
            dw_product<Product, V>, x, a->dy, part, per_part));
        return reel_add_partials<1>("conv.dw", { a->dw }, a->parts, 1, parts,
                                    part.out_channels * part.depth);
    }
};

/* The positions first, first + stride, ... below `end` of one axis, and the taps and outputs that
 * meet there. */
static void choose(window *dy, tap_choice *taps, input_grad *dx, const reel_conv_shape *s, int axis,
                   int first, int end)
{
    int stride = (int)s->stride[axis], shifted = first + (int)s->pad[axis];
    int tap = shifted % stride, kernel = (int)s->kernel[axis];
    dx->first[axis] = first, dx->step[axis] = stride, dx->extent[axis] = (int)s->in[axis];
    dy->count[axis] = first < end ? (end - first + stride - 1) / stride : 0;
    dx->by_count[axis] = dy->by_count[axis] =
        reel_divisor_of(dy->count[axis] ? dy->count[axis] : 1);
    taps->first[axis] = tap, taps->step[axis] = stride, taps->kernel[axis] = kernel;
    taps->taps[axis] = dy->taps[axis] = tap < kernel ? (kernel - tap + stride - 1) / stride : 0;
    dy->origin[axis] = (shifted - tap) / stride, dy->step[axis] = 1;
    dy->extent[axis] = (int)s->out[axis];
}

/* Positions whose frames begin at `first` and end before `end`, all classes of rows and columns. */
template <typename Launches>
static reel_status add_dx_frames(const reel_conv_grad_args *a, int first, int end)
{
    const reel_conv_shape *s = &a->shape;
    window dy = {};
    input_grad dx = {};
    dy.x = a->dy, dy.channels = s->out_channels, dy.direction = -1;
    dx.dx = a->dx, dx.width = s->in_channels;
    dx.batch = dy.batch = (int)s->batch;
    tap_choice taps;
    choose(&dy, &taps, &dx, s, 0, first, end);
    for (int n = 0; n < s->stride[1] * s->stride[2]; n++) {
        choose(&dy, &taps, &dx, s, 1, n / (int)s->stride[2], (int)s->in[1]);
        choose(&dy, &taps, &dx, s, 2, n % (int)s->stride[2], (int)s->in[2]);
        if (dy.positions() > 0 && dy.tap_count() > 0) {
            REEL_TRY(Launches::dx(a, dy, taps, dx));
        }
    }
    return REEL_OK;
}

template <typename Launches> static reel_status add_dx(const reel_conv_grad_args *a)
{
    const reel_conv_shape *s = &a->shape;
    for (int t = 0; t < s->stride[0]; t++) {
        REEL_TRY(add_dx_frames<Launches>(a, t, (int)s->in[0]));
    }
    for (int t = 1; s->replicate_time && t <= s->pad[0]; t++) {
        REEL_TRY(add_dx_frames<Launches>(a, -t, -t + 1));
    }
    return REEL_OK;
}

static reel_status add_db(const reel_conv_grad_args *a)
{
    const reel_conv_shape *s = &a->shape;
    return reel_column_sums<1>("conv.db", { a->db },
                               { 1, s->batch * reel_conv_outputs(s), s->out_channels },
                               db_terms{ a->dy, s->out_channels });
}

template <typename Launches> static reel_status backward_with(const reel_conv_grad_args *a)
{
    if (a->dx) {
        REEL_TRY(add_dx<Launches>(a));
    }
    if (a->dw) {
        REEL_TRY(Launches::dw(a));
    }
    return a->db ? add_db(a) : REEL_OK;
}

static bool is_even(const reel_conv_shape *s)
{
    return s->in_channels % 4 == 0 && s->out_channels % 4 == 0;
}

static reel_status forward(const reel_conv_args *a)
{
    REEL_TRY(check_size(&a->shape));
    if (reel_cuda_compute() == REEL_COMPUTE_BF16) {
        return is_even(&a->shape) ? launches<product_bf16, 4>::forward(a)
                                  : launches<product_bf16, 1>::forward(a);
    }
    return is_even(&a->shape) ? launches<product_f32, 4>::forward(a)
                              : launches<product_f32, 1>::forward(a);
}

static reel_status backward(const reel_conv_grad_args *a)
{
    REEL_TRY(check_size(&a->shape));
    if (reel_cuda_compute() == REEL_COMPUTE_BF16) {
        return is_even(&a->shape) ? backward_with<launches<product_bf16, 4>>(a)
                                  : backward_with<launches<product_bf16, 1>>(a);
    }
    return is_even(&a->shape) ? backward_with<launches<product_f32, 4>>(a)
                              : backward_with<launches<product_f32, 1>>(a);
}

const reel_conv_kernels reel_conv_cuda = { forward, backward };
