/* Byte-pair training over the distinct pieces of the texts: count pairs, merge the most frequent,
 * again. Pieces are few (a vocabulary of words), so that counting afresh each time is cheap. */
#include "model/text_encoder/tokenizer_train.h"

#include "base/error.h"
#include "model/text_encoder/pieces.h"
#include "model/text_encoder/tokenizer.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DISTINCT = 1 << 20, TEXT_LIMIT = 1 << 24 };

/* A distinct piece, as ids. */
typedef struct {
    int32_t ids[REEL_PIECE_MAX];
    int length;
    int64_t times;
    uint64_t hash;
} entry;

typedef struct {
    entry *items;
    int count, capacity;
    int32_t *slots; /* index + 1 */
    uint32_t slot_count;
} dictionary;

typedef struct {
    int32_t left, right;
    int64_t times;
} pair;

typedef struct {
    pair *slots; /* open addressing, times 0: empty */
    uint32_t slot_count, used;
} pair_table;

/* --- distinct pieces ------------------------------------------------------------------------ */

static uint64_t hash_bytes(const unsigned char *bytes, int length)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (int i = 0; i < length; i++) {
        h = (h ^ bytes[i]) * 0x100000001b3u;
    }
    return h;
}

static int same_piece(const entry *e, const reel_piece *piece)
{
    int i = 0;
    while (i < piece->length && e->length == piece->length &&
           e->ids[i] == REEL_TOKEN_BYTES + piece->bytes[i]) {
        i++;
    }
    return i == piece->length && e->length == piece->length;
}

static reel_status dictionary_resize(dictionary *d, int capacity)
{
    entry *items = realloc(d->items, (size_t)capacity * sizeof *items);
    if (items) {
        d->items = items;
        d->capacity = capacity;
    }
    const uint32_t slot_count = 2 * (uint32_t)capacity;
    int32_t *slots = items ? calloc(slot_count, sizeof *slots) : NULL;
    if (!slots) {
        return REEL_FAIL(REEL_ERR_MEMORY, "tokenizer: no memory for %d words", capacity);
    }
    for (int i = 0; i < d->count; i++) {
        uint32_t slot = (uint32_t)d->items[i].hash & (slot_count - 1);
        while (slots[slot]) {
            slot = (slot + 1) & (slot_count - 1);
        }
        slots[slot] = i + 1;
    }
    free(d->slots);
    d->slots = slots;
    d->slot_count = slot_count;
    return REEL_OK;
}

static reel_status dictionary_add(dictionary *d, const reel_piece *piece)
{
    if (d->count == d->capacity) {
        if (d->count >= MAX_DISTINCT) {
            return REEL_FAIL(REEL_ERR_UNSUPPORTED, "tokenizer: more than %d distinct words",
                             MAX_DISTINCT);
        }
        REEL_TRY(dictionary_resize(d, d->capacity ? 2 * d->capacity : 1024));
    }
    const uint64_t hash = hash_bytes(piece->bytes, piece->length);
    uint32_t slot = (uint32_t)hash & (d->slot_count - 1);
    while (d->slots[slot]) {
        entry *e = &d->items[d->slots[slot] - 1];
        if (e->hash == hash && same_piece(e, piece)) {
            e->times++;
            return REEL_OK;
        }
        slot = (slot + 1) & (d->slot_count - 1);
    }
    entry *e = &d->items[d->count++];
    *e = (entry){ .length = piece->length, .times = 1, .hash = hash };
    for (int i = 0; i < piece->length; i++) {
        e->ids[i] = REEL_TOKEN_BYTES + piece->bytes[i];
    }
    d->slots[slot] = d->count;
    return REEL_OK;
}

static reel_status collect(dictionary *d, const char *const *texts, int count)
{
    for (int i = 0; i < count; i++) {
        reel_piece_cursor cursor;
        reel_piece piece;
        reel_status status = reel_pieces_begin(&cursor, texts[i], TEXT_LIMIT);
        if (status < 0) {
            return reel_fail_in(status, "text %d", i);
        }
        while (reel_pieces_next(&cursor, &piece)) {
            if (piece.tag < 0) {
                REEL_TRY(dictionary_add(d, &piece));
            }
        }
    }
    return REEL_OK;
}

/* --- pairs ---------------------------------------------------------------------------------- */

static pair *pair_slot(const pair_table *t, int32_t left, int32_t right)
{
    uint32_t slot = reel_merge_hash(left, right) & (t->slot_count - 1);
    while (t->slots[slot].times && (t->slots[slot].left != left || t->slots[slot].right != right)) {
        slot = (slot + 1) & (t->slot_count - 1);
    }
    return &t->slots[slot];
}

static reel_status pair_table_grow(pair_table *t)
{
    pair_table bigger = { .slot_count = 2 * t->slot_count, .used = t->used };
    bigger.slots = calloc(bigger.slot_count, sizeof *bigger.slots);
    if (!bigger.slots) {
        return REEL_FAIL(REEL_ERR_MEMORY, "tokenizer: no memory for pairs");
    }
    for (uint32_t i = 0; i < t->slot_count; i++) {
        if (t->slots[i].times) {
            *pair_slot(&bigger, t->slots[i].left, t->slots[i].right) = t->slots[i];
        }
    }
    free(t->slots);
    *t = bigger;
    return REEL_OK;
}

static reel_status count_pairs(pair_table *t, const dictionary *d)
{
    memset(t->slots, 0, t->slot_count * sizeof *t->slots);
    t->used = 0;
    for (int i = 0; i < d->count; i++) {
        const entry *e = &d->items[i];
        for (int j = 0; j + 1 < e->length; j++) {
            if (2 * t->used >= t->slot_count) {
                REEL_TRY(pair_table_grow(t));
            }
            pair *p = pair_slot(t, e->ids[j], e->ids[j + 1]);
            t->used += p->times == 0;
            *p = (pair){ e->ids[j], e->ids[j + 1], p->times + e->times };
        }
    }
    return REEL_OK;
}

/* More frequent, of equals the lower ids. */
static int is_better(const pair *a, const pair *b)
{
    if (a->times != b->times) {
        return a->times > b->times;
    }
    return a->left != b->left ? a->left < b->left : a->right < b->right;
}

static pair most_frequent(const pair_table *t)
{
    pair best = { 0 };
    for (uint32_t i = 0; i < t->slot_count; i++) {
        if (t->slots[i].times && is_better(&t->slots[i], &best)) {
            best = t->slots[i];
        }
    }
    return best;
}

static reel_status learn(reel_merges *merges, dictionary *d, pair_table *table)
{
    while (merges->count < merges->capacity) {
        REEL_TRY(count_pairs(table, d));
        const pair best = most_frequent(table);
        if (best.times < 2) {
            break;
        }
        const reel_merge merge = { .left = best.left, .right = best.right };
        const int32_t id = REEL_TOKEN_MERGES + merges->count;
        REEL_TRY(reel_merges_add(merges, merge));
        for (int i = 0; i < d->count; i++) {
            d->items[i].length =
                reel_merges_replace(d->items[i].ids, d->items[i].length, merge, id);
        }
    }
    return REEL_OK;
}

reel_status reel_merges_learn(reel_merges *merges, const char *const *texts, int count)
{
    dictionary words = { 0 };
    pair_table table = { .slot_count = 4096 };
    reel_status status = REEL_OK;
    table.slots = calloc(table.slot_count, sizeof *table.slots);
    if (!table.slots) {
        return REEL_FAIL(REEL_ERR_MEMORY, "tokenizer: no memory for pairs");
    }
    REEL_TRY_OR_DONE(collect(&words, texts, count));
    REEL_TRY_OR_DONE(learn(merges, &words, &table));
done:
    free(table.slots);
    free(words.items);
    free(words.slots);
    return status;
}
