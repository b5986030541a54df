/* Which rule moves which weight. */
#include "train/optimiser.h"

#include "base/arena.h"
#include "base/error.h"

#include <omp.h>
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

static void add_chunks(reel_optimiser *o, const reel_weight *w)
{
    size_t count = (size_t)reel_count(w->tensor);
    for (size_t start = 0; start < count; start += CHUNK) {
        size_t at = w->offset + start, left = count - start;
        o->chunks[o->chunk_count++] = (reel_optimiser_chunk){
            .span = { .weight = o->weights->values + at,
                      .first = o->first + at,
                      .second = o->second + at,
                      .grad = o->weights->grads + at,
                      .count = left < CHUNK ? left : CHUNK },
            .decays = w->group != REEL_GROUP_PLAIN,
        };
    }
}

static void add_matrix(reel_optimiser *o, const reel_weight *w)
{
    int64_t rows = w->tensor->dim[0], columns = reel_count(w->tensor) / rows;
    o->matrices[o->matrix_count++] = (reel_muon_matrix){
        .weight = o->weights->values + w->offset,
        .momentum = o->first + w->offset,
        .grad = o->weights->grads + w->offset,
        .rows = rows,
        .columns = columns,
    };
    size_t scratch = reel_muon_scratch(rows, columns);
    o->scratch_each = scratch > o->scratch_each ? scratch : o->scratch_each;
}

/* The largest first, so that no thread is left with a big one at the end. */
static int by_size(const void *a, const void *b)
{
    const reel_muon_matrix *x = a, *y = b;
    int64_t m = x->rows * x->columns, n = y->rows * y->columns;
    if (m != n) {
        return m < n ? 1 : -1;
    }
    return x->weight < y->weight ? -1 : x->weight > y->weight;
}

static float *zeros(size_t count)
{
    size_t size = reel_size_mul(count ? count : 1, sizeof(float));
    size = (size + REEL_ARENA_ALIGN - 1) / REEL_ARENA_ALIGN * REEL_ARENA_ALIGN;
    float *p = aligned_alloc(REEL_ARENA_ALIGN, size);
    if (p) {
        memset(p, 0, size);
    }
    return p;
}

reel_status reel_optimiser_init(reel_optimiser *o, reel_weights *weights, const reel_recipe *recipe)
{
    *o = (reel_optimiser){
        .weights = weights,
        .lr = recipe->lr,
        .muon_lr = recipe->muon_lr,
        .weight_decay = recipe->weight_decay,
        .beta1 = recipe->beta1,
        .beta2 = recipe->beta2,
        .threads = omp_get_max_threads(),
    };
    int chunks = 1;
    for (int i = 0; i < weights->count; i++) {
        chunks += chunks_of(&weights->items[i]);
    }
    o->first = zeros(weights->elements);
    o->second = zeros(weights->elements);
    o->chunks = calloc((size_t)chunks, sizeof *o->chunks);
    o->matrices = calloc((size_t)weights->count + 1, sizeof *o->matrices);
    if (!o->first || !o->second || !o->chunks || !o->matrices) {
        reel_optimiser_deinit(o);
        return REEL_FAIL(REEL_ERR_MEMORY, "optimiser: no memory for the moments of %zu elements",
                         weights->elements);
    }
    for (int i = 0; i < weights->count; i++) {
        const reel_weight *w = &weights->items[i];
        if (w->tensor->wants_grad) {
            (uses_muon(w, recipe) ? add_matrix : add_chunks)(o, w);
        }
    }
    qsort(o->matrices, (size_t)o->matrix_count, sizeof *o->matrices, by_size);
    o->scratch = zeros(o->scratch_each * (size_t)o->threads);
    if (!o->scratch) {
        reel_optimiser_deinit(o);
        return REEL_FAIL(REEL_ERR_MEMORY, "optimiser: no memory to orthogonalise in");
    }
    return REEL_OK;
}

void reel_optimiser_deinit(reel_optimiser *o)
{
    free(o->first);
    free(o->second);
    free(o->chunks);
    free(o->matrices);
    free(o->scratch);
    *o = (reel_optimiser){ 0 };
}

static void step_chunks(reel_optimiser *o, const reel_adamw_rule *rule)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < o->chunk_count; i++) {
        reel_adamw_rule own = *rule;
        own.decay = o->chunks[i].decays ? rule->decay : 0;
        reel_adamw_step(&o->chunks[i].span, &own);
    }
}

/* One matrix per thread: the products inside run on the thread that calls them. */
static reel_status step_matrices(reel_optimiser *o, const reel_muon_rule *rule)
{
    const reel_kernels *kernels = reel_kernels_get();
    int failed = 0;
#pragma omp parallel for schedule(dynamic) num_threads(o->threads) reduction(+ : failed)
    for (int i = 0; i < o->matrix_count; i++) {
        float *scratch = o->scratch + o->scratch_each * (size_t)omp_get_thread_num();
        failed += reel_muon_step(&o->matrices[i], rule, scratch, kernels) < 0;
    }
    return failed ? REEL_FAIL(REEL_ERR_INTERNAL, "muon: a matrix product failed") : REEL_OK;
}

reel_status reel_optimiser_step(reel_optimiser *o, int64_t step, double lr_factor,
                                double grad_scale)
{
    reel_adamw_rule adamw = {
        .step = step,
        .lr = lr_factor * o->lr,
        .decay = o->weight_decay,
        .beta1 = o->beta1,
        .beta2 = o->beta2,
        .grad_scale = grad_scale,
    };
    step_chunks(o, &adamw);
    reel_muon_rule muon = { .lr = lr_factor * o->muon_lr,
                            .decay = o->weight_decay,
                            .grad_scale = grad_scale };
    return step_matrices(o, &muon);
}
