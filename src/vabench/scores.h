/* What a set of films achieves. */
#ifndef REEL_VABENCH_SCORES_H
#define REEL_VABENCH_SCORES_H

#include "vabench/prompts.h"
#include "vabench/sync.h"

#include <jansson.h>

typedef struct {
    int right[REEL_TRAIT_COUNT], judged[REEL_TRAIT_COUNT];
    reel_sync sync[REEL_MOTION_COUNT];   /* by the motion of the scene */
    reel_sync chance[REEL_MOTION_COUNT]; /* with the sound of every other film of that motion */
} reel_scores;

/* prompts and verdicts [count], in the same order. */
void reel_scores_build(reel_scores *out, const reel_prompt *prompts, const reel_verdict *verdicts,
                       int count);

/* {attributes: {object: {right, judged, share}, ...},
 *  sync: {all: {impacts, heard, heard_share, onsets, seen, seen_share, phantoms, median_ms,
 *         chance_heard_share, chance_seen_share}, bounce: {...}, ...}}; a share of nothing is null.
 * `all` is about the motions that strike. Owned by the caller; NULL without memory. */
json_t *reel_scores_json(const reel_scores *scores);

#endif
