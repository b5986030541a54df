/* Tokenising a batch of texts and padding it to the longest. */
#include "model/text_encoder/token_batch.h"

#include "base/arena.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

void reel_token_batch_free(reel_token_batch *batch)
{
    free(batch->ids);
    free(batch->mask);
    *batch = (reel_token_batch){ 0 };
}

/* Rows of `limit` ids, moved together to rows of `length`. */
static void narrow(int32_t *ids, int rows, int limit, int length)
{
    for (int b = 0; b < rows; b++) {
        memmove(ids + (size_t)b * length, ids + (size_t)b * limit, (size_t)length * sizeof *ids);
    }
}

static reel_status encode_all(reel_token_batch *batch, const reel_tokenizer *tokenizer,
                              const char *const *texts, int limit)
{
    for (int b = 0; b < batch->count; b++) {
        reel_token_count counted;
        reel_status status = reel_tokenizer_encode(tokenizer, texts[b],
                                                   batch->ids + (size_t)b * limit, limit, &counted);
        if (status < 0) {
            return reel_fail_in(status, "text %d", b);
        }
        batch->truncated += counted.truncated;
        batch->length = counted.count > batch->length ? counted.count : batch->length;
    }
    return REEL_OK;
}

reel_status reel_token_batch_build(reel_token_batch *out, const reel_tokenizer *tokenizer,
                                   const char *const *texts, int count, int limit)
{
    *out = (reel_token_batch){ .count = count };
    const size_t size = reel_size_mul(count > 0 ? (size_t)count : 1, limit > 0 ? (size_t)limit : 1);
    out->ids = size < SIZE_MAX ? calloc(size, sizeof *out->ids) : NULL; /* 0 is padding */
    out->mask = out->ids ? calloc(size, sizeof *out->mask) : NULL;
    if (!out->mask) {
        reel_token_batch_free(out);
        return REEL_FAIL(REEL_ERR_MEMORY, "tokens: no memory for %d texts", count);
    }
    reel_status status = encode_all(out, tokenizer, texts, limit);
    if (status < 0) {
        reel_token_batch_free(out);
        return status;
    }
    narrow(out->ids, count, limit, out->length);
    for (int i = 0; i < count * out->length; i++) {
        out->mask[i] = out->ids[i] != REEL_TOKEN_PAD ? 1.0f : 0.0f;
    }
    return REEL_OK;
}
