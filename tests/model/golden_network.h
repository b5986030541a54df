/* Golden files of whole networks: inputs by name, "weight.NAME" and "d_weight.NAME" for every
 * weight of a set. Written by tools/golden/model/. */
#ifndef REEL_TESTS_GOLDEN_NETWORK_H
#define REEL_TESTS_GOLDEN_NETWORK_H

#include "check.h"
#include "tensor/safetensors.h"
#include "tensor/weights.h"

/* golden/model/NAME.safetensors; fails the test when it cannot be read. */
void golden_open(reel_safetensors *file, const char *name);

/* Every weight of the set from the file. Fails the test if the set lacks one of the file's or the
 * file one of the set's, or if a shape differs. */
void golden_fill(reel_weights *set, const reel_safetensors *file);

/* A tensor of the file in the arena of rt (f32 or i32). */
reel_tensor *golden_input(reel_rt *rt, const reel_safetensors *file, const char *name);
/* Its values on the host, borrowed from the file. */
const float *golden_values(const reel_safetensors *file, const char *name);

void golden_compare(const char *name, const reel_tensor *found, const reel_safetensors *file,
                    double tolerance);
/* The gradient of every weight against "d_weight.NAME". */
void golden_compare_grads(const reel_weights *set, const reel_safetensors *file, double tolerance);

#endif
