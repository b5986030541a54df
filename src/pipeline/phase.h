/* A phase of a generation: one forward pass whose memory is measured before it runs.
 *
 * The same function runs twice, first on a counting arena, then on one of exactly that size. */
#ifndef REEL_PIPELINE_PHASE_H
#define REEL_PIPELINE_PHASE_H

#include "tensor/runtime.h"

/* A forward pass; failures may also be sticky in rt. When reel_rt_is_dry(rt), tensors hold no
 * data and nothing may be read from them. */
typedef reel_status (*reel_phase_fn)(reel_rt *rt, void *user);

reel_status reel_phase_measure(size_t *bytes, reel_phase_fn phase, void *user);
reel_status reel_phase_run(reel_phase_fn phase, void *user);

#endif
