/* Checking and encoding the words of a request. */
#include "pipeline/prompt.h"

#include "base/error.h"
#include "base/log.h"
#include "base/str.h"
#include "pipeline/phase.h"
#include "reel/generate.h"

#include <stdlib.h>
#include <string.h>

int reel_prompt_length(const char *text)
{
    /* the longest well-formed prompt has four bytes to a character */
    size_t bytes = strnlen(text, (size_t)4 * REEL_PROMPT_MAX + 1);
    if (!reel_utf8_is_valid(text, bytes)) {
        return bytes > (size_t)4 * REEL_PROMPT_MAX ? REEL_PROMPT_MAX + 1 : -1;
    }
    int length = 0;
    for (size_t i = 0; i < bytes; i++) {
        length += ((unsigned char)text[i] & 0xC0) != 0x80;
    }
    return length;
}

static reel_status check(const char *field, const char *text)
{
    int length = reel_prompt_length(text);
    if (length < 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: is no well-formed UTF-8", field);
    }
    if (length > REEL_PROMPT_MAX) {
        return REEL_FAIL(REEL_ERR_INVALID, "%s: is over %d characters long", field,
                         REEL_PROMPT_MAX);
    }
    return REEL_OK;
}

typedef struct {
    const reel_text_encoder *encoder;
    const reel_token_batch *batch;
    reel_prompt *out;
} encoding;

static reel_status encode(reel_rt *rt, void *user)
{
    const encoding *e = user;
    reel_encoded_text encoded = reel_text_encoder_encode(rt, e->encoder, e->batch);
    const float *features = reel_host_f32(rt, encoded.text);
    if (features) {
        memcpy(e->out->features, features, reel_size_bytes(encoded.text));
    }
    return rt->status;
}

static reel_status encode_batch(reel_prompt *out, const reel_model *model,
                                const reel_token_batch *batch)
{
    size_t rows = (size_t)REEL_BRANCHES * (size_t)batch->length;
    out->tokens = batch->length;
    out->width = model->text_encoder.config.width;
    out->truncated = batch->truncated;
    out->features = malloc(rows * (size_t)out->width * sizeof(float));
    out->mask = malloc(rows * sizeof(float));
    if (!out->features || !out->mask) {
        return REEL_FAIL(REEL_ERR_MEMORY, "prompt: no memory for %zu text features", rows);
    }
    memcpy(out->mask, batch->mask, rows * sizeof(float));
    encoding e = { &model->text_encoder, batch, out };
    return reel_phase_run(encode, &e);
}

reel_status reel_prompt_measure(size_t *bytes, const reel_model *model)
{
    reel_token_batch longest = { .count = REEL_BRANCHES,
                                 .length = model->text_encoder.config.max_tokens };
    encoding e = { &model->text_encoder, &longest, NULL };
    return reel_phase_measure(bytes, encode, &e);
}

reel_status reel_prompt_encode(reel_prompt *out, const reel_model *model, const char *prompt,
                               const char *negative_prompt)
{
    *out = (reel_prompt){ 0 };
    const char *texts[REEL_BRANCHES] = { prompt ? prompt : "",
                                         negative_prompt ? negative_prompt : "" };
    REEL_TRY(check("prompt", texts[0]));
    REEL_TRY(check("negative_prompt", texts[1]));
    if (texts[0][strspn(texts[0], " \t\n\v\f\r")] == 0) {
        return REEL_FAIL(REEL_ERR_INVALID, "prompt: is empty");
    }
    reel_token_batch batch = { 0 };
    reel_status status =
        reel_token_batch_build(&batch, model->text_encoder.tokenizer, texts, REEL_BRANCHES,
                               model->text_encoder.config.max_tokens);
    if (status == REEL_OK) {
        status = encode_batch(out, model, &batch);
    }
    if (status == REEL_OK && out->truncated) {
        reel_log(REEL_LOG_WARN, "prompt: %d tokens behind the first %d of a text are unread",
                 out->truncated, model->text_encoder.config.max_tokens);
    }
    reel_token_batch_free(&batch);
    if (status < 0) {
        reel_prompt_free(out);
    }
    return status;
}

void reel_prompt_free(reel_prompt *prompt)
{
    free(prompt->features);
    free(prompt->mask);
    *prompt = (reel_prompt){ 0 };
}
