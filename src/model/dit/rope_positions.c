/* Tables of positions, computed on the host in double precision. */
#include "model/dit/rope_positions.h"

#include <math.h>
#include <stdlib.h>

static const double TWO_PI = 6.283185307179586;

/* The absolute features span these frequencies, geometrically. */
static const double SLOWEST_HZ = 1.0 / 16.0, FASTEST_HZ = 8.0;
static const double SLOWEST_PER_FRAME = 0.5, FASTEST_PER_FRAME = 8.0;

typedef struct {
    const reel_dit_config *config;
    const reel_dit_grid *grid;
    const reel_dit_grid *other; /* of the time map */
    int64_t pairs;              /* rotation pairs per head, K/2 */
} geometry;

typedef void (*fill_row)(float *row, int64_t index, const geometry *g);

/* rows x columns values, row i written by fill(row, i). */
static reel_tensor *table(reel_rt *rt, int64_t rows, int64_t columns, fill_row fill,
                          const geometry *g)
{
    if (rt->status < 0) {
        return &rt->poison;
    }
    float *values = malloc((size_t)(rows * columns) * sizeof *values);
    if (!values) {
        return reel_fail_tensor(rt, REEL_ERR_MEMORY, "positions: no memory for %lld tokens",
                                (long long)rows);
    }
    for (int64_t i = 0; i < rows; i++) {
        fill(values + i * columns, i, g);
    }
    reel_tensor *t = columns == 1 ? REEL_FROM_HOST(rt, REEL_F32, values, rows)
                                  : REEL_FROM_HOST(rt, REEL_F32, values, rows, columns);
    free(values);
    return t;
}

/* --- places -------------------------------------------------------------------------------- */

static double video_seconds(const geometry *g, int64_t token)
{
    const double stride = g->config->temporal_stride;
    const int64_t frame = token / (g->grid->rows * g->grid->columns) - g->grid->references;
    const double pixel_frame =
        frame <= 0 ? stride * (double)frame : stride * (double)frame - (stride - 1.0) / 2.0;
    return pixel_frame / g->grid->frames_per_second;
}

static double audio_seconds(const geometry *g, int64_t token)
{
    return ((double)(token - g->grid->references) + 0.5) / g->config->audio_latents_per_second;
}

/* 0..1 of the frame. */
static double place_y(const geometry *g, int64_t token)
{
    return ((double)(token / g->grid->columns % g->grid->rows) + 0.5) / (double)g->grid->rows;
}

static double place_x(const geometry *g, int64_t token)
{
    return ((double)(token % g->grid->columns) + 0.5) / (double)g->grid->columns;
}

/* --- rotations ----------------------------------------------------------------------------- */

static void rotate(float *angles, int64_t pairs, double position, double base)
{
    for (int64_t i = 0; i < pairs; i++) {
        angles[i] = (float)(position * pow(base, -(double)i / (double)pairs));
    }
}

static void video_angles(float *row, int64_t token, const geometry *g)
{
    const reel_dit_config *c = g->config;
    const double rows = (double)g->grid->rows, columns = (double)g->grid->columns;
    const double unit = c->rope_space_rate / (rows < columns ? rows : columns);
    const int64_t time = c->rope_split[0] / 2, height = c->rope_split[1] / 2;
    rotate(row, time, video_seconds(g, token) * c->rope_video_rate, c->rope_base);
    rotate(row + time, height, (place_y(g, token) - 0.5) * rows * unit, c->rope_base);
    rotate(row + time + height, c->rope_split[2] / 2, (place_x(g, token) - 0.5) * columns * unit,
           c->rope_base);
}

static void audio_angles(float *row, int64_t token, const geometry *g)
{
    rotate(row, g->pairs, audio_seconds(g, token) * g->config->rope_audio_rate,
           g->config->rope_base);
}

static void video_cross_angles(float *row, int64_t token, const geometry *g)
{
    rotate(row, g->pairs, video_seconds(g, token) * g->config->rope_cross_rate,
           g->config->rope_base);
}

static void audio_cross_angles(float *row, int64_t token, const geometry *g)
{
    rotate(row, g->pairs, audio_seconds(g, token) * g->config->rope_cross_rate,
           g->config->rope_base);
}

/* --- absolute features ---------------------------------------------------------------------- */

/* n sines, then n cosines, of frequencies from `slowest` to `fastest`. */
static void waves(float *row, int64_t n, double position, double slowest, double fastest)
{
    for (int64_t i = 0; i < n; i++) {
        const double share = (double)i / (double)(n - 1);
        const double phase = TWO_PI * position * slowest * pow(fastest / slowest, share);
        row[i] = (float)sin(phase);
        row[n + i] = (float)cos(phase);
    }
}

static void video_features(float *row, int64_t token, const geometry *g)
{
    const int64_t n = g->config->position_frequencies;
    waves(row, n, video_seconds(g, token), SLOWEST_HZ, FASTEST_HZ);
    waves(row + 2 * n, n, place_y(g, token), SLOWEST_PER_FRAME, FASTEST_PER_FRAME);
    waves(row + 4 * n, n, place_x(g, token), SLOWEST_PER_FRAME, FASTEST_PER_FRAME);
}

static void audio_features(float *row, int64_t token, const geometry *g)
{
    waves(row, g->config->position_frequencies, audio_seconds(g, token), SLOWEST_HZ, FASTEST_HZ);
}

static void video_clock(float *row, int64_t token, const geometry *g)
{
    *row = (float)video_seconds(g, token);
}

static void audio_clock(float *row, int64_t token, const geometry *g)
{
    *row = (float)audio_seconds(g, token);
}

int64_t reel_dit_position_features(const reel_dit_config *config, int has_space)
{
    return (has_space ? 6 : 2) * (int64_t)config->position_frequencies;
}

reel_dit_positions reel_dit_positions_video(reel_rt *rt, const reel_dit_config *config,
                                            const reel_dit_grid *grid)
{
    const int64_t length = grid->frames * grid->rows * grid->columns;
    const geometry g = { config, grid, NULL, config->width / config->heads / 2 };
    reel_dit_positions p;
    p.angles = table(rt, length, g.pairs, video_angles, &g);
    p.cross_angles = table(rt, length, g.pairs, video_cross_angles, &g);
    p.seconds = table(rt, length, 1, video_clock, &g);
    p.features = table(rt, length, reel_dit_position_features(config, 1), video_features, &g);
    return p;
}

reel_dit_positions reel_dit_positions_audio(reel_rt *rt, const reel_dit_config *config,
                                            const reel_dit_grid *grid)
{
    const geometry g = { config, grid, NULL, config->width / config->heads / 2 };
    reel_dit_positions p;
    p.angles = table(rt, grid->frames, g.pairs, audio_angles, &g);
    p.cross_angles = table(rt, grid->frames, g.pairs, audio_cross_angles, &g);
    p.seconds = table(rt, grid->frames, 1, audio_clock, &g);
    p.features = table(rt, grid->frames, reel_dit_position_features(config, 0), audio_features, &g);
    return p;
}

/* --- the time map --------------------------------------------------------------------------- */

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* g->grid is the sound, g->other the video. */
static void frames_of_audio(float *row, int64_t token, const geometry *g)
{
    const double stride = g->config->temporal_stride;
    const double last = stride * (double)(g->other->frames - g->other->references - 1);
    const double frame = audio_seconds(g, token) * g->other->frames_per_second;
    const double first_row = stride - 1.0 + stride * (double)g->other->references;
    for (int side = -1; side <= 1; side++) {
        row[side + 1] = (float)(first_row + clamp(frame + side, 0.0, last));
    }
}

/* g->grid is the video, g->other the sound. */
static void audio_of_frames(float *row, int64_t index, const geometry *g)
{
    const int64_t stride = g->config->temporal_stride;
    const double frame = (double)(index - stride * g->grid->references - (stride - 1));
    const double seconds = clamp(frame, 0.0, INFINITY) / g->grid->frames_per_second;
    const double latent = seconds * g->config->audio_latents_per_second - 0.5;
    const double last = (double)(g->other->frames - g->other->references - 1);
    *row = (float)((double)g->other->references + clamp(latent, 0.0, last));
}

reel_dit_time_map reel_dit_time_map_build(reel_rt *rt, const reel_dit_config *config,
                                          const reel_dit_grid *video, const reel_dit_grid *audio)
{
    const geometry sound = { config, audio, video, 0 }, film = { config, video, audio, 0 };
    reel_dit_time_map map;
    map.of_audio = table(rt, audio->frames, 3, frames_of_audio, &sound);
    map.of_audio = REEL_VIEW(rt, map.of_audio, 3 * audio->frames);
    map.of_video = table(rt, video->frames * config->temporal_stride, 1, audio_of_frames, &film);
    return map;
}
