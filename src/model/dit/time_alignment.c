/* Frame-aligned features in both directions. */
#include "model/dit/time_alignment.h"

#include "tensor/reuse.h"

void reel_time_alignment_declare(reel_weights *set, reel_time_alignment *p,
                                 const reel_dit_config *config)
{
    const int64_t width = config->width, features = config->alignment_features;
    const int64_t pooled = features * config->alignment_heads;
    const int64_t frames = features * config->temporal_stride;
    const reel_linear_options hidden = { .init = REEL_INIT_LINEAR, .group = REEL_GROUP_MATRIX };
    const reel_linear_options none = { .init = REEL_INIT_ZERO, .group = REEL_GROUP_MATRIX };
    p->heads = config->alignment_heads;
    reel_weights_push(set, "time_alignment");
    reel_linear_declare(set, &p->pool, "pool", width, pooled, hidden);
    REEL_WEIGHT(set, &p->query, "query", REEL_INIT_UNIT, REEL_GROUP_PLAIN, pooled);
    reel_linear_declare(set, &p->frames, "frames", pooled, frames, hidden);
    reel_linear_declare(set, &p->to_audio, "to_audio", 3 * features, width, none);
    reel_linear_declare(set, &p->sounds, "sounds", width, features, hidden);
    reel_linear_declare(set, &p->to_video, "to_video", frames, width, none);
    reel_weights_pop(set);
}

reel_tensor *reel_time_alignment_to_audio(reel_rt *rt, const reel_time_alignment *p,
                                          reel_tensor *video, const reel_dit_grid *grid,
                                          const reel_dit_time_map *map)
{
    reel_scope_enter(rt, "time_alignment");
    const int64_t batch = video->dim[0], slots = batch * grid->frames;
    const int64_t pooled = p->pool.weight->dim[0], features = p->sounds.weight->dim[0];
    const int64_t rows = grid->frames * p->frames.weight->dim[0] / features;
    const reel_attention_options options = { .heads = p->heads };

    reel_tensor *tokens = reel_linear(rt, video, &p->pool);
    tokens = REEL_VIEW(rt, tokens, slots, grid->rows * grid->columns, pooled);
    reel_tensor *query =
        reel_add_rows(rt, reel_zeros(rt, REEL_F32, 3, (int64_t[]){ slots, 1, pooled }), p->query);
    reel_tensor *frames = reel_attention(rt, query, tokens, tokens, &options);
    REEL_DONE(rt, tokens);
    frames = reel_linear(rt, REEL_VIEW(rt, frames, batch, grid->frames, pooled), &p->frames);

    frames = REEL_VIEW(rt, frames, batch, rows, features);
    reel_tensor *read = reel_interpolate(rt, frames, map->of_audio); /* [B, 3 La, n] */
    read = REEL_VIEW(rt, read, batch, map->of_audio->dim[0] / 3, 3 * features);
    read = reel_linear(rt, read, &p->to_audio);
    reel_scope_leave(rt);
    return read;
}

reel_tensor *reel_time_alignment_to_video(reel_rt *rt, const reel_time_alignment *p,
                                          reel_tensor *audio, const reel_dit_grid *grid,
                                          const reel_dit_time_map *map)
{
    reel_scope_enter(rt, "time_alignment");
    const int64_t batch = audio->dim[0], per_frame = reel_width(p->to_video.weight);
    reel_tensor *read = reel_linear(rt, audio, &p->sounds);
    read = reel_interpolate(rt, read, map->of_video); /* [B, s Fl, n] */
    read = REEL_VIEW(rt, read, batch, grid->frames, per_frame);
    read = reel_linear(rt, read, &p->to_video);
    reel_tensor *repeated = reel_repeat(rt, read, (int)(grid->rows * grid->columns));
    REEL_DROP(rt, read);
    reel_scope_leave(rt);
    return repeated;
}
