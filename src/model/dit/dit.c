/* The forward pass of both towers, block by block, with the coupling between them. */
#include "model/dit/dit.h"

#include "model/dit/velocity_skip.h"
#include "tensor/recompute.h"
#include "tensor/reuse.h"

/* Shapes that no operator further down would explain well. */
static void check_input(reel_rt *rt, const reel_dit *dit, const reel_dit_input *in)
{
    const reel_dit_config *c = &dit->config;
    const reel_tensor *v = in->video, *a = in->audio, *t = in->text;
    if (!v && !a) {
        reel_fail_tensor(rt, REEL_ERR_INVALID, "dit: neither video nor audio is given");
    } else if (!t || t->rank != 3 || t->dim[1] < 1 || t->dim[2] != c->text_width) {
        reel_fail_tensor(rt, REEL_ERR_SHAPE, "dit: text is %s, expected [B, Lt, %d]",
                         t ? reel_shape(t).text : "absent", c->text_width);
    } else if (v && (v->rank != 5 || v->dim[4] != 2 * c->video_channels + 1 ||
                     v->dim[2] % c->patch != 0 || v->dim[3] % c->patch != 0)) {
        reel_fail_tensor(rt, REEL_ERR_SHAPE,
                         "dit: video is %s, expected [B, F, H, W, %d] with H and W multiples of %d",
                         reel_shape(v).text, 2 * c->video_channels + 1, c->patch);
    } else if (a && (a->rank != 3 || a->dim[2] != 2 * c->audio_channels + 1)) {
        reel_fail_tensor(rt, REEL_ERR_SHAPE, "dit: audio is %s, expected [B, La, %d]",
                         reel_shape(a).text, 2 * c->audio_channels + 1);
    } else if ((v && v->dim[0] != t->dim[0]) || (a && a->dim[0] != t->dim[0])) {
        reel_fail_tensor(
            rt, REEL_ERR_SHAPE, "dit: batches differ: text %lld, video %lld, audio %lld",
            (long long)t->dim[0], v ? (long long)v->dim[0] : 0, a ? (long long)a->dim[0] : 0);
    } else if ((v && !in->sigma_video) || (a && !in->sigma_audio)) {
        reel_fail_tensor(rt, REEL_ERR_INVALID, "dit: a modality has no sigma");
    } else if ((v && (in->video_references < 0 || in->video_references >= v->dim[1])) ||
               (a && (in->audio_references < 0 || in->audio_references >= a->dim[1]))) {
        reel_fail_tensor(rt, REEL_ERR_INVALID, "dit: references leave nothing to generate");
    }
}

static reel_tower_input video_input(reel_rt *rt, const reel_dit *dit, const reel_dit_input *in)
{
    const reel_dit_config *c = &dit->config;
    const double fps = in->frames_per_second > 0 ? in->frames_per_second : c->frames_per_second;
    reel_tower_input t = {
        .latent = in->video,
        .sigma = in->sigma_video,
        .mask = in->video_mask,
        .text = in->text,
        .text_mask = in->text_mask,
        .grid = { .frames = in->video->dim[1],
                  .references = in->video_references,
                  .rows = in->video->dim[2] / c->patch,
                  .columns = in->video->dim[3] / c->patch,
                  .frames_per_second = fps },
    };
    t.positions = reel_dit_positions_video(rt, c, &t.grid);
    return t;
}

static reel_tower_input audio_input(reel_rt *rt, const reel_dit *dit, const reel_dit_input *in)
{
    const int64_t batch = in->audio->dim[0], length = in->audio->dim[1];
    reel_tower_input t = {
        .latent = REEL_VIEW(rt, in->audio, batch, length, 1, 1, reel_width(in->audio)),
        .sigma = in->sigma_audio,
        .mask = in->audio_mask,
        .text = in->text,
        .text_mask = in->text_mask,
        .grid = { .frames = length, .references = in->audio_references, .rows = 1, .columns = 1 },
    };
    t.positions = reel_dit_positions_audio(rt, &dit->config, &t.grid);
    return t;
}

static reel_coupling_clock clock_build(reel_rt *rt, const reel_dit_config *c,
                                       const reel_tower_input *video, const reel_tower_input *audio)
{
    reel_coupling_clock clock = {
        .video = video->positions,
        .audio = audio->positions,
        .video_mask = video->mask,
        .audio_mask = audio->mask,
        .grid = &video->grid,
    };
    if (c->time_alignment) {
        clock.map = reel_dit_time_map_build(rt, c, &video->grid, &audio->grid);
    }
    if (c->av_sigma_count > 0) {
        float sigma[REEL_DIT_MAX_HEADS];
        for (int h = 0; h < c->av_sigma_count; h++) {
            sigma[h] = (float)c->av_sigma[h];
        }
        clock.time_sigma = REEL_FROM_HOST(rt, REEL_F32, sigma, c->av_sigma_count);
    }
    return clock;
}

/* The towers in the middle of a forward pass; one of them may be absent. */
typedef struct {
    const reel_dit *dit;
    const reel_tower *tower[REEL_DIT_STREAMS]; /* video, audio; NULL: absent */
    reel_tower_pass pass[REEL_DIT_STREAMS];
    reel_coupling_clock clock; /* of both; its grid is the one below */
    reel_dit_grid grid;        /* of the video */
    int block;                 /* the next one */
} towers;

static void each_tower(reel_rt *rt, towers *t, int block,
                       void (*half)(reel_rt *, const reel_tower *, reel_tower_pass *, int))
{
    static const char *const names[REEL_DIT_STREAMS] = { "video", "audio" };
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        if (t->tower[s]) {
            reel_scope_enter(rt, "%s", names[s]);
            half(rt, t->tower[s], &t->pass[s], block);
            reel_scope_leave(rt);
        }
    }
}

static void run_block(reel_rt *rt, towers *t, int block)
{
    reel_scope_enter(rt, "block %d", block);
    each_tower(rt, t, block, reel_tower_attend);
    if (t->tower[0] && t->tower[1]) {
        reel_tensor **video = &t->pass[0].state.tokens.x, **audio = &t->pass[1].state.tokens.x;
        const reel_streams h = reel_coupling_forward(rt, &t->dit->couplings[block],
                                                     (reel_streams){ *video, *audio }, &t->clock);
        *video = h.video;
        *audio = h.audio;
    }
    each_tower(rt, t, block, reel_tower_feed_forward);
    reel_scope_leave(rt);
}

/* A block as a segment. Inputs and outputs are, for each tower, tokens and text; the inputs then
 * have the modulations that all blocks share. The last block hands the text on as it is. */
enum { SEGMENT_INPUTS = 4 * REEL_DIT_STREAMS };

static void block_segment(reel_rt *rt, const void *user, reel_tensor *const *in, reel_tensor **out)
{
    towers t = *(const towers *)user;
    t.clock.grid = &t.grid;
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        t.pass[s].tokens = (reel_dit_tokens){ in[4 * s], in[4 * s + 1] };
        t.pass[s].context.x_modulation = in[4 * s + 2];
        t.pass[s].context.text_modulation = in[4 * s + 3];
    }
    run_block(rt, &t, t.block);
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        int text_is_new = t.pass[s].tokens.text != in[4 * s + 1];
        out[2 * s] = t.pass[s].tokens.x;
        out[2 * s + 1] = text_is_new ? t.pass[s].tokens.text : NULL;
    }
}

static void recompute_block(reel_rt *rt, towers *t, int block)
{
    reel_tensor *in[SEGMENT_INPUTS], *out[2 * REEL_DIT_STREAMS] = { NULL };
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        in[4 * s] = t->pass[s].tokens.x;
        in[4 * s + 1] = t->pass[s].tokens.text;
        in[4 * s + 2] = t->pass[s].context.x_modulation;
        in[4 * s + 3] = t->pass[s].context.text_modulation;
    }
    t->block = block;
    const reel_segment segment = { .run = block_segment,
                                   .user = t,
                                   .user_size = sizeof *t,
                                   .in_count = SEGMENT_INPUTS,
                                   .out_count = 2 * REEL_DIT_STREAMS };
    reel_recompute(rt, &segment, in, out);
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        t->pass[s].tokens.x = out[2 * s];
        t->pass[s].tokens.text = out[2 * s + 1] ? out[2 * s + 1] : t->pass[s].tokens.text;
    }
}

static void run_later_blocks(reel_rt *rt, towers *t, const reel_dit_input *input)
{
    void (*run)(reel_rt *, towers *, int) = input->recompute ? recompute_block : run_block;
    for (int i = 1; i < t->dit->video.block_count; i++) {
        run(rt, t, i);
    }
}

/* All blocks behind the first, or what they added in an earlier step. */
static void run_or_add_later_blocks(reel_rt *rt, towers *t, const reel_dit_input *input)
{
    reel_dit_step_cache *cache = input->step_cache;
    reel_tensor *first[REEL_DIT_STREAMS] = { t->pass[0].tokens.x, t->pass[1].tokens.x };
    int is_short = 1;
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        is_short = is_short && (!t->tower[s] || reel_dit_step_cache_holds(rt, cache, s, first[s]));
    }
    const reel_stretch later = reel_stretch_begin(rt); /* `first` is older */
    if (!is_short) {
        run_later_blocks(rt, t, input);
    }
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        if (t->tower[s] && is_short) {
            t->pass[s].tokens.x = reel_dit_step_cache_add(rt, cache, s, first[s]);
        } else if (t->tower[s]) {
            reel_dit_step_cache_keep(rt, cache, s, first[s], t->pass[s].tokens.x);
        }
    }
    reel_stretch_keep(rt, &later, (reel_tensor *[]){ t->pass[0].tokens.x, t->pass[1].tokens.x },
                      REEL_DIT_STREAMS);
}

static reel_dit_output run_towers(reel_rt *rt, const reel_dit *dit,
                                  const reel_tower_input *const input[REEL_DIT_STREAMS],
                                  const reel_dit_input *asked)
{
    towers t = { .dit = dit };
    const reel_tower *all[REEL_DIT_STREAMS] = { &dit->video, &dit->audio };
    reel_tensor *own[REEL_DIT_STREAMS] = { NULL }, *end[REEL_DIT_STREAMS] = { NULL };
    if (input[0] && input[1]) {
        t.clock = clock_build(rt, &dit->config, input[0], input[1]);
        t.grid = input[0]->grid;
    }
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        t.tower[s] = input[s] ? all[s] : NULL;
        own[s] = input[s] ? reel_dit_timestep_own(rt, &all[s]->timestep, input[s]->sigma,
                                                  input[s]->latent->dim[0])
                          : NULL;
    }
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        if (t.tower[s]) {
            t.pass[s] = reel_tower_begin(rt, t.tower[s], input[s], own[s], own[1 - s]);
        }
    }
    (asked->recompute ? recompute_block : run_block)(rt, &t, 0);
    (asked->step_cache ? run_or_add_later_blocks : run_later_blocks)(rt, &t, asked);
    for (int s = 0; s < REEL_DIT_STREAMS; s++) {
        end[s] = input[s] ? reel_tower_end(rt, t.tower[s], &t.pass[s], input[s]) : NULL;
    }
    return (reel_dit_output){ .video = end[0], .audio = end[1] };
}

/* residual [B, F, H, W, C] of the tower -> the velocity. */
static reel_tensor *velocity(reel_rt *rt, const reel_dit *dit, reel_tensor *residual,
                             const reel_tower_input *input, const double *deviation)
{
    if (!dit->config.velocity_skip) {
        return residual;
    }
    const reel_dit_grid *grid = &input->grid;
    reel_tensor *noisy = reel_slice(rt, input->latent, 4, 0, reel_width(residual));
    if (grid->references > 0) {
        noisy = reel_slice(rt, noisy, 1, grid->references, grid->frames - grid->references);
    }
    return reel_velocity_skip(rt, residual, noisy, input->sigma, deviation);
}

reel_dit_output reel_dit_forward(reel_rt *rt, const reel_dit *dit, const reel_dit_input *input)
{
    reel_dit_output out = { 0 };
    check_input(rt, dit, input);
    if (rt->status < 0) {
        out.video = input->video ? &rt->poison : NULL;
        out.audio = input->audio ? &rt->poison : NULL;
        return out;
    }
    reel_scope_enter(rt, "dit");
    reel_tower_input video = { 0 }, audio = { 0 };
    if (input->video) {
        video = video_input(rt, dit, input);
    }
    if (input->audio) {
        audio = audio_input(rt, dit, input);
    }
    const reel_tower_input *present[REEL_DIT_STREAMS] = { input->video ? &video : NULL,
                                                          input->audio ? &audio : NULL };
    out = run_towers(rt, dit, present, input);
    if (out.video) {
        out.video = velocity(rt, dit, out.video, &video,
                             dit->config.video_std_count ? dit->config.video_std : NULL);
    }
    if (out.audio) {
        out.audio = velocity(rt, dit, out.audio, &audio,
                             dit->config.audio_std_count ? dit->config.audio_std : NULL);
        out.audio =
            REEL_VIEW(rt, out.audio, out.audio->dim[0], out.audio->dim[1], reel_width(out.audio));
    }
    reel_scope_leave(rt);
    return out;
}

reel_tensor *reel_dit_pack(reel_rt *rt, reel_tensor *noisy, reel_tensor *condition,
                           reel_tensor *mask)
{
    const int axis = noisy->rank - 1;
    return reel_concat(rt, reel_concat(rt, noisy, condition, axis), mask, axis);
}
