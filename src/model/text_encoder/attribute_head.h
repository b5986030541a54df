/* The task on which the text encoder learns: name the attributes of the scene from its caption.
 *
 * One learned query per attribute reads the tokens by attention, a linear layer gives the logits:
 *     z_a = Attn(query_a, x Wk, x Wv),   logits_a = z_a W_a + b_a
 * Used in training only; the part file of the encoder does not hold it. */
#ifndef REEL_MODEL_ATTRIBUTE_HEAD_H
#define REEL_MODEL_ATTRIBUTE_HEAD_H

#include "ops/ops.h"

#include <jansson.h>

enum { REEL_ATTRIBUTES_MAX = 64, REEL_ATTRIBUTE_NAME = 32 };

typedef struct {
    char name[REEL_ATTRIBUTE_NAME]; /* letters, digits and '_' */
    int classes;                    /* >= 2 */
} reel_attribute_spec;

typedef struct {
    int width; /* Dt of the encoder, a multiple of heads */
    int heads;
    int count;
    reel_attribute_spec attributes[REEL_ATTRIBUTES_MAX];
} reel_attribute_head_config;

typedef struct {
    reel_attribute_head_config config;
    reel_tensor *queries;                           /* [attributes, Dt] */
    reel_linear_params k, v;                        /* [Dt, Dt], no bias */
    reel_linear_params logits[REEL_ATTRIBUTES_MAX]; /* [classes, Dt] */
} reel_attribute_head;

/* JSON: {"width": 192, "heads": 3, "attributes": [{"name": "colour", "classes": 8}, ...]}.
 * REEL_ERR_FORMAT names what does not fit. */
reel_status reel_attribute_head_config_read(reel_attribute_head_config *out, const json_t *object);
/* Owned by the caller, released with json_decref(). NULL without memory. */
json_t *reel_attribute_head_config_write(const reel_attribute_head_config *config);

/* Weights "attribute_head.", into a set of the caller's (the encoder's during its training). */
void reel_attribute_head_declare(reel_weights *set, reel_attribute_head *head,
                                 const reel_attribute_head_config *config);

/* text: [B, Lt, Dt];  mask: [B, Lt] or NULL.
 * logits[a] is set to [B, classes of a] for every attribute. Failures are sticky in rt. */
void reel_attribute_head_classify(reel_rt *rt, const reel_attribute_head *head, reel_tensor *text,
                                  reel_tensor *mask, reel_tensor **logits);

#endif
