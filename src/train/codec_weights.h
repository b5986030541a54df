/* How the weights of a codec begin a training: at random or from a part, all of them or the decoder
 * alone. */
#ifndef REEL_TRAIN_CODEC_WEIGHTS_H
#define REEL_TRAIN_CODEC_WEIGHTS_H

#include "model/latent_stats.h"
#include "train/recipe.h"

/* Random weights of recipe->seed, or those of recipe->init_from, whose statistics are checked. With
 * `freeze_encoder` only weights named "decoder." want gradients; REEL_ERR_FORMAT then without
 * init_from. */
reel_status reel_codec_weights_start(reel_weights *set, const reel_latent_stats *stats,
                                     const reel_recipe *recipe, int freeze_encoder);

#endif
