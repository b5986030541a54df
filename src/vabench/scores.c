/* Counting verdicts. */
#include "vabench/scores.h"

#include <string.h>

void reel_scores_build(reel_scores *out, const reel_prompt *prompts, const reel_verdict *verdicts,
                       int count)
{
    memset(out, 0, sizeof *out);
    for (int i = 0; i < count; i++) {
        const reel_verdict *v = &verdicts[i];
        int motion = reel_scene_value(&prompts[i].scene, REEL_ATTRIBUTE_MOTION);
        for (int t = 0; t < REEL_TRAIT_COUNT; t++) {
            int is_judged = prompts[i].wanted[t] >= 0;
            out->judged[t] += is_judged;
            out->right[t] += is_judged && v->value[t] == prompts[i].wanted[t];
        }
        reel_sync_add(&out->sync[motion], &v->impacts, &v->onsets, v->seconds);
        for (int j = 0; j < count; j++) {
            int other = reel_scene_value(&prompts[j].scene, REEL_ATTRIBUTE_MOTION);
            if (j != i && other == motion) {
                reel_sync_add(&out->chance[motion], &v->impacts, &verdicts[j].onsets, v->seconds);
            }
        }
    }
}

static json_t *share_of(int part, int whole)
{
    return whole > 0 ? json_real((double)part / whole) : json_null();
}

static json_t *sync_json(const reel_sync *sync, const reel_sync *chance)
{
    double median = reel_sync_median_ms(sync);
    return json_pack("{s:i, s:i, s:o, s:i, s:i, s:o, s:i, s:o, s:o, s:o}", "impacts", sync->impacts,
                     "heard", sync->heard, "heard_share", share_of(sync->heard, sync->impacts),
                     "onsets", sync->onsets, "seen", sync->seen, "seen_share",
                     share_of(sync->seen, sync->onsets), "phantoms", sync->onsets - sync->seen,
                     "median_ms", median < 0.0 ? json_null() : json_real(median),
                     "chance_heard_share", share_of(chance->heard, chance->impacts),
                     "chance_seen_share", share_of(chance->seen, chance->onsets));
}

static int strikes(int motion)
{
    return motion != REEL_MOTION_FLY && motion != REEL_MOTION_SPIN;
}

json_t *reel_scores_json(const reel_scores *scores)
{
    json_t *attributes = json_object(), *sync = json_object();
    reel_sync all = { 0 }, chance = { 0 };
    for (int t = 0; t < REEL_TRAIT_COUNT; t++) {
        json_object_set_new(attributes, reel_trait_name(t),
                            json_pack("{s:i, s:i, s:o}", "right", scores->right[t], "judged",
                                      scores->judged[t], "share",
                                      share_of(scores->right[t], scores->judged[t])));
    }
    for (int m = 0; m < REEL_MOTION_COUNT; m++) {
        json_object_set_new(sync, reel_attribute_value_name(REEL_ATTRIBUTE_MOTION, m),
                            sync_json(&scores->sync[m], &scores->chance[m]));
        if (strikes(m)) {
            reel_sync_sum(&all, &scores->sync[m]);
            reel_sync_sum(&chance, &scores->chance[m]);
        }
    }
    json_object_set_new(sync, "all", sync_json(&all, &chance));
    return json_pack("{s:o, s:o}", "attributes", attributes, "sync", sync);
}
