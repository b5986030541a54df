/* Encoding, decoding and the JSON form of a byte-pair tokenizer. */
#include "model/text_encoder/tokenizer.h"

#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "model/text_encoder/pieces.h"
#include "model/text_encoder/tokenizer_train.h"

#include <stdlib.h>
#include <string.h>

enum { DECODE_LIMIT = 1 << 24 };

struct reel_tokenizer {
    reel_merges merges;
};

static reel_status new_tokenizer(reel_tokenizer **out, int merges)
{
    reel_tokenizer *t = calloc(1, sizeof *t);
    reel_status status = t ? reel_merges_init(&t->merges, merges)
                           : REEL_FAIL(REEL_ERR_MEMORY, "tokenizer: no memory");
    if (status < 0) {
        free(t);
        t = NULL;
    }
    *out = t;
    return status;
}

void reel_tokenizer_free(reel_tokenizer *tokenizer)
{
    if (tokenizer) {
        reel_merges_deinit(&tokenizer->merges);
        free(tokenizer);
    }
}

static reel_status keep_or_free(reel_tokenizer **out, reel_tokenizer *t, reel_status status)
{
    if (status < 0) {
        reel_tokenizer_free(t);
        t = NULL;
    }
    *out = t;
    return status;
}

reel_status reel_tokenizer_train(reel_tokenizer **out, const char *const *texts, int count,
                                 int vocabulary)
{
    *out = NULL;
    if (vocabulary < REEL_TOKEN_MERGES || vocabulary > REEL_TOKENIZER_MAX_VOCABULARY) {
        return REEL_FAIL(REEL_ERR_INVALID, "vocabulary: is %d, expected %d to %d", vocabulary,
                         REEL_TOKEN_MERGES, REEL_TOKENIZER_MAX_VOCABULARY);
    }
    reel_tokenizer *t;
    REEL_TRY(new_tokenizer(&t, vocabulary - REEL_TOKEN_MERGES));
    return keep_or_free(out, t, reel_merges_learn(&t->merges, texts, count));
}

int reel_tokenizer_vocabulary(const reel_tokenizer *tokenizer)
{
    return REEL_TOKEN_MERGES + tokenizer->merges.count;
}

/* --- JSON ----------------------------------------------------------------------------------- */

static reel_status read_merges(reel_merges *merges, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const json_t *left = json_array_get(item, 0), *right = json_array_get(item, 1);
        if (json_array_size(item) != 2 || !json_is_integer(left) || !json_is_integer(right) ||
            json_integer_value(left) < 0 || json_integer_value(right) < 0 ||
            json_integer_value(left) > REEL_TOKENIZER_MAX_VOCABULARY ||
            json_integer_value(right) > REEL_TOKENIZER_MAX_VOCABULARY) {
            return REEL_FAIL(REEL_ERR_FORMAT, "merges[%zu]: expected two ids", i);
        }
        const reel_merge merge = { .left = (int32_t)json_integer_value(left),
                                   .right = (int32_t)json_integer_value(right) };
        REEL_TRY(reel_merges_add(merges, merge));
    }
    return REEL_OK;
}

reel_status reel_tokenizer_read(reel_tokenizer **out, const json_t *object)
{
    static const char *const keys[] = { "type", "merges", NULL };
    const char *type = "absent";
    *out = NULL;
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_string(&type, object, "type"));
    if (strcmp(type, "byte_bpe") != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "type: is %.32s, expected byte_bpe", type);
    }
    const json_t *list = json_object_get(object, "merges");
    const size_t most = REEL_TOKENIZER_MAX_VOCABULARY - REEL_TOKEN_MERGES;
    if (!json_is_array(list) || json_array_size(list) > most) {
        return REEL_FAIL(REEL_ERR_FORMAT, "merges: expected an array of at most %zu pairs", most);
    }
    reel_tokenizer *t;
    REEL_TRY(new_tokenizer(&t, (int)json_array_size(list)));
    return keep_or_free(out, t, read_merges(&t->merges, list));
}

json_t *reel_tokenizer_write(const reel_tokenizer *tokenizer)
{
    json_t *list = json_array();
    for (int i = 0; list && i < tokenizer->merges.count; i++) {
        const reel_merge *m = &tokenizer->merges.items[i];
        if (json_array_append_new(list, json_pack("[i, i]", m->left, m->right)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list ? json_pack("{s:s, s:o}", "type", "byte_bpe", "merges", list) : NULL;
}

reel_status reel_tokenizer_load(reel_tokenizer **out, const char *path)
{
    json_t *object;
    *out = NULL;
    REEL_TRY(reel_json_load(&object, path));
    reel_status status = reel_tokenizer_read(out, object);
    json_decref(object);
    return status < 0 ? reel_fail_in(status, "%s", path) : REEL_OK;
}

reel_status reel_tokenizer_save(const reel_tokenizer *tokenizer, const char *path)
{
    json_t *object = reel_tokenizer_write(tokenizer);
    if (!object) {
        return REEL_FAIL(REEL_ERR_MEMORY, "%s: no memory for the tokenizer", path);
    }
    reel_status status = reel_json_save(object, path);
    json_decref(object);
    return status;
}

/* --- text and ids --------------------------------------------------------------------------- */

static int encode_piece(const reel_merges *merges, const reel_piece *piece, int32_t *ids)
{
    if (piece->tag >= 0) {
        ids[0] = REEL_TOKEN_TAGS + piece->tag;
        return 1;
    }
    for (int i = 0; i < piece->length; i++) {
        ids[i] = REEL_TOKEN_BYTES + piece->bytes[i];
    }
    return reel_merges_apply(merges, ids, piece->length);
}

reel_status reel_tokenizer_encode(const reel_tokenizer *tokenizer, const char *text, int32_t *ids,
                                  int limit, reel_token_count *out)
{
    *out = (reel_token_count){ 0 };
    if (limit < 2) {
        return REEL_FAIL(REEL_ERR_INVALID, "tokenizer: room for %d ids, expected 2 or more", limit);
    }
    reel_piece_cursor cursor;
    reel_piece piece;
    REEL_TRY(reel_pieces_begin(&cursor, text, REEL_TOKENIZER_MAX_TEXT));
    ids[out->count++] = REEL_TOKEN_BEGIN;
    while (reel_pieces_next(&cursor, &piece)) {
        int32_t some[REEL_PIECE_MAX];
        const int count = encode_piece(&tokenizer->merges, &piece, some);
        for (int i = 0; i < count; i++) {
            if (out->count < limit - 1) {
                ids[out->count++] = some[i];
            } else {
                out->truncated++;
            }
        }
    }
    ids[out->count++] = REEL_TOKEN_END;
    return REEL_OK;
}

/* The bytes of an id: its two halves until only bytes are left. */
static void append_id(const reel_tokenizer *t, reel_str *s, int32_t id)
{
    if (id >= REEL_TOKEN_MERGES) {
        const reel_merge *m = &t->merges.items[id - REEL_TOKEN_MERGES];
        append_id(t, s, m->left);
        append_id(t, s, m->right);
    } else if (id >= REEL_TOKEN_BYTES) {
        const unsigned char byte = (unsigned char)(id - REEL_TOKEN_BYTES);
        reel_str_append_bytes(s, &byte, 1);
    } else if (id >= REEL_TOKEN_TAGS) {
        reel_str_append(s, s->length ? " " : "");
        reel_str_append(s, reel_piece_tag(id - REEL_TOKEN_TAGS));
    }
}

reel_status reel_tokenizer_decode(const reel_tokenizer *tokenizer, const int32_t *ids, int count,
                                  char **out)
{
    *out = NULL;
    reel_str s;
    reel_str_init(&s, DECODE_LIMIT);
    for (int i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] >= reel_tokenizer_vocabulary(tokenizer)) {
            reel_str_deinit(&s);
            return REEL_FAIL(REEL_ERR_INVALID, "ids[%d]: is %d, expected 0 to %d", i, ids[i],
                             reel_tokenizer_vocabulary(tokenizer) - 1);
        }
        append_id(tokenizer, &s, ids[i]);
    }
    if (s.status < 0) {
        reel_str_deinit(&s);
        return REEL_FAIL(REEL_ERR_MEMORY, "tokenizer: the text is longer than %d bytes",
                         DECODE_LIMIT);
    }
    const size_t skip = s.text[0] == ' '; /* the mark of the first word */
    char *text = strdup(s.text + skip);
    reel_str_deinit(&s);
    if (!text) {
        return REEL_FAIL(REEL_ERR_MEMORY, "tokenizer: no memory for the text");
    }
    *out = text;
    return REEL_OK;
}
