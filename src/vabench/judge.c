/* All detectors on one film. */
#include "vabench/judge.h"

#include "base/error.h"

#include <stdlib.h>

struct reel_judge {
    reel_backdrops backdrops;     /* width 0: none yet */
    reel_silhouettes silhouettes; /* for the short side of the backdrops */
    reel_timbres timbres;         /* sample_rate 0: none yet */
};

const char *reel_trait_name(int trait)
{
    static const char *const names[REEL_TRAIT_COUNT] = { "object",  "colour", "place",
                                                         "daytime", "motion", "sound" };
    return trait >= 0 && trait < REEL_TRAIT_COUNT ? names[trait] : "unknown";
}

const char *reel_trait_value_name(int trait, int value)
{
    static const int attributes[REEL_TRAIT_SOUND] = { REEL_ATTRIBUTE_OBJECT, REEL_ATTRIBUTE_COLOUR,
                                                      REEL_ATTRIBUTE_PLACE, REEL_ATTRIBUTE_DAYTIME,
                                                      REEL_ATTRIBUTE_MOTION };
    if (trait == REEL_TRAIT_SOUND) {
        return reel_sound_name(value);
    }
    const char *name = trait >= 0 && trait < REEL_TRAIT_SOUND
                           ? reel_attribute_value_name(attributes[trait], value)
                           : NULL;
    return name ? name : "none";
}

reel_status reel_judge_new(reel_judge **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "judge: no memory");
}

static void forget_pictures(reel_judge *judge)
{
    reel_backdrops_deinit(&judge->backdrops);
    reel_silhouettes_deinit(&judge->silhouettes);
    judge->backdrops.width = 0;
}

static void forget_sounds(reel_judge *judge)
{
    reel_timbres_deinit(&judge->timbres);
    judge->timbres.sample_rate = 0;
}

void reel_judge_free(reel_judge *judge)
{
    if (judge) {
        forget_pictures(judge);
        forget_sounds(judge);
        free(judge);
    }
}

static reel_status check(const reel_clip *clip)
{
    if (clip->frames > 0) {
        double aspect = (double)clip->width / (clip->height > 0 ? clip->height : 1);
        if (clip->width < 16 || clip->width > 4096 || clip->height < 16 || clip->height > 4096 ||
            aspect < 0.4 || aspect > 2.5) {
            return REEL_FAIL(REEL_ERR_INVALID,
                             "film: is %dx%d, expected 16..4096 each and an aspect of 0.4..2.5",
                             clip->width, clip->height);
        }
        if (clip->fps_num < 1 || clip->fps_den < 1) {
            return REEL_FAIL(REEL_ERR_INVALID, "film: fps is %d/%d, expected above 0",
                             clip->fps_num, clip->fps_den);
        }
    }
    if (clip->samples > 0 && (clip->sample_rate < 8000 || clip->sample_rate > 192000)) {
        return REEL_FAIL(REEL_ERR_INVALID, "film: sample rate is %d, expected 8000..192000",
                         clip->sample_rate);
    }
    return REEL_OK;
}

static reel_status prepare(reel_judge *judge, const reel_clip *clip)
{
    if (clip->frames > 0 &&
        (judge->backdrops.width != clip->width || judge->backdrops.height != clip->height)) {
        int side = clip->width < clip->height ? clip->width : clip->height;
        forget_pictures(judge);
        REEL_TRY(reel_silhouettes_init(&judge->silhouettes, side));
        REEL_TRY(reel_backdrops_init(&judge->backdrops, clip->width, clip->height));
    }
    if (clip->samples > 0 && judge->timbres.sample_rate != clip->sample_rate) {
        forget_sounds(judge);
        reel_status status = reel_timbres_init(&judge->timbres, clip->sample_rate);
        if (status < 0) {
            judge->timbres.sample_rate = 0;
            return status;
        }
    }
    return REEL_OK;
}

/* What moves: needs the place and the colour. */
static reel_status follow(reel_verdict *out, const reel_judge *judge, const reel_clip *clip,
                          const uint8_t *still)
{
    double fps = (double)clip->fps_num / clip->fps_den;
    int is_white = out->colour.colour == REEL_COLOUR_WHITE;
    reel_matte matte;
    REEL_TRY(reel_matte_init(&matte, clip, still, &out->colour));
    reel_track track = { 0 };
    reel_status status = reel_track_init(&track, &matte, fps);
    if (status == REEL_OK) {
        status = reel_object_find(&out->object, &judge->silhouettes, &matte, &track, is_white);
    }
    if (status == REEL_OK) {
        out->motion = reel_motion_measure(&track);
        out->value[REEL_TRAIT_OBJECT] = out->object.object;
        out->value[REEL_TRAIT_MOTION] = reel_motion_find(&out->motion, out->object.changes);
        out->impacts = reel_impacts_find(&track, out->value[REEL_TRAIT_MOTION]);
    }
    reel_track_deinit(&track);
    reel_matte_deinit(&matte);
    return status;
}

static reel_status look(reel_verdict *out, const reel_judge *judge, const reel_clip *clip)
{
    uint8_t *still = malloc(3 * (size_t)clip->width * (size_t)clip->height);
    if (!still) {
        return REEL_FAIL(REEL_ERR_MEMORY, "film: no memory for %dx%d pixels", clip->width,
                         clip->height);
    }
    reel_status status = REEL_OK;
    reel_still_build(still, clip);
    out->place = reel_place_find(&judge->backdrops, still);
    out->value[REEL_TRAIT_PLACE] = out->place.place;
    out->value[REEL_TRAIT_DAYTIME] = out->place.daytime;
    if (out->place.place >= 0) {
        const uint8_t *backdrop = judge->backdrops.rgb[out->place.place][out->place.daytime];
        status = reel_still_clear(still, backdrop, clip->width, clip->height);
    }
    if (status == REEL_OK) {
        status = reel_colour_find(&out->colour, clip, still);
    }
    out->value[REEL_TRAIT_COLOUR] = out->colour.colour;
    if (status == REEL_OK && out->colour.colour >= 0) {
        status = follow(out, judge, clip, still);
    }
    free(still);
    return status;
}

static reel_status listen(reel_verdict *out, const reel_judge *judge, const reel_clip *clip)
{
    float *mono = malloc((size_t)clip->samples * sizeof *mono);
    if (!mono) {
        return REEL_FAIL(REEL_ERR_MEMORY, "film: no memory for %lld samples",
                         (long long)clip->samples);
    }
    reel_mono_build(mono, clip);
    reel_status status = reel_onsets_find(&out->onsets, mono, clip->samples, clip->sample_rate);
    if (status == REEL_OK) {
        status = reel_sound_find(&out->sound, &judge->timbres, mono, clip->samples, &out->onsets);
    }
    out->value[REEL_TRAIT_SOUND] = out->sound.sound;
    free(mono);
    return status;
}

reel_status reel_judge_film(reel_verdict *out, reel_judge *judge, const reel_clip *clip)
{
    *out = (reel_verdict){ .place = { .place = -1, .daytime = -1 },
                           .colour = { .colour = -1 },
                           .object = { .object = -1 },
                           .sound = { .sound = -1 } };
    for (int t = 0; t < REEL_TRAIT_COUNT; t++) {
        out->value[t] = -1;
    }
    REEL_TRY(check(clip));
    REEL_TRY(prepare(judge, clip));
    if (clip->frames > 0) {
        out->seconds = (double)clip->frames * clip->fps_den / clip->fps_num;
        REEL_TRY(look(out, judge, clip));
    }
    if (clip->samples > 0) {
        double seconds = (double)clip->samples / clip->sample_rate;
        out->seconds = clip->frames > 0 && out->seconds < seconds ? out->seconds : seconds;
        REEL_TRY(listen(out, judge, clip));
    }
    return REEL_OK;
}
