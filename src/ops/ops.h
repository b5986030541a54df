/* Every operator: what model code includes. */
#ifndef REEL_OPS_OPS_H
#define REEL_OPS_OPS_H

#include "ops/activation.h"
#include "ops/attention.h"
#include "ops/concat.h"
#include "ops/conv.h"
#include "ops/elementwise.h"
#include "ops/embedding.h"
#include "ops/frame.h"
#include "ops/gated_add.h"
#include "ops/interpolate.h"
#include "ops/kernels.h"
#include "ops/layer_norm.h"
#include "ops/linear.h"
#include "ops/loss.h"
#include "ops/modulate.h"
#include "ops/patchify.h"
#include "ops/reduce.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/slice.h"
#include "ops/spectrum.h"
#include "ops/timestep_embedding.h"

#endif
