/* Several texts as one rectangle of ids. */
#ifndef REEL_MODEL_TOKEN_BATCH_H
#define REEL_MODEL_TOKEN_BATCH_H

#include "model/text_encoder/tokenizer.h"

/* Owned by the caller, released with reel_token_batch_free() (legal on a zeroed struct). */
typedef struct {
    int count;     /* B */
    int length;    /* Lt: of the longest text */
    int32_t *ids;  /* [B, Lt], padded with REEL_TOKEN_PAD */
    float *mask;   /* [B, Lt], 1 = a token, 0 = padding */
    int truncated; /* ids left out, summed over the texts */
} reel_token_batch;

/* `limit`: the most ids of one text, begin and end included. An empty text gives begin and end. */
reel_status reel_token_batch_build(reel_token_batch *out, const reel_tokenizer *tokenizer,
                                   const char *const *texts, int count, int limit);
void reel_token_batch_free(reel_token_batch *batch);

#endif
