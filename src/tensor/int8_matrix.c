/* Quantising weights into panels. */
#include "tensor/int8_matrix.h"

#include <math.h>

enum { ALIGN = 64, LARGEST = 127 };

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

size_t reel_int8_matrix_bytes(int64_t out, int64_t in)
{
    size_t outputs = (size_t)reel_int8_panels(out) * REEL_INT8_PANEL;
    return aligned(outputs * sizeof(float)) + aligned(outputs * sizeof(int32_t)) +
           aligned(outputs * (size_t)reel_int8_groups(in) * REEL_INT8_GROUP);
}

reel_int8_matrix reel_int8_matrix_view(void *memory, int64_t out, int64_t in)
{
    size_t outputs = (size_t)reel_int8_panels(out) * REEL_INT8_PANEL;
    char *at = memory;
    reel_int8_matrix m = { .out = out, .in = in, .scale = memory };
    at += aligned(outputs * sizeof(float));
    m.sum = (void *)at;
    at += aligned(outputs * sizeof(int32_t));
    m.panels = (void *)at;
    return m;
}

/* Where input 0 of a row lies; input i is i % 4 bytes and i / 4 groups further. */
static int8_t *row_begin(const reel_int8_matrix *m, int64_t row)
{
    int64_t panel = row / REEL_INT8_PANEL, lane = row % REEL_INT8_PANEL;
    return m->panels + (panel * reel_int8_groups(m->in) * REEL_INT8_PANEL + lane) * REEL_INT8_GROUP;
}

static int64_t place_of(int64_t i)
{
    return i / REEL_INT8_GROUP * REEL_INT8_PANEL * REEL_INT8_GROUP + i % REEL_INT8_GROUP;
}

void reel_int8_matrix_set_row(const reel_int8_matrix *m, int64_t row, const float *values)
{
    float largest = 0.0f;
    int is_finite = 1;
    for (int64_t i = 0; i < m->in; i++) {
        is_finite &= isfinite(values[i]) != 0;
        largest = fmaxf(largest, fabsf(values[i]));
    }
    /* in double: 127 / largest overflows where the largest is a denormal */
    const double inverse = is_finite && largest > 0.0f ? LARGEST / (double)largest : 0.0;
    int8_t *to = row_begin(m, row);
    int32_t sum = 0;
    for (int64_t i = 0; i < m->in; i++) {
        int q = is_finite ? (int)rint(values[i] * inverse) : 0;
        to[place_of(i)] = (int8_t)q;
        sum += q;
    }
    m->scale[row] = is_finite ? (float)(largest / (double)LARGEST) : NAN;
    m->sum[row] = sum;
}

void reel_int8_matrix_set_bytes(const reel_int8_matrix *m, int64_t row, const int8_t *bytes,
                                float scale)
{
    int8_t *to = row_begin(m, row);
    int32_t sum = 0;
    for (int64_t i = 0; i < m->in; i++) {
        int8_t q = bytes[i] < -LARGEST ? -LARGEST : bytes[i];
        to[place_of(i)] = q;
        sum += q;
    }
    m->scale[row] = scale;
    m->sum[row] = sum;
}

float reel_int8_matrix_get_bytes(int8_t *bytes, const reel_int8_matrix *m, int64_t row)
{
    const int8_t *from = row_begin(m, row);
    for (int64_t i = 0; i < m->in; i++) {
        bytes[i] = from[place_of(i)];
    }
    return m->scale[row];
}
