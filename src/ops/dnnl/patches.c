/* Gathering and scattering the patches of a convolution, one output row at a time. */
#include "ops/dnnl/patches.h"

#include <stddef.h>

enum { GROUP_COLUMNS = 96 /* a product with fewer columns loses speed */ };

static int64_t run_width(const reel_conv_shape *s)
{
    return s->kernel[2] * s->in_channels;
}

static int64_t runs_per_group(const reel_conv_shape *s)
{
    int64_t all = s->kernel[0] * s->kernel[1];
    if (run_width(s) >= GROUP_COLUMNS) {
        return 1;
    }
    return run_width(s) * s->kernel[1] >= GROUP_COLUMNS ? s->kernel[1] : all;
}

int64_t reel_tap_group_count(const reel_conv_shape *s)
{
    return s->kernel[0] * s->kernel[1] / runs_per_group(s);
}

reel_tap_group reel_tap_group_at(const reel_conv_shape *s, int64_t n)
{
    int64_t runs = runs_per_group(s);
    return (reel_tap_group){ n * runs, runs, n * runs * run_width(s), runs * run_width(s) };
}

/* Consecutive output positions of one output row, and what one run of taps reads for them. */
typedef struct {
    int64_t source;       /* of the row of x in elements, -1 for zeros */
    int64_t first, count; /* w of the output */
} row_segment;

static row_segment segment_at(const reel_conv_shape *s, int64_t position, int64_t left, int64_t run)
{
    int64_t row = position / s->out[2], frame = row / s->out[1];
    int64_t t = reel_conv_source(s, 0, frame % s->out[0], run / s->kernel[1]);
    int64_t h = reel_conv_source(s, 1, row % s->out[1], run % s->kernel[1]);
    row_segment r = { .source = -1, .first = position % s->out[2] };
    r.count = s->out[2] - r.first < left ? s->out[2] - r.first : left;
    if (t >= 0 && h >= 0) {
        r.source = (((frame / s->out[0]) * s->in[0] + t) * s->in[1] + h) * s->in[2];
        r.source *= s->in_channels;
    }
    return r;
}

/* Columns of a run that lie inside the row of x, for output position w: [from, to). */
typedef struct {
    int64_t start; /* element of the row that column 0 reads; may be negative */
    int64_t from, to;
} run_span;

static run_span span_at(const reel_conv_shape *s, int64_t w)
{
    int64_t width = run_width(s), end = s->in[2] * s->in_channels;
    run_span span = { .start = (w * s->stride[2] - s->pad[2]) * s->in_channels };
    span.from = span.start < 0 ? -span.start : 0;
    span.from = span.from < width ? span.from : width;
    span.to = end - span.start < width ? end - span.start : width;
    span.to = span.to > span.from ? span.to : span.from;
    return span;
}

static void gather_segment(const reel_conv_shape *s, const row_segment *r, const float *x,
                           float *patches, int64_t stride)
{
    int64_t width = run_width(s);
    for (int64_t w = 0; w < r->count; w++) {
        run_span span = span_at(s, r->first + w);
        int64_t inside = r->source < 0 ? 0 : span.to - span.from;
        const float *restrict from = inside ? x + (r->source + span.start + span.from) : NULL;
        float *restrict to = patches + w * stride;
        int64_t before = inside ? span.from : width;
        for (int64_t c = 0; c < before; c++) {
            to[c] = 0.0f;
        }
        for (int64_t c = 0; c < inside; c++) {
            to[before + c] = from[c];
        }
        for (int64_t c = before + inside; c < width; c++) {
            to[c] = 0.0f;
        }
    }
}

void reel_patches_gather(const reel_conv_shape *s, const reel_tap_group *group, const float *x,
                         int64_t first, int64_t count, float *patches)
{
    for (int64_t run = 0; run < group->runs; run++) {
        for (int64_t done = 0; done < count;) {
            row_segment r = segment_at(s, first + done, count - done, group->first_run + run);
            gather_segment(s, &r, x, patches + done * group->columns + run * run_width(s),
                           group->columns);
            done += r.count;
        }
    }
}

static void scatter_segment(const reel_conv_shape *s, const row_segment *r, const float *patches,
                            int64_t stride, float *dx)
{
    for (int64_t w = 0; w < r->count && r->source >= 0; w++) {
        run_span span = span_at(s, r->first + w);
        if (span.from < span.to) {
            const float *restrict from = patches + w * stride + span.from;
            float *restrict to = dx + (r->source + span.start + span.from);
            for (int64_t c = 0; c < span.to - span.from; c++) {
                to[c] += from[c];
            }
        }
    }
}

void reel_patches_scatter(const reel_conv_shape *s, const reel_tap_group *group,
                          const float *patches, int64_t first, int64_t count, float *dx)
{
    for (int64_t run = 0; run < group->runs; run++) {
        for (int64_t done = 0; done < count;) {
            row_segment r = segment_at(s, first + done, count - done, group->first_run + run);
            scatter_segment(s, &r, patches + done * group->columns + run * run_width(s),
                            group->columns, dx);
            done += r.count;
        }
    }
}
