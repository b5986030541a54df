/* CUDA kernels of the interpolation between rows. */
#include "ops/cuda/lanes.cuh"

struct place {
    int64_t row, next; /* next == row at the end */
    float fraction;
};

static __device__ place place_of(float position, int64_t rows)
{
    float last = (float)(rows - 1);
    float clamped = position > 0.0f ? position : 0.0f;
    clamped = clamped < last ? clamped : last;
    int64_t row = (int64_t)clamped < rows - 1 ? (int64_t)clamped : rows - 1;
    return { row, row + 1 < rows ? row + 1 : rows - 1, clamped - (float)row };
}

template <int V> static __global__ void read_between(reel_cuda_rows rows, reel_interpolate_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        if (p.row < 0) {
            continue;
        }
        place at = place_of(a.positions[p.row % a.count], a.rows);
        const float *sample = a.x + p.row / a.count * a.rows * a.width;
        for (int64_t c = p.begin; c < p.end; c += p.step) {
            reel_floats<V> low = reel_load<V>(sample + at.row * a.width + c);
            reel_floats<V> high = reel_load<V>(sample + at.next * a.width + c);
#pragma unroll
            for (int i = 0; i < V; i++) {
                low.at[i] = (1.0f - at.fraction) * low.at[i] + at.fraction * high.at[i];
            }
            reel_store<V>(a.y + p.row * a.width + c, low);
        }
    }
}

/* How much of a position's result comes from `row`; 0 if nothing does. */
static __device__ float share_of(const place &at, int64_t row)
{
    return (at.row == row ? 1.0f - at.fraction : 0.0f) + (at.next == row ? at.fraction : 0.0f);
}

/* Those of the positions first .. first + lanes - 1 that read from the row of this group, as bits;
 * every lane of the warp takes part. */
template <int V>
static __device__ unsigned readers(const reel_piece<V> &p, const reel_interpolate_grad_args &a,
                                   int64_t first, int lanes)
{
    int64_t n = first + p.lane;
    bool reads = false;
    if (p.row >= 0 && n < a.count) {
        reads = share_of(place_of(a.positions[n], a.rows), p.row % a.rows) != 0.0f;
    }
    unsigned all = __ballot_sync(REEL_ALL_LANES, reads) >> (p.group * lanes);
    return lanes == REEL_WARP ? all : all & ((1u << lanes) - 1);
}

/* sum += what the positions first + i of the bits i of `hits` send back to `row`, in order; `dy` is
 * where this lane's columns of position 0 lie. */
template <int V>
static __device__ void add_hits(reel_floats<V> &sum, const reel_interpolate_grad_args &a,
                                const float *dy, int64_t row, int64_t first, unsigned hits)
{
    for (; hits; hits &= hits - 1) {
        int64_t n = first + __ffs((int)hits) - 1;
        float share = share_of(place_of(a.positions[n], a.rows), row);
        reel_floats<V> part = reel_load<V>(dy + n * a.width);
#pragma unroll
        for (int i = 0; i < V; i++) {
            sum.at[i] += share * part.at[i];
        }
    }
}

/* A group of lanes owns a row of dx: each lane looks at other positions, then all add what those
 * that read from the row send back. */
template <int V> static __global__ void add_read(reel_cuda_rows rows, reel_interpolate_grad_args a)
{
    for (reel_piece<V> p(rows); p.any(); p.next()) {
        const float *dy = a.dy + p.row / a.rows * a.count * a.width;
        for (int64_t c = p.lane * V; c - p.lane * V < a.width; c += p.step) {
            bool owns = p.row >= 0 && c < a.width;
            reel_floats<V> sum = {};
            for (int64_t first = 0; first < a.count; first += rows.lanes) {
                unsigned hits = readers<V>(p, a, first, rows.lanes);
                add_hits<V>(sum, a, dy + c, p.row % a.rows, first, owns ? hits : 0);
            }
            if (owns) {
                reel_accumulate<V>(a.dx + p.row * a.width + c, sum);
            }
        }
    }
}

static reel_status forward(const reel_interpolate_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->batch * a->count, a->width, false);
    return reel_cuda_run({ "interpolate.forward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(read_between, a->width), rows, *a);
}

static reel_status backward(const reel_interpolate_grad_args *a)
{
    reel_cuda_rows rows = reel_cuda_rows_of(a->batch * a->rows, a->width, true);
    return reel_cuda_run({ "interpolate.backward", reel_cuda_row_grid(rows), REEL_CUDA_BLOCK, 0 },
                         REEL_BY_WIDTH(add_read, a->width), rows, *a);
}

const reel_interpolate_kernels reel_interpolate_cuda = { forward, backward };
