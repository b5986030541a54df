/* The forward pass of both towers, block by block, with the coupling between them. */
#include "model/dit/dit.h"

#include "model/dit/velocity_skip.h"

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

/* One tower alone. */
static reel_tensor *forward_alone(reel_rt *rt, const reel_tower *tower,
                                  const reel_tower_input *input)
{
    reel_tensor *own =
        reel_dit_timestep_own(rt, &tower->timestep, input->sigma, input->latent->dim[0]);
    reel_tower_pass pass = reel_tower_begin(rt, tower, input, own, NULL);
    for (int i = 0; i < tower->block_count; i++) {
        reel_scope_enter(rt, "block %d", i);
        reel_tower_attend(rt, tower, &pass, i);
        reel_tower_feed_forward(rt, tower, &pass, i);
        reel_scope_leave(rt);
    }
    return reel_tower_end(rt, tower, &pass, input);
}

static reel_dit_output forward_joint(reel_rt *rt, const reel_dit *dit,
                                     const reel_tower_input *video, const reel_tower_input *audio)
{
    const int64_t batch = video->latent->dim[0];
    const reel_coupling_clock clock = clock_build(rt, &dit->config, video, audio);
    reel_tensor *video_own = reel_dit_timestep_own(rt, &dit->video.timestep, video->sigma, batch);
    reel_tensor *audio_own = reel_dit_timestep_own(rt, &dit->audio.timestep, audio->sigma, batch);
    reel_tower_pass v = reel_tower_begin(rt, &dit->video, video, video_own, audio_own);
    reel_tower_pass a = reel_tower_begin(rt, &dit->audio, audio, audio_own, video_own);
    for (int i = 0; i < dit->video.block_count; i++) {
        reel_scope_enter(rt, "block %d", i);
        reel_tower_attend(rt, &dit->video, &v, i);
        reel_tower_attend(rt, &dit->audio, &a, i);
        const reel_streams h = reel_coupling_forward(
            rt, &dit->couplings[i], (reel_streams){ v.state.tokens.x, a.state.tokens.x }, &clock);
        v.state.tokens.x = h.video;
        a.state.tokens.x = h.audio;
        reel_tower_feed_forward(rt, &dit->video, &v, i);
        reel_tower_feed_forward(rt, &dit->audio, &a, i);
        reel_scope_leave(rt);
    }
    reel_dit_output out;
    out.video = reel_tower_end(rt, &dit->video, &v, video);
    out.audio = reel_tower_end(rt, &dit->audio, &a, audio);
    return out;
}

/* residual [B, F, H, W, C] of the tower -> the velocity. */
static reel_tensor *velocity(reel_rt *rt, const reel_dit *dit, reel_tensor *residual,
                             const reel_tower_input *input)
{
    if (!dit->config.velocity_skip) {
        return residual;
    }
    const reel_dit_grid *grid = &input->grid;
    reel_tensor *noisy = reel_slice(rt, input->latent, 4, 0, reel_width(residual));
    if (grid->references > 0) {
        noisy = reel_slice(rt, noisy, 1, grid->references, grid->frames - grid->references);
    }
    return reel_velocity_skip(rt, residual, noisy, input->sigma);
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
    if (input->video && input->audio) {
        out = forward_joint(rt, dit, &video, &audio);
    } else if (input->video) {
        out.video = forward_alone(rt, &dit->video, &video);
    } else {
        out.audio = forward_alone(rt, &dit->audio, &audio);
    }
    if (out.video) {
        out.video = velocity(rt, dit, out.video, &video);
    }
    if (out.audio) {
        out.audio = velocity(rt, dit, out.audio, &audio);
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
