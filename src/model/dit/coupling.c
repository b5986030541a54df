/* Sound reads the picture first, the picture reads the updated sound. */
#include "model/dit/coupling.h"

#include "tensor/reuse.h"

void reel_coupling_declare(reel_weights *set, reel_coupling *p, const reel_dit_config *config)
{
    p->has_attention = config->av_cross_attention;
    p->has_alignment = config->time_alignment;
    if (p->has_attention) {
        reel_projections_declare(set, &p->video_to_audio, "video_to_audio", config, REEL_INIT_ZERO);
        reel_projections_declare(set, &p->audio_to_video, "audio_to_video", config, REEL_INIT_ZERO);
    }
    if (p->has_alignment) {
        reel_time_alignment_declare(set, &p->time_alignment, config);
    }
}

/* h + read, which take the place of both. */
static reel_tensor *add(reel_rt *rt, reel_tensor *h, reel_tensor *read)
{
    reel_tensor *sum = reel_add(rt, h, read);
    REEL_DROP(rt, read);
    REEL_DONE(rt, h);
    return sum;
}

reel_streams reel_coupling_forward(reel_rt *rt, const reel_coupling *p, reel_streams h,
                                   const reel_coupling_clock *clock)
{
    reel_av_side video = { reel_rms_norm(rt, h.video, NULL, REEL_DIT_EPS), &clock->video,
                           clock->video_mask };
    reel_av_side audio = { reel_rms_norm(rt, h.audio, NULL, REEL_DIT_EPS), &clock->audio,
                           clock->audio_mask };
    if (p->has_attention) {
        h.audio = add(rt, h.audio,
                      reel_av_cross_attention_forward(rt, &p->video_to_audio, &audio, &video,
                                                      clock->time_sigma));
    }
    if (p->has_alignment) {
        h.audio = add(rt, h.audio,
                      reel_time_alignment_to_audio(rt, &p->time_alignment, video.normed,
                                                   clock->grid, &clock->map));
    }
    REEL_DONE(rt, audio.normed);
    audio.normed = reel_rms_norm(rt, h.audio, NULL, REEL_DIT_EPS);
    if (p->has_attention) {
        h.video = add(rt, h.video,
                      reel_av_cross_attention_forward(rt, &p->audio_to_video, &video, &audio,
                                                      clock->time_sigma));
    }
    if (p->has_alignment) {
        h.video = add(rt, h.video,
                      reel_time_alignment_to_video(rt, &p->time_alignment, audio.normed,
                                                   clock->grid, &clock->map));
    }
    REEL_DONE(rt, video.normed, audio.normed);
    return h;
}
