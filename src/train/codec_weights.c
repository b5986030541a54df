/* The start of a codec's weights. */
#include "train/codec_weights.h"

#include "base/error.h"
#include "tensor/safetensors.h"

static reel_status load(reel_weights *set, const reel_latent_stats *stats, const char *path)
{
    reel_safetensors file;
    REEL_TRY(reel_safetensors_open(&file, path));
    reel_status status = reel_weights_load(set, &file);
    reel_safetensors_close(&file);
    return status < 0 ? status : reel_latent_stats_check(set, stats);
}

reel_status reel_codec_weights_start(reel_weights *set, const reel_latent_stats *stats,
                                     const reel_recipe *recipe, int freeze_encoder)
{
    if (recipe->init_from) {
        REEL_TRY(load(set, stats, recipe->init_from));
    } else {
        REEL_TRY(reel_weights_randomise(set, recipe->seed));
    }
    if (!freeze_encoder) {
        return REEL_OK;
    }
    if (!recipe->init_from) {
        return REEL_FAIL(REEL_ERR_FORMAT, "freeze_encoder: needs init_from, a trained encoder");
    }
    REEL_TRY(reel_weights_alloc_grads(set));
    reel_weights_want_grads(set, "", 0);
    reel_weights_want_grads(set, "decoder.", 1);
    return REEL_OK;
}
