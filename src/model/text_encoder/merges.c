/* A list of merges with a hash table from pairs to their rank. */
#include "model/text_encoder/merges.h"

#include "base/error.h"
#include "model/text_encoder/pieces.h"
#include "model/text_encoder/tokenizer.h"

#include <stdlib.h>

uint32_t reel_merge_hash(int32_t left, int32_t right)
{
    uint64_t h = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32);
}

reel_status reel_merges_init(reel_merges *merges, int capacity)
{
    *merges = (reel_merges){ .capacity = capacity, .slot_count = 16 };
    while (merges->slot_count < 2 * (uint32_t)capacity) {
        merges->slot_count *= 2;
    }
    merges->items = calloc((size_t)capacity + 1, sizeof *merges->items);
    merges->slots = calloc(merges->slot_count, sizeof *merges->slots);
    if (!merges->items || !merges->slots) {
        reel_merges_deinit(merges);
        return REEL_FAIL(REEL_ERR_MEMORY, "merges: no memory for %d", capacity);
    }
    return REEL_OK;
}

void reel_merges_deinit(reel_merges *merges)
{
    free(merges->items);
    free(merges->slots);
    *merges = (reel_merges){ 0 };
}

/* The slot that holds the pair, or the empty one where it would go. */
static uint32_t slot_of(const reel_merges *merges, int32_t left, int32_t right)
{
    uint32_t slot = reel_merge_hash(left, right) & (merges->slot_count - 1);
    while (merges->slots[slot]) {
        const reel_merge *m = &merges->items[merges->slots[slot] - 1];
        if (m->left == left && m->right == right) {
            break;
        }
        slot = (slot + 1) & (merges->slot_count - 1);
    }
    return slot;
}

static int length_of(const reel_merges *merges, int32_t id)
{
    return id < REEL_TOKEN_MERGES ? 1 : merges->items[id - REEL_TOKEN_MERGES].length;
}

reel_status reel_merges_add(reel_merges *merges, reel_merge merge)
{
    const int32_t id = REEL_TOKEN_MERGES + merges->count;
    if (merges->count == merges->capacity || merge.left < REEL_TOKEN_BYTES || merge.left >= id ||
        merge.right < REEL_TOKEN_BYTES || merge.right >= id) {
        return REEL_FAIL(REEL_ERR_FORMAT, "merges[%d]: is [%d, %d], expected ids from %d to %d",
                         merges->count, merge.left, merge.right, REEL_TOKEN_BYTES, id - 1);
    }
    merge.length = length_of(merges, merge.left) + length_of(merges, merge.right);
    if (merge.length > REEL_PIECE_MAX) {
        return REEL_FAIL(REEL_ERR_FORMAT, "merges[%d]: stands for %d bytes, expected at most %d",
                         merges->count, merge.length, REEL_PIECE_MAX);
    }
    const uint32_t slot = slot_of(merges, merge.left, merge.right);
    if (merges->slots[slot]) {
        return REEL_FAIL(REEL_ERR_FORMAT, "merges[%d]: is [%d, %d], as merges[%d]", merges->count,
                         merge.left, merge.right, merges->slots[slot] - 1);
    }
    merges->items[merges->count++] = merge;
    merges->slots[slot] = merges->count;
    return REEL_OK;
}

int reel_merges_find(const reel_merges *merges, int32_t left, int32_t right)
{
    return merges->slots[slot_of(merges, left, right)] - 1;
}

int reel_merges_replace(int32_t *ids, int count, reel_merge merge, int32_t id)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (i + 1 < count && ids[i] == merge.left && ids[i + 1] == merge.right) {
            ids[kept++] = id;
            i++;
        } else {
            ids[kept++] = ids[i];
        }
    }
    return kept;
}

int reel_merges_apply(const reel_merges *merges, int32_t *ids, int count)
{
    for (;;) {
        int best = -1;
        for (int i = 0; i + 1 < count; i++) {
            int rank = reel_merges_find(merges, ids[i], ids[i + 1]);
            if (rank >= 0 && (best < 0 || rank < best)) {
                best = rank;
            }
        }
        if (best < 0) {
            return count;
        }
        count = reel_merges_replace(ids, count, merges->items[best], REEL_TOKEN_MERGES + best);
    }
}
