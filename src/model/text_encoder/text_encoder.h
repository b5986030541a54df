/* The text encoder: token ids to one vector per token, read by both towers.
 *
 *     x = Embedding[ids];  blocks;  RMSnorm(x) * g        [B, Lt, Dt]
 *
 * A part file holds the weights, the config and the tokenizer that goes with them. */
#ifndef REEL_MODEL_TEXT_ENCODER_H
#define REEL_MODEL_TEXT_ENCODER_H

#include "model/text_encoder/config.h"
#include "model/text_encoder/encoder_block.h"
#include "model/text_encoder/token_batch.h"

typedef struct {
    reel_text_encoder_config config;
    reel_tensor *embedding;     /* [vocabulary, Dt] */
    reel_encoder_block *blocks; /* [config.blocks] */
    reel_tensor *norm;          /* [Dt] */
    reel_weights weights;
    reel_tokenizer *tokenizer; /* owned; NULL until opened or set */
} reel_text_encoder;

/* Text on its way to the towers. */
typedef struct {
    reel_tensor *text; /* [B, Lt, Dt] */
    reel_tensor *mask; /* [B, Lt], 1 = a token */
} reel_encoded_text;

/* Weights are zero until reel_weights_randomise(). Owned by the caller, released with
 * reel_text_encoder_deinit() (legal after a failure and on a zeroed struct). */
reel_status reel_text_encoder_init(reel_text_encoder *encoder,
                                   const reel_text_encoder_config *config);
void reel_text_encoder_deinit(reel_text_encoder *encoder);

/* Takes the tokenizer. REEL_ERR_FORMAT if it has more ids than the embedding has rows (it is freed
 * then, too). */
reel_status reel_text_encoder_set_tokenizer(reel_text_encoder *encoder, reel_tokenizer *tokenizer);

/* The part "text_encoder": weights, config, tokenizer. Save needs the tokenizer to be set. */
reel_status reel_text_encoder_open(reel_text_encoder *encoder, const char *path);
reel_status reel_text_encoder_save(const reel_text_encoder *encoder, const char *path,
                                   reel_dtype stored);

/* ids: [B, Lt] i32;  mask: [B, Lt] f32 or NULL.  -> [B, Lt, Dt] in the arena of rt; rows of
 * padding hold numbers that mean nothing. Failures are sticky in rt. */
reel_tensor *reel_text_encoder_forward(reel_rt *rt, const reel_text_encoder *encoder,
                                       reel_tensor *ids, reel_tensor *mask);

/* The same from a batch of texts. */
reel_encoded_text reel_text_encoder_encode(reel_rt *rt, const reel_text_encoder *encoder,
                                           const reel_token_batch *batch);

#endif
