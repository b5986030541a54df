/* Residual blocks of convolutions. */
#include "model/residual_block.h"

#include "ops/activation.h"
#include "ops/concat.h"
#include "ops/elementwise.h"
#include "ops/rms_norm.h"
#include "ops/slice.h"
#include "tensor/reuse.h"

static const float EPS = 1e-6f;

/* Seen as [C, taps * C] these are hidden matrices, not edges of the network: Muon may move them. */
static void declare_conv(reel_weights *set, reel_conv_params *conv, const char *name, int64_t width,
                         const int kernel[3], reel_init init)
{
    reel_conv_declare(set, conv, name, width, width, kernel, init);
    for (int i = 0; i < set->count; i++) {
        if (set->items[i].tensor == conv->weight) {
            set->items[i].group = REEL_GROUP_MATRIX;
        }
    }
}

static void declare(reel_weights *set, reel_residual_block *block,
                    const reel_residual_block_options *options)
{
    int64_t width = options->width;
    block->causal = options->causal;
    REEL_WEIGHT(set, &block->norm_1, "norm_1", REEL_INIT_ONE, REEL_GROUP_PLAIN, width);
    declare_conv(set, &block->conv_1, "conv_1", width, options->kernel_1, REEL_INIT_HE);
    REEL_WEIGHT(set, &block->norm_2, "norm_2", REEL_INIT_ONE, REEL_GROUP_PLAIN, width);
    declare_conv(set, &block->conv_2, "conv_2", width, options->kernel_2, REEL_INIT_ZERO);
}

void reel_residual_blocks_declare(reel_weights *set, reel_residual_block *blocks, int count,
                                  const char *name, const reel_residual_block_options *options)
{
    reel_weights_push(set, "%s", name);
    for (int i = 0; i < count; i++) {
        reel_weights_push(set, "%d", i);
        declare(set, &blocks[i], options);
        reel_weights_pop(set);
    }
    reel_weights_pop(set);
}

reel_tensor *reel_same_conv(reel_rt *rt, reel_tensor *x, const reel_conv_params *p, int causal)
{
    const int64_t *kernel = p->weight->dim + 1;
    int time = (int)kernel[0] - 1, half[2] = { (int)kernel[1] / 2, (int)kernel[2] / 2 };
    reel_conv_options options = {
        .pad_front = { causal ? time : time / 2, half[0], half[1] },
        .pad_back = { causal ? 0 : time / 2, half[0], half[1] },
        .replicate_time = causal,
    };
    return reel_conv(rt, x, p, &options);
}

static reel_tensor *activate(reel_rt *rt, reel_tensor *x, reel_tensor *norm)
{
    reel_tensor *normed = reel_rms_norm(rt, x, norm, EPS);
    reel_tensor *y = reel_silu(rt, normed);
    REEL_DONE(rt, normed);
    return y;
}

static reel_tensor *forward(reel_rt *rt, const reel_residual_block *block, reel_tensor *x)
{
    reel_tensor *active = activate(rt, x, block->norm_1);
    reel_tensor *h = reel_same_conv(rt, active, &block->conv_1, block->causal);
    REEL_DONE(rt, active);
    active = activate(rt, h, block->norm_2);
    REEL_DONE(rt, h);
    h = reel_same_conv(rt, active, &block->conv_2, block->causal);
    REEL_DONE(rt, active);
    reel_tensor *sum = reel_add(rt, x, h);
    REEL_DROP(rt, h);
    return sum;
}

reel_tensor *reel_residual_blocks_forward(reel_rt *rt, const reel_residual_block *blocks, int count,
                                          reel_tensor *x)
{
    reel_tensor *h = x;
    for (int i = 0; i < count; i++) {
        reel_tensor *next = forward(rt, &blocks[i], h);
        if (h != x) {
            REEL_DONE(rt, h);
        }
        h = next;
    }
    return h;
}

/* --- in pieces ------------------------------------------------------------------------------ */

static reel_tensor *room_before(reel_rt *rt, const reel_conv_params *conv, const int64_t cells[3])
{
    const int64_t *dim = conv->weight->dim; /* [Co, kT, kH, kW, Ci] */
    return dim[1] > 1 ? REEL_NEW(rt, REEL_F32, cells[0], dim[1] - 1, cells[1], cells[2], dim[4])
                      : NULL;
}

void reel_residual_memory_init(reel_rt *rt, reel_residual_memory *memory,
                               const reel_residual_block *blocks, int count, const int64_t cells[3])
{
    for (int i = 0; i < count; i++) {
        memory[i].before_1 = room_before(rt, &blocks[i].conv_1, cells);
        memory[i].before_2 = room_before(rt, &blocks[i].conv_2, cells);
    }
}

/* A causal convolution behind what came before; `before` becomes what the next piece needs, x is
 * given away. */
static reel_tensor *conv_behind(reel_rt *rt, reel_tensor *x, const reel_conv_params *p,
                                reel_tensor *before, int is_first)
{
    if (!before) {
        reel_tensor *y = reel_same_conv(rt, x, p, 1);
        REEL_DROP(rt, x);
        return y;
    }
    const int64_t *kernel = p->weight->dim + 1;
    reel_tensor *all = is_first ? reel_slice(rt, x, 1, 0, 1) : before;
    while (rt->status == REEL_OK && all->dim[1] < kernel[0] - 1) { /* frame 0 repeats */
        all = reel_concat(rt, all, reel_slice(rt, x, 1, 0, 1), 1);
    }
    all = reel_concat(rt, all, x, 1);
    reel_tensor *last = reel_slice(rt, all, 1, x->dim[1], kernel[0] - 1);
    reel_assign(rt, before, last);
    REEL_DROP(rt, x, last);
    const int height = (int)kernel[1] / 2, width = (int)kernel[2] / 2;
    reel_tensor *y = reel_conv(rt, all, p,
                               &(reel_conv_options){ .pad_front = { 0, height, width },
                                                     .pad_back = { 0, height, width } });
    REEL_DROP(rt, all);
    return y;
}

reel_tensor *reel_residual_blocks_continue(reel_rt *rt, const reel_residual_block *blocks,
                                           int count, reel_tensor *x,
                                           const reel_residual_memory *memory, int is_first)
{
    int recording = rt->recording;
    rt->recording = 0;
    for (int i = 0; i < count; i++) {
        const reel_residual_block *block = &blocks[i];
        reel_tensor *active = activate(rt, x, block->norm_1);
        reel_tensor *h = conv_behind(rt, active, &block->conv_1, memory[i].before_1, is_first);
        active = activate(rt, h, block->norm_2);
        REEL_DROP(rt, h);
        h = conv_behind(rt, active, &block->conv_2, memory[i].before_2, is_first);
        x = reel_add(rt, x, h);
        REEL_DROP(rt, h);
    }
    rt->recording = recording;
    return x;
}
