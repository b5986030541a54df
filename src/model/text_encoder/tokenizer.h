/* Words to numbers: byte-level byte-pair encoding (Gage 1994; Sennrich et al. 2016) with a trainer
 * of its own.
 *
 * Text. ASCII letters are lower-cased, runs of white space become one space, and text splits into
 * words (letters and bytes above 127), numbers (digits) and single marks. A word that begins a
 * text or follows white space or a tag carries a leading space. Merges never cross these pieces.
 *
 * Ids. 0 padding, 1 begin, 2 end, 3 .. 12 the sound and text tags, 13 .. 268 the bytes, then one
 * id per merge. Any text can be encoded: what no merge covers stays bytes. */
#ifndef REEL_MODEL_TOKENIZER_H
#define REEL_MODEL_TOKENIZER_H

#include "reel/status.h"

#include <jansson.h>
#include <stdint.h>

enum {
    REEL_TOKEN_PAD = 0,
    REEL_TOKEN_BEGIN = 1,
    REEL_TOKEN_END = 2,
    REEL_TOKEN_TAGS = 3, /* <text> </text> <sfx> </sfx> <dialogue> ... </bgm> */
    REEL_TOKEN_TAG_COUNT = 10,
    REEL_TOKEN_BYTES = REEL_TOKEN_TAGS + REEL_TOKEN_TAG_COUNT,
    REEL_TOKEN_MERGES = REEL_TOKEN_BYTES + 256,
    REEL_TOKENIZER_MAX_VOCABULARY = 65536,
    REEL_TOKENIZER_MAX_TEXT = 1 << 20 /* bytes of one text to encode */
};

typedef struct reel_tokenizer reel_tokenizer;

/* Learn merges from texts (UTF-8) until the vocabulary has `vocabulary` ids or no pair occurs
 * twice. Deterministic: the most frequent pair first, of equals the one with the lowest ids.
 * Owned by the caller, released with reel_tokenizer_free(). REEL_ERR_INVALID: vocabulary outside
 * REEL_TOKEN_MERGES .. 65536, a text that is no UTF-8. */
reel_status reel_tokenizer_train(reel_tokenizer **out, const char *const *texts, int count,
                                 int vocabulary);
void reel_tokenizer_free(reel_tokenizer *tokenizer); /* NULL is legal */

/* JSON: {"type": "byte_bpe", "merges": [[a, b], ...]}. REEL_ERR_FORMAT on anything else. */
reel_status reel_tokenizer_read(reel_tokenizer **out, const json_t *object);
json_t *reel_tokenizer_write(const reel_tokenizer *tokenizer); /* NULL without memory */
reel_status reel_tokenizer_load(reel_tokenizer **out, const char *path);
reel_status reel_tokenizer_save(const reel_tokenizer *tokenizer, const char *path);

int reel_tokenizer_vocabulary(const reel_tokenizer *tokenizer); /* ids in use */

typedef struct {
    int count;     /* ids written, begin and end included */
    int truncated; /* ids of the text that did not fit */
} reel_token_count;

/* begin, the text, end: at most `limit` ids (>= 2), the rest of a longer text is left out and
 * counted. REEL_ERR_INVALID if the text is no UTF-8 or longer than REEL_TOKENIZER_MAX_TEXT. */
reel_status reel_tokenizer_encode(const reel_tokenizer *tokenizer, const char *text, int32_t *ids,
                                  int limit, reel_token_count *out);

/* The text again (lower case, white space normalised). Owned by the caller, released with free().
 * REEL_ERR_INVALID on an id that is none. */
reel_status reel_tokenizer_decode(const reel_tokenizer *tokenizer, const int32_t *ids, int count,
                                  char **out);

#endif
