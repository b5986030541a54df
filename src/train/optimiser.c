/* Which rule moves which weight. */
#include "train/optimiser.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 15 };

static int uses_muon(const reel_weight *w, const reel_recipe *recipe)
{
    return recipe->muon_lr > 0 && w->group == REEL_GROUP_MATRIX && w->tensor->rank >= 2;
}

static int chunks_of(const reel_weight *w)
{
    return (int)((reel_count(w->tensor) + CHUNK - 1) / CHUNK);
}

static int add_chunks(reel_adamw_chunk *out, const reel_weight *w)
{
    int64_t count = reel_count(w->tensor);
    int added = 0;
    for (int64_t start = 0; start < count; start += CHUNK) {
        out[added++] = (reel_adamw_chunk){
            .offset = w->offset + (size_t)start,
            .count = count - start < CHUNK ? count - start : CHUNK,
            .decays = w->group != REEL_GROUP_PLAIN,
        };
    }
    return added;
}

static reel_muon_matrix matrix_of(const reel_weight *w)
{
    int64_t rows = w->tensor->dim[0];
    return (reel_muon_matrix){ .offset = w->offset,
                               .rows = rows,
                               .columns = reel_count(w->tensor) / rows };
}

/* The largest first, so that no thread is left with a big one at the end; equal shapes together. */
static int by_shape(const void *a, const void *b)
{
    const reel_muon_matrix *x = a, *y = b;
    int64_t m = x->rows * x->columns, n = y->rows * y->columns;
    if (m != n) {
        return m < n ? 1 : -1;
    }
    if (x->rows != y->rows) {
        return x->rows < y->rows ? 1 : -1;
    }
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static reel_status zeros(float **out, size_t count)
{
    void *memory;
    REEL_TRY(reel_device_allocate(&memory, reel_size_mul(count, sizeof **out), 1));
    *out = memory;
    return REEL_OK;
}

/* The chunks lie beside the weights, where the kernels read them. */
static reel_status keep_chunks(reel_optimiser *o, const reel_adamw_chunk *chunks, int count)
{
    void *memory;
    size_t size = (size_t)count * sizeof *chunks;
    REEL_TRY(reel_device_allocate(&memory, size, 0));
    o->chunks = memory;
    o->chunk_count = count;
    return reel_copy_in(memory, chunks, size);
}

static reel_status share_out(reel_optimiser *o, const reel_recipe *recipe)
{
    const reel_weights *set = o->weights;
    int chunks = 0, most = 1;
    for (int i = 0; i < set->count; i++) {
        most += chunks_of(&set->items[i]);
    }
    reel_adamw_chunk *list = calloc((size_t)most, sizeof *list);
    o->matrices = calloc((size_t)set->count + 1, sizeof *o->matrices);
    if (!list || !o->matrices) {
        free(list);
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for %d chunks", most);
    }
    for (int i = 0; i < set->count; i++) {
        const reel_weight *w = &set->items[i];
        if (w->tensor->wants_grad && uses_muon(w, recipe)) {
            o->matrices[o->matrix_count++] = matrix_of(w);
        } else if (w->tensor->wants_grad) {
            chunks += add_chunks(list + chunks, w);
        }
    }
    qsort(o->matrices, (size_t)o->matrix_count, sizeof *o->matrices, by_shape);
    reel_status status = keep_chunks(o, list, chunks);
    free(list);
    return status;
}

static reel_status provide_buffers(reel_optimiser *o, const reel_recipe *recipe)
{
    REEL_TRY(zeros(&o->first, o->weights->elements));
    REEL_TRY(zeros(&o->second, o->weights->elements));
    REEL_TRY(share_out(o, recipe));
    o->scratch_count = o->kernels->muon.scratch(o->matrices, o->matrix_count);
    return zeros(&o->scratch, o->scratch_count);
}

reel_status reel_optimiser_init(reel_optimiser *o, reel_weights *weights, const reel_recipe *recipe)
{
    *o = (reel_optimiser){
        .weights = weights,
        .kernels = reel_kernels_get(),
        .lr = recipe->lr,
        .muon_lr = recipe->muon_lr,
        .weight_decay = recipe->weight_decay,
        .beta1 = recipe->beta1,
        .beta2 = recipe->beta2,
    };
    reel_status status = provide_buffers(o, recipe);
    if (status < 0) {
        reel_optimiser_deinit(o);
        return reel_fail_in(status, "optimiser");
    }
    return REEL_OK;
}

void reel_optimiser_deinit(reel_optimiser *o)
{
    reel_device_release(o->first);
    reel_device_release(o->second);
    reel_device_release(o->chunks);
    reel_device_release(o->scratch);
    free(o->matrices);
    *o = (reel_optimiser){ 0 };
}

reel_status reel_optimiser_step(reel_optimiser *o, int64_t step, double lr_factor,
                                double grad_scale)
{
    const reel_adamw_args adamw = {
        .weight = o->weights->values,
        .first = o->first,
        .second = o->second,
        .grad = o->weights->grads,
        .chunks = o->chunks,
        .chunk_count = o->chunk_count,
        .step = step,
        .lr = lr_factor * o->lr,
        .decay = o->weight_decay,
        .beta1 = o->beta1,
        .beta2 = o->beta2,
        .grad_scale = grad_scale,
    };
    REEL_TRY(o->kernels->adamw.step(&adamw));
    const reel_muon_args muon = {
        .weight = o->weights->values,
        .momentum = o->first,
        .grad = o->weights->grads,
        .matrices = o->matrices,
        .count = o->matrix_count,
        .scratch = o->scratch,
        .scratch_count = o->scratch_count,
        .linear = &o->kernels->linear,
        .lr = lr_factor * o->muon_lr,
        .decay = o->weight_decay,
        .grad_scale = grad_scale,
    };
    return o->kernels->muon.step(&muon);
}
