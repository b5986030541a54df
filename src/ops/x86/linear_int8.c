/* The linear layer in 8 bits on AVX512-VNNI, whose instruction multiplies unsigned bytes by signed
 * ones: rows of x are kept as a + 128, and every sum begins at -128 times the sum of the weights.
 */
#include "ops/linear_int8.h"

#include <immintrin.h>
#include <math.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,fma")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum {
    LANES = 16,    /* of a register of 32-bit numbers: a panel's outputs */
    ROWS = 6,      /* of a block in registers */
    PANELS = 4,    /* of a block in registers */
    TILE_ROWS = 96 /* a multiple of ROWS: what one thread takes at a time, with PANELS panels */
};

/* --- rows to bytes --------------------------------------------------------------------------- */

TARGET static float quantise(uint8_t *to, const float *x, int64_t in)
{
    const int64_t stored = reel_int8_groups(in) * REEL_INT8_GROUP;
    const __m512i magnitude = _mm512_set1_epi32(0x7fffffff);
    __m512i top = _mm512_setzero_si512(); /* as integers, patterns of numbers keep their order */
    for (int64_t i = 0; i < in; i += LANES) {
        __mmask16 mask = (__mmask16)(in - i >= LANES ? 0xffff : (1 << (in - i)) - 1);
        __m512i bits = _mm512_castps_si512(_mm512_maskz_loadu_ps(mask, x + i));
        top = _mm512_max_epi32(top, _mm512_and_si512(bits, magnitude));
    }
    const int32_t pattern = _mm512_reduce_max_epi32(top);
    const float largest = _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(pattern)));
    const int is_finite = pattern < 0x7f800000;
    const float inverse = is_finite && largest >= REEL_INT8_ZERO ? 127.0f / largest : 0.0f;
    const __m512 factor = _mm512_set1_ps(inverse);
    const __m512i offset = _mm512_set1_epi32(128);
    for (int64_t i = 0; i < stored; i += LANES) {
        __mmask16 mask = (__mmask16)(in - i >= LANES ? 0xffff : (1 << (in - i)) - 1);
        __mmask16 kept = (__mmask16)(stored - i >= LANES ? 0xffff : (1 << (stored - i)) - 1);
        __m512 scaled = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, x + i), factor);
        __m512i q = _mm512_add_epi32(_mm512_cvtps_epi32(scaled), offset);
        _mm512_mask_cvtepi32_storeu_epi8(to + i, kept, q);
    }
    return !is_finite ? NAN : inverse > 0.0f ? largest / 127.0f : 0.0f;
}

/* --- sums in registers ----------------------------------------------------------------------- */

/* Four products to each of 16 sums. As an instruction of its own because gcc 12, given the
 * intrinsic, reads weights from memory again and again and then runs out of registers. */
INLINE __m512i add_products(__m512i sum, __m512i token, __m512i weight)
{
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(token), "v"(weight));
    return sum;
}

/* `rows` rows from `row` by `panels` panels from `panel`; both are constants where it is called. */
INLINE void multiply(const reel_linear_int8_args *a, int64_t row, int64_t panel, int rows,
                     int panels)
{
    const int64_t groups = reel_int8_groups(a->w.in), stride = groups * REEL_INT8_GROUP;
    const uint8_t *x = a->row_byte + row * stride;
    const int8_t *w = a->w.panels + panel * LANES * stride;
    __m512i sum[ROWS][PANELS];
#pragma GCC unroll 6
    for (int p = 0; p < panels; p++) {
        __m512i all = _mm512_loadu_si512(a->w.sum + (panel + p) * LANES);
        sum[0][p] = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(all, 7));
#pragma GCC unroll 6
        for (int r = 1; r < rows; r++) {
            sum[r][p] = sum[0][p];
        }
    }
    for (int64_t g = 0; g < groups; g++) {
        __m512i weight[PANELS];
#pragma GCC unroll 6
        for (int p = 0; p < panels; p++) {
            weight[p] = _mm512_loadu_si512(w + (p * groups + g) * LANES * REEL_INT8_GROUP);
        }
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            int32_t four;
            __builtin_memcpy(&four, x + r * stride + g * REEL_INT8_GROUP, sizeof four);
            __m512i token = _mm512_set1_epi32(four);
#pragma GCC unroll 6
            for (int p = 0; p < panels; p++) {
                sum[r][p] = add_products(sum[r][p], token, weight[p]);
            }
        }
    }
#pragma GCC unroll 6
    for (int p = 0; p < panels; p++) {
        const int64_t first = (panel + p) * LANES, left = a->w.out - first;
        const __mmask16 mask = (__mmask16)(left >= LANES ? 0xffff : (1 << left) - 1);
        const __m512 scale = _mm512_loadu_ps(a->w.scale + first);
        const __m512 bias = a->b ? _mm512_maskz_loadu_ps(mask, a->b + first) : _mm512_setzero_ps();
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            __m512 both = _mm512_mul_ps(_mm512_set1_ps(a->row_scale[row + r]), scale);
            __m512 y = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum[r][p]), both, bias);
            _mm512_mask_storeu_ps(a->y + (row + r) * a->w.out + first, mask, y);
        }
    }
}

TARGET static void multiply_tile(const reel_linear_int8_args *a, int64_t row, int64_t panel)
{
    const int64_t row_end = row + TILE_ROWS < a->rows ? row + TILE_ROWS : a->rows;
    const int64_t last = reel_int8_panels(a->w.out);
    const int is_whole = panel + PANELS <= last;
    for (; is_whole && row + ROWS <= row_end; row += ROWS) {
        multiply(a, row, panel, ROWS, PANELS);
    }
    for (; is_whole && row < row_end; row++) {
        multiply(a, row, panel, 1, PANELS);
    }
    for (int64_t p = panel; p < last && !is_whole; p++) {
        int64_t r = row;
        for (; r + ROWS <= row_end; r += ROWS) {
            multiply(a, r, p, ROWS, 1);
        }
        for (; r < row_end; r++) {
            multiply(a, r, p, 1, 1);
        }
    }
}

/* --- the kernel ------------------------------------------------------------------------------ */

static reel_status forward(const reel_linear_int8_args *a)
{
    const int64_t stride = reel_int8_groups(a->w.in) * REEL_INT8_GROUP;
    const int64_t across = (reel_int8_panels(a->w.out) + PANELS - 1) / PANELS;
    const int64_t tiles = (a->rows + TILE_ROWS - 1) / TILE_ROWS * across;
#pragma omp parallel
    {
#pragma omp for schedule(static)
        for (int64_t r = 0; r < a->rows; r++) {
            a->row_scale[r] = quantise(a->row_byte + r * stride, a->x + r * a->w.in, a->w.in);
        }
#pragma omp for schedule(dynamic)
        for (int64_t n = 0; n < tiles; n++) {
            multiply_tile(a, n / across * TILE_ROWS, n % across * PANELS);
        }
    }
    return REEL_OK;
}

const reel_linear_int8_kernels reel_linear_int8_vnni = { forward };
