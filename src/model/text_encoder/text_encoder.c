/* The text encoder's weights, files and forward pass. */
#include "model/text_encoder/text_encoder.h"

#include "base/error.h"
#include "model/part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void declare_weights(reel_text_encoder *encoder)
{
    const reel_text_encoder_config *c = &encoder->config;
    reel_weights *set = &encoder->weights;
    REEL_WEIGHT(set, &encoder->embedding, "embedding", REEL_INIT_UNIT, REEL_GROUP_EDGE,
                c->vocabulary, c->width);
    for (int i = 0; i < c->blocks; i++) {
        reel_weights_push(set, "block.%d", i);
        reel_encoder_block_declare(set, &encoder->blocks[i], c);
        reel_weights_pop(set);
    }
    REEL_WEIGHT(set, &encoder->norm, "norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, c->width);
}

static reel_status declare(reel_text_encoder *encoder, const reel_text_encoder_config *config)
{
    *encoder = (reel_text_encoder){ .config = *config };
    reel_weights_init_set(&encoder->weights);
    REEL_TRY(reel_text_encoder_config_check(config));
    encoder->blocks = calloc((size_t)config->blocks, sizeof *encoder->blocks);
    if (!encoder->blocks) {
        return REEL_FAIL(REEL_ERR_MEMORY, "text_encoder: no memory for %d blocks", config->blocks);
    }
    declare_weights(encoder);
    return encoder->weights.status;
}

reel_status reel_text_encoder_init(reel_text_encoder *encoder,
                                   const reel_text_encoder_config *config)
{
    REEL_TRY(declare(encoder, config));
    return reel_weights_alloc(&encoder->weights);
}

void reel_text_encoder_deinit(reel_text_encoder *encoder)
{
    free(encoder->blocks);
    reel_weights_deinit(&encoder->weights);
    reel_tokenizer_free(encoder->tokenizer);
    *encoder = (reel_text_encoder){ 0 };
}

reel_status reel_text_encoder_set_tokenizer(reel_text_encoder *encoder, reel_tokenizer *tokenizer)
{
    const int ids = reel_tokenizer_vocabulary(tokenizer);
    if (ids > encoder->config.vocabulary) {
        reel_tokenizer_free(tokenizer);
        return REEL_FAIL(REEL_ERR_FORMAT, "tokenizer: has %d ids, expected at most %d", ids,
                         encoder->config.vocabulary);
    }
    reel_tokenizer_free(encoder->tokenizer);
    encoder->tokenizer = tokenizer;
    return REEL_OK;
}

/* --- files ---------------------------------------------------------------------------------- */

/* The config object of the part holds the tokenizer beside the sizes; taken out here. */
static reel_status open_tokenizer(reel_tokenizer **out, json_t *config)
{
    const json_t *object = json_object_get(config, "tokenizer");
    if (!json_is_object(object)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "tokenizer: expected an object");
    }
    reel_status status = reel_tokenizer_read(out, object);
    json_object_del(config, "tokenizer");
    return status < 0 ? reel_fail_in(status, "tokenizer") : REEL_OK;
}

reel_status reel_text_encoder_open(reel_text_encoder *encoder, const char *path)
{
    *encoder = (reel_text_encoder){ 0 };
    reel_safetensors file;
    json_t *object;
    reel_text_encoder_config config;
    reel_tokenizer *tokenizer = NULL;
    REEL_TRY(reel_part_open(&file, &object, path, "text_encoder"));
    reel_status status = REEL_OK;
    REEL_TRY_OR_DONE(open_tokenizer(&tokenizer, object));
    REEL_TRY_OR_DONE(reel_text_encoder_config_read(&config, object));
    REEL_TRY_OR_DONE(declare(encoder, &config));
    status = reel_text_encoder_set_tokenizer(encoder, tokenizer);
    tokenizer = NULL; /* taken */
    REEL_TRY_OR_DONE(status);
    REEL_TRY_OR_DONE(reel_part_load(&encoder->weights, &file));
done:
    json_decref(object);
    reel_safetensors_close(&file);
    if (status < 0) {
        reel_tokenizer_free(tokenizer);
        reel_text_encoder_deinit(encoder);
        return reel_fail_in(status, "%s", path);
    }
    return REEL_OK;
}

reel_status reel_text_encoder_save(const reel_text_encoder *encoder, const char *path,
                                   reel_dtype stored)
{
    if (!encoder->tokenizer) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: the text encoder has no tokenizer", path);
    }
    json_t *config = reel_text_encoder_config_write(&encoder->config);
    if (config &&
        json_object_set_new(config, "tokenizer", reel_tokenizer_write(encoder->tokenizer)) < 0) {
        json_decref(config);
        config = NULL;
    }
    return reel_part_save(&encoder->weights, path, "text_encoder", config, stored);
}

/* --- forward -------------------------------------------------------------------------------- */

/* [Lt, K/2]: token i is turned by i * base^(-pair / pairs). */
static reel_tensor *token_angles(reel_rt *rt, const reel_text_encoder_config *c, int64_t length)
{
    const int64_t pairs = c->width / c->heads / 2;
    float *angles = malloc((size_t)(length * pairs) * sizeof *angles);
    if (!angles) {
        return reel_fail_tensor(rt, REEL_ERR_MEMORY, "text_encoder: no memory for positions");
    }
    for (int64_t i = 0; i < length * pairs; i++) {
        const double share = (double)(i % pairs) / (double)pairs;
        angles[i] = (float)((double)(i / pairs) * pow(c->rope_base, -share));
    }
    reel_tensor *t = REEL_FROM_HOST(rt, REEL_F32, angles, length, pairs);
    free(angles);
    return t;
}

reel_tensor *reel_text_encoder_forward(reel_rt *rt, const reel_text_encoder *encoder,
                                       reel_tensor *ids, reel_tensor *mask)
{
    if (ids->rank != 2 || ids->dim[1] < 1) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "text_encoder: ids are %s, expected [B, Lt]",
                                reel_shape(ids).text);
    }
    reel_scope_enter(rt, "text_encoder");
    reel_tensor *angles = token_angles(rt, &encoder->config, ids->dim[1]);
    reel_tensor *x = reel_embedding(rt, ids, encoder->embedding);
    for (int i = 0; i < encoder->config.blocks; i++) {
        reel_scope_enter(rt, "block %d", i);
        x = reel_encoder_block_forward(rt, &encoder->blocks[i], x, mask, angles);
        reel_scope_leave(rt);
    }
    x = reel_rms_norm(rt, x, encoder->norm, REEL_TEXT_EPS);
    reel_scope_leave(rt);
    return x;
}

reel_encoded_text reel_text_encoder_encode(reel_rt *rt, const reel_text_encoder *encoder,
                                           const reel_token_batch *batch)
{
    reel_tensor *ids = REEL_FROM_HOST(rt, REEL_I32, batch->ids, batch->count, batch->length);
    reel_encoded_text out;
    out.mask = REEL_FROM_HOST(rt, REEL_F32, batch->mask, batch->count, batch->length);
    out.text = reel_text_encoder_forward(rt, encoder, ids, out.mask);
    return out;
}
