/* The merges of a byte-pair encoding: which two ids become which one. */
#ifndef REEL_MODEL_MERGES_H
#define REEL_MODEL_MERGES_H

#include "reel/status.h"

#include <stdint.h>

typedef struct {
    int32_t left, right;
    int length; /* bytes it stands for; set by reel_merges_add() */
} reel_merge;

/* Merge i makes the id REEL_TOKEN_MERGES + i of two ids below it. */
typedef struct {
    reel_merge *items;
    int count, capacity;
    int32_t *slots; /* open addressing: index of a merge + 1, 0 empty */
    uint32_t slot_count;
} reel_merges;

/* Room for `capacity` merges. Released with reel_merges_deinit(). */
reel_status reel_merges_init(reel_merges *merges, int capacity);
void reel_merges_deinit(reel_merges *merges);

/* REEL_ERR_FORMAT if the pair is there already, its ids are not below the new one, or it stands for
 * more bytes than a piece can have (so that the text of any id is short). */
reel_status reel_merges_add(reel_merges *merges, reel_merge merge);
/* Index, or -1. */
int reel_merges_find(const reel_merges *merges, int32_t left, int32_t right);

/* Apply all merges to ids[0..count), the earliest merge first; returns the new count. */
int reel_merges_apply(const reel_merges *merges, int32_t *ids, int count);

/* Replace every left, right in ids by `id`; returns the new count. */
int reel_merges_replace(int32_t *ids, int count, reel_merge merge, int32_t id);

uint32_t reel_merge_hash(int32_t left, int32_t right);

#endif
