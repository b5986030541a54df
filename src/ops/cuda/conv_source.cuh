/* The factors of the convolution's products, read from where they lie: no patch is ever stored.
 * Every source begins at row `first` and k `k`, gives zeros outside, and moves on by K_STEP. */
#ifndef REEL_OPS_CUDA_CONV_SOURCE_CUH
#define REEL_OPS_CUDA_CONV_SOURCE_CUH

#include "ops/cuda/conv_tile.cuh"
#include "ops/cuda/divisor.cuh"

namespace conv
{
/* Positions (b, q0, q1, q2) of a grid that look at a tensor [batch, extent, channels] through taps:
 * along an axis, tap j of position q reads origin + q * step + j * direction. */
struct window {
    const float *x;
    int64_t channels;
    int batch, extent[3], count[3], origin[3], step[3], taps[3], direction;
    int replicate;            /* before frame 0 is frame 0 */
    reel_divisor by_count[3]; /* of positions */

    __host__ __device__ int64_t positions() const
    {
        return (int64_t)batch * count[0] * count[1] * count[2];
    }
    __host__ __device__ int tap_count() const
    {
        return taps[0] * taps[1] * taps[2];
    }
};

struct place {
    int batch, at[3];
};

/* Sample and indices of position `row` of a grid. */
static __device__ inline place index_of(const reel_divisor (&count)[3], int64_t row)
{
    unsigned q2 = (unsigned)row, q1 = reel_divide(q2, count[2]);
    unsigned q0 = reel_divide(q1, count[1]), batch = reel_divide(q0, count[0]);
    return { (int)batch, { (int)q0, (int)q1, (int)q2 } };
}

/* What position `row` reads through tap 0. */
static __device__ inline place place_of(const window &w, int64_t row)
{
    place p = index_of(w.by_count, row);
#pragma unroll
    for (int i = 0; i < 3; i++) {
        p.at[i] = w.origin[i] + p.at[i] * w.step[i];
    }
    return p;
}

static __device__ inline place tap_of(const int (&taps)[3], unsigned tap)
{
    return { 0,
             { (int)(tap / (taps[1] * taps[2])), (int)(tap / taps[2] % taps[1]),
               (int)(tap % taps[2]) } };
}

/* V channels from c on, of what `p` reads through `tap`. */
template <int V>
static __device__ inline reel_floats<V> read(const window &w, const place &p, const place &tap,
                                             int64_t c)
{
    int t = p.at[0] + tap.at[0] * w.direction, h = p.at[1] + tap.at[1] * w.direction;
    int x = p.at[2] + tap.at[2] * w.direction;
    t = w.replicate && t < 0 ? 0 : t;
    if (t < 0 || t >= w.extent[0] || h < 0 || h >= w.extent[1] || x < 0 || x >= w.extent[2]) {
        return {};
    }
    int64_t row = (((int64_t)p.batch * w.extent[0] + t) * w.extent[1] + h) * w.extent[2] + x;
    return reel_load<V>(w.x + row * w.channels + c);
}

/* Factor [positions, taps * channels] of a window: what every position reads. */
template <int ROWS, int V> struct patches {
    typedef share<ROWS, V, true> at;
    const window &w;
    place places[at::COUNT], tap;
    int64_t c; /* channel, inside the tap */

    __device__ patches(const window &from, int64_t first, int64_t k) : w(from)
    {
#pragma unroll
        for (int i = 0; i < at::COUNT; i++) {
            int64_t row = first + at::row(i);
            places[i] = place_of(w, row < w.positions() ? row : 0);
            places[i].batch = row < w.positions() ? places[i].batch : -1;
        }
        c = k + at::k(0);
        tap = tap_of(w.taps, 0);
        settle();
    }
    __device__ void settle()
    {
        while (c >= w.channels) {
            c -= w.channels;
            bool row_ends = ++tap.at[2] == w.taps[2];
            tap.at[2] = row_ends ? 0 : tap.at[2];
            tap.at[1] += row_ends;
            bool plane_ends = tap.at[1] == w.taps[1];
            tap.at[1] = plane_ends ? 0 : tap.at[1];
            tap.at[0] += plane_ends;
        }
    }
    __device__ void advance()
    {
        c += K_STEP;
        settle();
    }
    __device__ reel_floats<V> fetch(int i) const
    {
        bool exists = places[i].batch >= 0 && tap.at[0] < w.taps[0];
        return exists ? read<V>(w, places[i], tap, c) : reel_floats<V>{};
    }
};

/* The transpose of it, [taps * channels, positions]. */
template <int ROWS, int V> struct patch_columns {
    typedef share<ROWS, V, false> at;
    const window &w;
    place tap;
    int64_t c, k, k_end;

    __device__ patch_columns(const window &from, int64_t first, int64_t begin, int64_t end)
        : w(from), k(begin), k_end(end)
    {
        int64_t n = first + at::row(0);
        unsigned number = (unsigned)(n / w.channels);
        c = n - (int64_t)number * w.channels;
        tap = tap_of(w.taps, number);
    }
    __device__ void advance()
    {
        k += K_STEP;
    }
    __device__ reel_floats<V> fetch(int i) const
    {
        int64_t position = k + at::k(i);
        bool exists = position < k_end && tap.at[0] < w.taps[0];
        return exists ? read<V>(w, place_of(w, position), tap, c) : reel_floats<V>{};
    }
};

/* A matrix as it lies: [rows, k] for ALONG_K, [k, rows] otherwise; V numbers are together. */
template <int ROWS, int V, bool ALONG_K> struct plain {
    typedef share<ROWS, V, ALONG_K> at;
    const float *x;
    int64_t rows, first, k, k_end, pitch; /* pitch: from one stored line to the next */

    __device__ plain(const float *from, int64_t all, int64_t line, int64_t row, int64_t begin,
                     int64_t end)
        : x(from), rows(all), first(row), k(begin), k_end(end), pitch(line)
    {
    }
    __device__ void advance()
    {
        k += K_STEP;
    }
    __device__ reel_floats<V> fetch(int i) const
    {
        int64_t row = first + at::row(i), at_k = k + at::k(i);
        if (row >= rows || at_k >= k_end) {
            return {};
        }
        return reel_load<V>(x + (ALONG_K ? row * pitch + at_k : at_k * pitch + row));
    }
};

/* The weight [Co, all taps, Ci] as the factor [Ci, taps * Co] of the gradient of x, for the taps
 * first + j * step along every axis. */
struct tap_choice {
    int kernel[3], first[3], step[3], taps[3];
};

template <int ROWS, int V> struct weight_columns {
    typedef share<ROWS, V, false> at;
    const float *w;
    const tap_choice &t;
    int64_t in, out, row, k;

    __device__ weight_columns(const float *weight, const tap_choice &choice, int64_t ci, int64_t co,
                              int64_t first)
        : w(weight), t(choice), in(ci), out(co), row(first + at::row(0)), k(0)
    {
    }
    __device__ void advance()
    {
        k += K_STEP;
    }
    __device__ reel_floats<V> fetch(int i) const
    {
        unsigned at_k = (unsigned)(k + at::k(i)), tap = at_k / (unsigned)out;
        place j = tap_of(t.taps, tap);
        if (row >= in || j.at[0] >= t.taps[0]) {
            return {};
        }
        int64_t number = t.first[0] + j.at[0] * t.step[0];
        number = number * t.kernel[1] + t.first[1] + j.at[1] * t.step[1];
        number = number * t.kernel[2] + t.first[2] + j.at[2] * t.step[2];
        int64_t all = (int64_t)t.kernel[0] * t.kernel[1] * t.kernel[2];
        int64_t o = at_k - tap * (unsigned)out;
        return reel_load<V>(w + (o * all + number) * in + row);
    }
};
} // namespace conv

#endif
