/* Flow matching over what is to be made. */
#include "train/flow_loss.h"

#include "ops/elementwise.h"
#include "ops/loss.h"

reel_tensor *reel_flow_loss(reel_rt *rt, reel_tensor *velocity, const reel_dit_modality *m)
{
    int rank = velocity->rank;
    reel_tensor *target = reel_from_host(rt, REEL_F32, m->target, rank, velocity->dim);
    reel_tensor *scale = reel_from_host(rt, REEL_F32, m->scale, rank, velocity->dim);
    return reel_mean_square(rt, reel_mul(rt, reel_sub(rt, velocity, target), scale));
}

/* Of one clip; -1 when all of it was given. */
static double clip_error(const float *velocity, const float *target, const float *scale,
                         int64_t count)
{
    double sum = 0;
    int64_t made = 0;
    for (int64_t i = 0; i < count; i++) {
        double d = (double)velocity[i] - (double)target[i];
        int counts = scale[i] != 0.0f;
        sum += counts ? d * d : 0.0;
        made += counts;
    }
    return made ? sum / (double)made : -1.0;
}

void reel_flow_report(reel_metrics *metrics, reel_rt *rt, const reel_tensor *velocity,
                      const reel_dit_modality *m, int is_video)
{
    static const char *const names[2][REEL_SIGMA_BINS + 1] = {
        { "audio_0", "audio_1", "audio_2", "audio_3", "audio_4", "audio" },
        { "video_0", "video_1", "video_2", "video_3", "video_4", "video" },
    };
    double sum[REEL_SIGMA_BINS + 1] = { 0 };
    int clips[REEL_SIGMA_BINS + 1] = { 0 };
    int64_t count = m->latents * m->channels, batch = velocity->dim[0];
    const float *found = reel_host_f32(rt, velocity);
    double *error = found ? (double *)(void *)reel_host_scratch(rt, 2 * batch) : NULL;
    if (!error) {
        return;
    }
#pragma omp parallel for schedule(static)
    for (int64_t b = 0; b < batch; b++) {
        error[b] =
            clip_error(found + b * count, m->target + b * count, m->scale + b * count, count);
    }
    for (int64_t b = 0; b < batch; b++) {
        int bins[2] = { reel_sigma_bin((double)m->sigma[b]), REEL_SIGMA_BINS };
        for (int i = 0; error[b] >= 0 && i < 2; i++) {
            sum[bins[i]] += error[b];
            clips[bins[i]]++;
        }
    }
    for (int i = 0; i <= REEL_SIGMA_BINS; i++) {
        if (clips[i]) {
            reel_metrics_add(metrics, names[is_video][i], sum[i] / clips[i]);
        }
    }
}
