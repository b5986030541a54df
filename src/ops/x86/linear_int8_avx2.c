/* The linear layer in 8 bits on AVX2, with the instruction of AVX-VNNI or without.
 *
 * AVX-VNNI multiplies unsigned bytes by signed ones and sums in 32 bits: rows of x are kept as a +
 * 128, and every sum begins at -128 times the sum of the weights. AVX2 sums pairs of such products
 * in 16 bits, which a + 128 would overflow: rows are kept as a, and |a| times w with the sign of a
 * stays below 2 * 127 * 127 < 2^15. */
#include "ops/linear_int8.h"

#include <immintrin.h>
#include <math.h>

#define TARGET __attribute__((target("avx2,fma")))
#define INLINE TARGET static inline __attribute__((always_inline))

enum {
    LANES = 8,     /* of a register of 32-bit numbers */
    HALVES = 2,    /* registers of a panel's outputs */
    ROWS = 4,      /* of a block in registers */
    TILE_ROWS = 64 /* a multiple of ROWS: what one thread takes at a time, with all panels */
};

/* --- rows to bytes --------------------------------------------------------------------------- */

/* Lanes below `count`. */
INLINE __m256i mask_of(int64_t count)
{
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(count < LANES ? (int)count : LANES), lane);
}

/* The pattern of the largest magnitude: as integers, patterns of numbers keep their order. */
INLINE int32_t largest_of(const float *x, int64_t in)
{
    const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
    __m256i top = _mm256_setzero_si256();
    for (int64_t i = 0; i < in; i += LANES) {
        __m256i bits = _mm256_castps_si256(_mm256_maskload_ps(x + i, mask_of(in - i)));
        top = _mm256_max_epi32(top, _mm256_and_si256(bits, magnitude));
    }
    __m128i half = _mm_max_epi32(_mm256_castsi256_si128(top), _mm256_extracti128_si256(top, 1));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0x4e));
    half = _mm_max_epi32(half, _mm_shuffle_epi32(half, 0xb1));
    return _mm_cvtsi128_si32(half);
}

/* x as bytes a + offset; returns the scale. */
INLINE float quantise(uint8_t *to, const float *x, int64_t in, int offset)
{
    const int64_t stored = reel_int8_groups(in) * REEL_INT8_GROUP;
    const int32_t pattern = largest_of(x, in);
    const float largest = _mm_cvtss_f32(_mm_castsi128_ps(_mm_cvtsi32_si128(pattern)));
    const int is_finite = pattern < 0x7f800000;
    const float inverse = is_finite && largest >= REEL_INT8_ZERO ? 127.0f / largest : 0.0f;
    const __m256i low_bytes = _mm256_set1_epi32(0x0c080400);
    for (int64_t i = 0; i < stored; i += LANES) {
        __m256 scaled =
            _mm256_mul_ps(_mm256_maskload_ps(x + i, mask_of(in - i)), _mm256_set1_ps(inverse));
        __m256i q = _mm256_add_epi32(_mm256_cvtps_epi32(scaled), _mm256_set1_epi32(offset));
        q = _mm256_shuffle_epi8(q, low_bytes);
        const int32_t four[] = { _mm256_extract_epi32(q, 0), _mm256_extract_epi32(q, 4) };
        __builtin_memcpy(to + i, four, stored - i >= LANES ? sizeof four : sizeof *four);
    }
    return !is_finite ? NAN : inverse > 0.0f ? largest / 127.0f : 0.0f;
}

/* --- sums in registers ----------------------------------------------------------------------- */

/* Four products to each of 8 sums; with AVX-VNNI `token` holds a + 128. By its name because the
 * functions here are compiled for AVX2. */
INLINE __m256i add_products(__m256i sum, __m256i token, __m256i weight, int has_vnni)
{
    if (has_vnni) {
        __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(token), "x"(weight));
        return sum;
    }
    const __m256i pairs =
        _mm256_maddubs_epi16(_mm256_abs_epi8(token), _mm256_sign_epi8(weight, token));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

/* y of one row and half a panel, `first` on. */
INLINE void store(const reel_linear_int8_args *a, int64_t row, int64_t first, __m256i sum)
{
    const __m256i mask = mask_of(a->w.out - first);
    const __m256 scale =
        _mm256_mul_ps(_mm256_set1_ps(a->row_scale[row]), _mm256_loadu_ps(a->w.scale + first));
    const __m256 bias = a->b ? _mm256_maskload_ps(a->b + first, mask) : _mm256_setzero_ps();
    _mm256_maskstore_ps(a->y + row * a->w.out + first, mask,
                        _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), scale, bias));
}

/* `rows` rows from `row` by one panel; `rows` and `has_vnni` are constants where it is called. */
INLINE void multiply(const reel_linear_int8_args *a, int64_t row, int64_t panel, int rows,
                     int has_vnni)
{
    const int64_t groups = reel_int8_groups(a->w.in), stride = groups * REEL_INT8_GROUP;
    const int64_t first = panel * REEL_INT8_PANEL;
    const uint8_t *x = a->row_byte + row * stride;
    const __m256i *w = (const __m256i *)(const void *)(a->w.panels + first * stride);
    const __m256i *all = (const __m256i *)(const void *)(a->w.sum + first);
    __m256i sum[ROWS][HALVES];
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int h = 0; h < HALVES; h++) {
            const __m256i of_offset = _mm256_slli_epi32(_mm256_loadu_si256(all + h), 7);
            sum[r][h] = has_vnni ? _mm256_sub_epi32(_mm256_setzero_si256(), of_offset)
                                 : _mm256_setzero_si256();
        }
    }
    for (int64_t g = 0; g < groups; g++) {
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            int32_t four;
            __builtin_memcpy(&four, x + r * stride + g * REEL_INT8_GROUP, sizeof four);
            const __m256i token = _mm256_set1_epi32(four);
#pragma GCC unroll 4
            for (int h = 0; h < HALVES; h++) {
                const __m256i weight = _mm256_loadu_si256(w + g * HALVES + h);
                sum[r][h] = add_products(sum[r][h], token, weight, has_vnni);
            }
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
        for (int h = 0; h < HALVES; h++) {
            store(a, row + r, first + h * LANES, sum[r][h]);
        }
    }
}

INLINE void multiply_tile(const reel_linear_int8_args *a, int64_t first, int has_vnni)
{
    const int64_t end = first + TILE_ROWS < a->rows ? first + TILE_ROWS : a->rows;
    const int64_t panels = reel_int8_panels(a->w.out);
    for (int64_t panel = 0; panel < panels; panel++) {
        int64_t row = first;
        for (; row + ROWS <= end; row += ROWS) {
            multiply(a, row, panel, ROWS, has_vnni);
        }
        for (; row < end; row++) {
            multiply(a, row, panel, 1, has_vnni);
        }
    }
}

/* --- the kernels ----------------------------------------------------------------------------- */

/* Rows first to first + TILE_ROWS, from numbers to numbers. */
INLINE void take_tile(const reel_linear_int8_args *a, int64_t first, int has_vnni)
{
    const int64_t stride = reel_int8_groups(a->w.in) * REEL_INT8_GROUP;
    for (int64_t r = first; r < first + TILE_ROWS && r < a->rows; r++) {
        a->row_scale[r] =
            quantise(a->row_byte + r * stride, a->x + r * a->w.in, a->w.in, has_vnni ? 128 : 0);
    }
    multiply_tile(a, first, has_vnni);
}

TARGET static void take_tile_avx2(const reel_linear_int8_args *a, int64_t first)
{
    take_tile(a, first, 0);
}

TARGET static void take_tile_avxvnni(const reel_linear_int8_args *a, int64_t first)
{
    take_tile(a, first, 1);
}

static reel_status forward_avx2(const reel_linear_int8_args *a)
{
#pragma omp parallel for schedule(dynamic)
    for (int64_t row = 0; row < a->rows; row += TILE_ROWS) {
        take_tile_avx2(a, row);
    }
    return REEL_OK;
}

static reel_status forward_avxvnni(const reel_linear_int8_args *a)
{
#pragma omp parallel for schedule(dynamic)
    for (int64_t row = 0; row < a->rows; row += TILE_ROWS) {
        take_tile_avxvnni(a, row);
    }
    return REEL_OK;
}

const reel_linear_int8_kernels reel_linear_int8_avx2 = { forward_avx2 };
const reel_linear_int8_kernels reel_linear_int8_avxvnni = { forward_avxvnni };
