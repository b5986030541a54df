/* Stage "text_encoder": reads a caption and names what it says of the scene.
 *
 * Captions come from the film set, half of them short. An attribute that a caption leaves open is
 * not asked for. Where recipe->init_from gives no encoder the tokenizer is learned first. Options:
 * "tokenizer_captions", how many captions it is learned from. */
#include "base/error.h"
#include "base/log.h"
#include "base/rng.h"
#include "model/text_encoder/attribute_head.h"
#include "model/text_encoder/text_encoder.h"
#include "ops/loss.h"
#include "train/stage.h"
#include "world/caption.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SECONDS = 3, ASPECT = 16.0 / 9.0; /* of the scenes; captions say neither */
static const uint64_t TOKENIZER_SCENES = 0x746f6b;    /* mixed into the recipe's seed */
static const uint64_t BATCH_SCENES = 0x626174;

struct reel_stage {
    const reel_recipe *recipe;
    reel_text_encoder encoder; /* its weight set holds the head's, too, after its own */
    size_t encoder_elements;
    reel_attribute_head head;
    int tokenizer_captions;
    reel_tensor *logits[REEL_ATTRIBUTES_MAX]; /* of the last loss, for the report */
};

typedef struct {
    reel_token_batch tokens;
    int32_t *labels; /* [attributes, B]; -1: the caption does not say */
} text_batch;

/* --- captions ------------------------------------------------------------------------------ */

static reel_status sample_caption(char **text, reel_scene *scene, uint64_t seed,
                                  reel_caption_kind kind)
{
    reel_str caption;
    REEL_TRY(reel_scene_sample(scene, NULL, seed, SECONDS, ASPECT));
    reel_str_init(&caption, REEL_CAPTION_LIMIT);
    reel_status status = reel_scene_caption(&caption, scene, kind, seed);
    *text = status == REEL_OK ? strdup(caption.text) : NULL;
    reel_str_deinit(&caption);
    return status == REEL_OK && !*text ? REEL_FAIL(REEL_ERR_MEMORY, "caption: no memory") : status;
}

/* A long caption says everything; that there is no weather it says by silence. */
static int32_t label_of(const reel_scene *scene, reel_attribute attribute, const char *text,
                        reel_caption_kind kind)
{
    int value = reel_scene_value(scene, attribute);
    int by_silence = attribute == REEL_ATTRIBUTE_WEATHER && value == REEL_WEATHER_NONE &&
                     kind != REEL_CAPTION_SHORT;
    return by_silence || reel_caption_mentions(text, attribute, value) ? value : -1;
}

static void free_texts(char **texts, int count)
{
    for (int i = 0; texts && i < count; i++) {
        free(texts[i]);
    }
    free(texts);
}

static reel_status learn_tokenizer(reel_stage *s)
{
    int count = s->tokenizer_captions;
    char **texts = calloc((size_t)count, sizeof *texts);
    reel_status status =
        texts ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "tokenizer: no memory for %d captions", count);
    for (int i = 0; status == REEL_OK && i < count; i++) {
        reel_scene scene;
        uint64_t seed = reel_rng_mix(s->recipe->seed ^ TOKENIZER_SCENES, (uint64_t)i);
        status = sample_caption(&texts[i], &scene, seed,
                                (reel_caption_kind)(i % REEL_CAPTION_KIND_COUNT));
    }
    reel_tokenizer *tokenizer = NULL;
    if (status == REEL_OK) {
        status = reel_tokenizer_train(&tokenizer, (const char *const *)texts, count,
                                      s->encoder.config.vocabulary);
    }
    if (status == REEL_OK) {
        reel_log(REEL_LOG_INFO, "text_encoder: learned %d tokens from %d captions",
                 reel_tokenizer_vocabulary(tokenizer), count);
        status = reel_text_encoder_set_tokenizer(&s->encoder, tokenizer);
    }
    free_texts(texts, count);
    return status;
}

/* --- the model ----------------------------------------------------------------------------- */

static reel_status open_encoder(reel_stage *s)
{
    const reel_recipe *r = s->recipe;
    if (r->init_from) {
        return reel_text_encoder_open(&s->encoder, r->init_from);
    }
    reel_text_encoder_config config;
    reel_status status = reel_text_encoder_config_read(&config, r->config);
    if (status < 0) {
        return reel_fail_in(status, "config");
    }
    REEL_TRY(reel_text_encoder_init(&s->encoder, &config));
    REEL_TRY(reel_weights_randomise(&s->encoder.weights, r->seed));
    return learn_tokenizer(s);
}

/* Put the head's weights behind the encoder's in one buffer, so that one optimiser moves both. */
static reel_status add_head(reel_stage *s)
{
    reel_weights *set = &s->encoder.weights;
    reel_attribute_head_config config = { .width = s->encoder.config.width,
                                          .heads = s->encoder.config.heads,
                                          .count = REEL_ATTRIBUTE_COUNT };
    for (int i = 0; i < config.count; i++) {
        snprintf(config.attributes[i].name, sizeof config.attributes[i].name, "%s",
                 reel_attribute_name(i));
        config.attributes[i].classes = reel_attribute_size(i);
    }
    float *values = set->values;
    s->encoder_elements = set->elements;
    set->values = NULL;
    reel_attribute_head_declare(set, &s->head, &config);
    reel_status status = reel_weights_alloc(set);
    if (status == REEL_OK) {
        status = reel_weights_randomise(set, s->recipe->seed);
    }
    if (status == REEL_OK) {
        status = reel_copy_within(set->values, values, s->encoder_elements * sizeof *values);
    }
    reel_device_release(values);
    return status;
}

static void text_close(reel_stage *s)
{
    reel_text_encoder_deinit(&s->encoder);
    free(s);
}

static reel_status text_open(reel_stage **out, const reel_recipe *recipe)
{
    static const char *const keys[] = { "tokenizer_captions", NULL };
    reel_stage *s = calloc(1, sizeof *s);
    if (!s) {
        return REEL_FAIL(REEL_ERR_MEMORY, "text_encoder: no memory");
    }
    s->recipe = recipe;
    s->tokenizer_captions = 9000;
    reel_status status;
    REEL_TRY_OR_DONE(reel_json_only(recipe->options, keys));
    REEL_TRY_OR_DONE(
        reel_json_int(&s->tokenizer_captions, recipe->options, "tokenizer_captions", 1, 1000000));
    REEL_TRY_OR_DONE(open_encoder(s));
    REEL_TRY_OR_DONE(add_head(s));
    *out = s;
done:
    if (status < 0) {
        text_close(s);
    }
    return status;
}

static reel_weights *text_weights(reel_stage *s)
{
    return &s->encoder.weights;
}

/* --- batches ------------------------------------------------------------------------------- */

static void text_batch_free(void *made)
{
    text_batch *b = made;
    reel_token_batch_free(&b->tokens);
    free(b->labels);
    free(b);
}

static reel_status make_row(char **text, int32_t *labels, int count, const reel_stage *s,
                            int64_t number)
{
    reel_scene scene;
    uint64_t seed = reel_rng_mix(s->recipe->seed ^ BATCH_SCENES, (uint64_t)number);
    static const reel_caption_kind kinds[] = { REEL_CAPTION_SHORT, REEL_CAPTION_LONG,
                                               REEL_CAPTION_SHORT, REEL_CAPTION_STRUCTURED };
    reel_caption_kind kind = kinds[number % 4];
    REEL_TRY(sample_caption(text, &scene, seed, kind));
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        labels[a * count] = label_of(&scene, (reel_attribute)a, *text, kind);
    }
    return REEL_OK;
}

static reel_status text_batch_make(reel_stage *s, int64_t step, void **out)
{
    int count = s->recipe->batch;
    text_batch *b = calloc(1, sizeof *b);
    char **texts = calloc((size_t)count, sizeof *texts);
    int32_t *labels = calloc((size_t)count * REEL_ATTRIBUTE_COUNT, sizeof *labels);
    reel_status status = REEL_OK;
    if (!b || !texts || !labels) {
        free(b);
        free_texts(texts, 0);
        free(labels);
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %d captions", count);
    }
    b->labels = labels;
    for (int i = 0; status == REEL_OK && i < count; i++) {
        status = make_row(&texts[i], labels + i, count, s, step * count + i);
    }
    if (status == REEL_OK) {
        status =
            reel_token_batch_build(&b->tokens, s->encoder.tokenizer, (const char *const *)texts,
                                   count, s->encoder.config.max_tokens);
    }
    free_texts(texts, count);
    if (status < 0) {
        text_batch_free(b);
        return status;
    }
    *out = b;
    return REEL_OK;
}

/* --- loss ---------------------------------------------------------------------------------- */

typedef struct {
    int right, asked;
} score;

static score score_of(reel_rt *rt, const reel_tensor *logits, const int32_t *labels)
{
    score out = { 0, 0 };
    int64_t classes = reel_width(logits);
    const float *values = reel_host_f32(rt, logits);
    for (int64_t row = 0; values && row < logits->dim[0]; row++) {
        const float *z = values + row * classes;
        int best = 0;
        for (int c = 1; c < classes; c++) {
            best = z[c] > z[best] ? c : best;
        }
        out.asked += labels[row] >= 0;
        out.right += labels[row] >= 0 && labels[row] == best;
    }
    return out;
}

static void text_report(reel_stage *s, reel_rt *rt, const void *made, reel_metrics *metrics)
{
    const text_batch *b = made;
    score all = { 0, 0 };
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        score one = score_of(rt, s->logits[a], b->labels + a * b->tokens.count);
        all.right += one.right;
        all.asked += one.asked;
        if (one.asked) {
            reel_metrics_add(metrics, reel_attribute_name(a), (double)one.right / one.asked);
        }
    }
    if (all.asked) {
        reel_metrics_add(metrics, "accuracy", (double)all.right / all.asked);
    }
}

static reel_tensor *text_loss(reel_stage *s, reel_rt *rt, const void *made, int64_t step)
{
    (void)step;
    const text_batch *b = made;
    int count = b->tokens.count;
    reel_tensor *loss = NULL;
    reel_encoded_text text = reel_text_encoder_encode(rt, &s->encoder, &b->tokens);
    reel_attribute_head_classify(rt, &s->head, text.text, text.mask, s->logits);
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        reel_tensor *labels = REEL_FROM_HOST(rt, REEL_I32, b->labels + a * count, count);
        reel_tensor *one = reel_cross_entropy(rt, s->logits[a], labels);
        loss = loss ? reel_add(rt, loss, one) : one;
    }
    return reel_scale(rt, loss, 1.0f / REEL_ATTRIBUTE_COUNT);
}

/* Into a file of the encoder alone. */
static reel_status text_save(reel_stage *s, const char *path)
{
    reel_text_encoder plain;
    reel_status status = reel_text_encoder_init(&plain, &s->encoder.config);
    if (status == REEL_OK) {
        status = reel_copy_within(plain.weights.values, s->encoder.weights.values,
                                  s->encoder_elements * sizeof(float));
    }
    if (status == REEL_OK) {
        plain.tokenizer = s->encoder.tokenizer; /* lent */
        status = reel_text_encoder_save(&plain, path, REEL_F16);
        plain.tokenizer = NULL;
    }
    reel_text_encoder_deinit(&plain);
    return status;
}

static int64_t text_flops(reel_stage *s)
{
    const reel_text_encoder_config *c = &s->encoder.config;
    int64_t embedding = (int64_t)c->vocabulary * c->width, tokens = 48; /* of a usual caption */
    return 6 * (reel_weights_count(&s->encoder.weights) - embedding) * s->recipe->batch * tokens;
}

const reel_stage_ops reel_stage_text_encoder = {
    .name = "text_encoder",
    .open = text_open,
    .close = text_close,
    .weights = text_weights,
    .batch_make = text_batch_make,
    .batch_free = text_batch_free,
    .loss = text_loss,
    .report = text_report,
    .save = text_save,
    .flops = text_flops,
};
