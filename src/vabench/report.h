/* The report as JSON. */
#ifndef REEL_VABENCH_REPORT_H
#define REEL_VABENCH_REPORT_H

#include "vabench/scores.h"

/* A prompt and what it asks for: {prompt, kind, seed, wanted: {object, ...}}; what is not asked for
 * is null. Owned by the caller; NULL without memory. */
json_t *reel_prompt_json(const reel_prompt *prompt);

/* What was found: {object, ..., impacts: [seconds], onsets: [seconds], and how sure it is:
 * likeness, place_distance, sound_distance}. */
json_t *reel_verdict_json(const reel_verdict *verdict);

#endif
