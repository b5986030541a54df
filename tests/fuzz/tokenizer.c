/* Fuzz target: a tokenizer's JSON, an empty line, then a text to encode with it. */
#include "model/text_encoder/tokenizer.h"
#include "base/json.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { LIMIT = 96 };

static void check_ids(const reel_tokenizer *tokenizer, const int32_t *ids, reel_token_count count)
{
    if (count.count < 2 || count.count > LIMIT || count.truncated < 0) {
        abort();
    }
    for (int i = 0; i < count.count; i++) {
        if (ids[i] < 0 || ids[i] >= reel_tokenizer_vocabulary(tokenizer)) {
            abort();
        }
    }
}

/* What was decoded is in normal form: encoding it again gives the same ids. */
static void check_text(const reel_tokenizer *tokenizer, const char *text)
{
    int32_t ids[LIMIT], again[LIMIT];
    reel_token_count count, second;
    if (reel_tokenizer_encode(tokenizer, text, ids, LIMIT, &count) != REEL_OK) {
        return;
    }
    check_ids(tokenizer, ids, count);
    char *decoded;
    if (reel_tokenizer_decode(tokenizer, ids, count.count, &decoded) != REEL_OK) {
        abort();
    }
    if (count.truncated == 0) {
        if (reel_tokenizer_encode(tokenizer, decoded, again, LIMIT, &second) != REEL_OK) {
            abort();
        }
        if (second.count != count.count ||
            memcmp(ids, again, (size_t)count.count * sizeof *ids) != 0) {
            abort();
        }
    }
    free(decoded);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char plain[] = "{\"type\":\"byte_bpe\",\"merges\":[[45,110],[269,121]]}";
    char *copy = malloc(size + 1);
    if (!copy) {
        return 0;
    }
    memcpy(copy, bytes, size);
    copy[size] = 0;
    char *line = strstr(copy, "\n\n");
    size_t length = line ? (size_t)(line - copy) : 0;
    json_t *object = NULL;
    reel_tokenizer *tokenizer = NULL;
    if (reel_json_parse(&object, copy, length, "fuzz") == REEL_OK) {
        reel_tokenizer_read(&tokenizer, object);
    }
    json_decref(object);
    if (!tokenizer && reel_json_parse(&object, plain, sizeof plain - 1, "plain") == REEL_OK) {
        if (reel_tokenizer_read(&tokenizer, object) != REEL_OK) {
            abort();
        }
        json_decref(object);
    }
    if (tokenizer) {
        check_text(tokenizer, line ? line + 2 : copy);
    }
    reel_tokenizer_free(tokenizer);
    free(copy);
    return 0;
}
