/* From words to text features: the prompt and the negative prompt, encoded once, as one batch. */
#ifndef REEL_PIPELINE_PROMPT_H
#define REEL_PIPELINE_PROMPT_H

#include "pipeline/model.h"

enum { REEL_BRANCHES = 2 }; /* of guidance: 0 the prompt, 1 the negative prompt */

/* features: [REEL_BRANCHES, Lt, Dt], mask: [REEL_BRANCHES, Lt] (1 = a token, 0 = padding).
 * Owned by the caller, released with reel_prompt_free(). */
typedef struct {
    int tokens, width; /* Lt, Dt */
    float *features, *mask;
    int truncated; /* tokens of both texts that did not fit */
} reel_prompt;

/* REEL_ERR_INVALID names `prompt` or `negative_prompt`: not UTF-8, empty, or too long. */
reel_status reel_prompt_encode(reel_prompt *out, const reel_model *model, const char *prompt,
                               const char *negative_prompt);
/* Bytes of encoding texts as long as the model reads them, found by a dry pass. */
reel_status reel_prompt_measure(size_t *bytes, const reel_model *model);
void reel_prompt_free(reel_prompt *prompt);

/* Characters of well-formed UTF-8; -1 if it is not. */
int reel_prompt_length(const char *text);

#endif
