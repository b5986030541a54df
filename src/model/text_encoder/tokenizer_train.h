/* Learning the merges of a byte-pair encoding from texts. */
#ifndef REEL_MODEL_TOKENIZER_TRAIN_H
#define REEL_MODEL_TOKENIZER_TRAIN_H

#include "model/text_encoder/merges.h"

/* Adds merges until `merges` is full or no pair of ids occurs twice. */
reel_status reel_merges_learn(reel_merges *merges, const char *const *texts, int count);

#endif
