/* Tensors of a step, scopes, and the tape. */
#include "tensor/runtime.h"

#include "base/error.h"
#include "tensor/reuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Address space; touched pages only count. */
static const size_t HEADER_CAPACITY = (size_t)256 << 20, HOST_CAPACITY = (size_t)512 << 20;

static reel_status provide_memory(reel_rt *rt, size_t capacity)
{
    if (capacity == 0) {
        reel_arena_init_counting(&rt->arena);
        return REEL_OK;
    }
    if (rt->device->kind == REEL_DEVICE_CPU) {
        return reel_arena_init(&rt->arena, capacity);
    }
    void *memory;
    REEL_TRY(rt->device->ops->allocate(rt->device, &memory, capacity, 0));
    reel_arena_init_over(&rt->arena, memory, capacity);
    return REEL_OK;
}

reel_status reel_rt_init(reel_rt *rt, const struct reel_kernels *kernels, size_t capacity)
{
    *rt = (reel_rt){ .kernels = kernels, .device = reel_device_current() };
    REEL_TRY(reel_arena_init(&rt->headers, HEADER_CAPACITY));
    reel_status status = provide_memory(rt, capacity);
    if (status < 0) {
        reel_arena_deinit(&rt->headers);
        return status;
    }
    reel_rt_reset(rt);
    return REEL_OK;
}

void reel_rt_deinit(reel_rt *rt)
{
    if (rt->arena.is_lent) {
        rt->device->ops->release(rt->device, rt->arena.base);
    }
    reel_arena_deinit(&rt->arena);
    reel_arena_deinit(&rt->headers);
    reel_arena_deinit(&rt->host);
}

void reel_rt_reset(reel_rt *rt)
{
    reel_arena_release(&rt->arena, 0);
    reel_arena_release(&rt->headers, 0);
    reel_arena_release(&rt->host, 0);
    rt->status = REEL_OK;
    rt->tape = NULL;
    rt->free_buffers = NULL;
    rt->oldest = 0;
    rt->scope[0] = 0;
    rt->poison = (reel_tensor){ .dtype = REEL_F32, .rank = 1, .dim = { 0 } };
}

reel_tensor *reel_fail_tensor(reel_rt *rt, reel_status code, const char *format, ...)
{
    if (rt->status == REEL_OK) {
        char text[512];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        rt->status = REEL_FAIL(code, "%s%s%s", rt->scope, rt->scope[0] ? ": " : "", text);
    }
    return &rt->poison;
}

void reel_scope_enter(reel_rt *rt, const char *format, ...)
{
    size_t length = strlen(rt->scope);
    if (length + 2 < sizeof rt->scope) {
        if (length) {
            rt->scope[length++] = '/';
        }
        va_list args;
        va_start(args, format);
        vsnprintf(rt->scope + length, sizeof rt->scope - length, format, args);
        va_end(args);
    }
}

void reel_scope_leave(reel_rt *rt)
{
    char *slash = strrchr(rt->scope, '/');
    *(slash ? slash : rt->scope) = 0;
}

/* --- making tensors ------------------------------------------------------------------------ */

static void keep_status(reel_rt *rt, reel_status status)
{
    if (status < 0 && rt->status == REEL_OK) {
        rt->status = rt->scope[0] ? reel_fail_in(status, "%s", rt->scope) : status;
    }
}

static void *header_alloc(reel_rt *rt, size_t size)
{
    void *p = reel_arena_alloc(&rt->headers, size);
    if (!p) {
        reel_fail_tensor(rt, REEL_ERR_MEMORY, "the step has too many tensors");
    }
    return p;
}

static reel_tensor *new_header(reel_rt *rt, reel_dtype dtype, int rank, const int64_t *dim)
{
    if (rt->status < 0) {
        return NULL;
    }
    reel_tensor *t = header_alloc(rt, sizeof *t);
    if (t) {
        *t = (reel_tensor){ .dtype = dtype, .rank = rank };
        memcpy(t->dim, dim, (size_t)rank * sizeof *dim);
    }
    return t;
}

reel_tensor *reel_new(reel_rt *rt, reel_dtype dtype, int rank, const int64_t *dim)
{
    reel_tensor *t = new_header(rt, dtype, rank, dim);
    if (!t) {
        return &rt->poison;
    }
    const size_t size = reel_size_bytes(t);
    if (reel_reuse_take(rt, t, size)) {
        return t;
    }
    t->data = reel_arena_alloc(&rt->arena, size);
    if (!t->data && !reel_rt_is_dry(rt)) {
        return reel_fail_tensor(rt, REEL_ERR_MEMORY, "a step needs more than its %zu bytes",
                                rt->arena.capacity);
    }
    return t;
}

reel_tensor *reel_new_like(reel_rt *rt, const reel_tensor *t)
{
    return reel_new(rt, t->dtype, t->rank, t->dim);
}

static void set_zero(reel_rt *rt, reel_tensor *t)
{
    if (!t->data) {
        return;
    }
    if (rt->profile) {
        reel_profile_begin(rt->profile);
    }
    reel_status status = rt->device->ops->zero(rt->device, t->data, reel_size_bytes(t));
    if (rt->profile) {
        status = reel_profile_end(rt->profile, rt->scope, "zeros", status);
    }
    keep_status(rt, status);
}

reel_tensor *reel_zeros(reel_rt *rt, reel_dtype dtype, int rank, const int64_t *dim)
{
    reel_tensor *t = reel_new(rt, dtype, rank, dim);
    set_zero(rt, t);
    return t;
}

reel_tensor *reel_from_host(reel_rt *rt, reel_dtype dtype, const void *values, int rank,
                            const int64_t *dim)
{
    reel_tensor *t = reel_new(rt, dtype, rank, dim);
    if (t->data) {
        keep_status(rt, rt->device->ops->copy_in(rt->device, t->data, values, reel_size_bytes(t)));
    }
    return t;
}

static void *host_alloc(reel_rt *rt, size_t size)
{
    if (!rt->host.base) { /* copies of tensors only where the host cannot read them */
        size_t copies = rt->device->host_can_read ? 0 : rt->arena.capacity;
        keep_status(rt, reel_arena_init(&rt->host, copies + HOST_CAPACITY));
    }
    void *p = rt->status == REEL_OK ? reel_arena_alloc(&rt->host, size) : NULL;
    if (!p && rt->status == REEL_OK) {
        reel_fail_tensor(rt, REEL_ERR_MEMORY, "a step needs more than %zu bytes on the host",
                         rt->host.capacity);
    }
    return p;
}

float *reel_host_scratch(reel_rt *rt, int64_t count)
{
    return reel_rt_is_dry(rt) ? NULL : host_alloc(rt, (size_t)count * sizeof(float));
}

const void *reel_host(reel_rt *rt, const reel_tensor *t)
{
    if (rt->status < 0 || !t->data) {
        return NULL;
    }
    if (rt->device->host_can_read) {
        return t->data;
    }
    if (reel_rt_is_dry(rt)) { /* a weight has data in a dry pass too */
        return NULL;
    }
    void *copy = host_alloc(rt, reel_size_bytes(t));
    if (copy) {
        keep_status(rt, rt->device->ops->copy_out(rt->device, copy, t->data, reel_size_bytes(t)));
    }
    return rt->status == REEL_OK ? copy : NULL;
}

void reel_assign(reel_rt *rt, reel_tensor *to, const reel_tensor *from)
{
    if (rt->status == REEL_OK && to->data) {
        keep_status(rt,
                    rt->device->ops->copy(rt->device, to->data, from->data, reel_size_bytes(to)));
    }
}

reel_tensor *reel_view(reel_rt *rt, reel_tensor *t, int rank, const int64_t *dim)
{
    reel_tensor *view = new_header(rt, t->dtype, rank, dim);
    if (!view) {
        return &rt->poison;
    }
    if (reel_count(view) != reel_count(t)) {
        return reel_fail_tensor(rt, REEL_ERR_SHAPE, "%s cannot be seen as %s", reel_shape(t).text,
                                reel_shape(view).text);
    }
    view->data = t->data;
    view->wants_grad = t->wants_grad;
    view->base = t->base ? t->base : t;
    return view;
}

/* --- the tape ------------------------------------------------------------------------------ */

int reel_will_record(const reel_rt *rt, int count, reel_tensor *const *inputs)
{
    for (int i = 0; rt->recording && i < count; i++) {
        if (inputs[i] && inputs[i]->wants_grad) {
            return 1;
        }
    }
    return 0;
}

void reel_record(reel_rt *rt, reel_status (*backward)(reel_rt *, const reel_node *), reel_node node)
{
    if (rt->status < 0 || !reel_will_record(rt, REEL_NODE_INPUTS, node.input)) {
        return;
    }
    reel_node *kept = header_alloc(rt, sizeof *kept);
    if (!kept) {
        return;
    }
    *kept = node;
    kept->backward = backward;
    kept->previous = rt->tape;
    kept->scope = rt->profile ? reel_rt_copy(rt, rt->scope, strlen(rt->scope) + 1) : NULL;
    rt->tape = kept;
    node.output->wants_grad = 1;
    for (int i = 0; i < node.output_count; i++) {
        if (node.saved[i]) {
            node.saved[i]->wants_grad = 1;
        }
    }
}

/* The gradient of an output that its operator has passed on. */
static void free_grad(reel_rt *rt, reel_tensor *output)
{
    if (!output->base && output->grad) {
        reel_reuse_give(rt, output->grad, reel_size_bytes(output->grad));
        output->grad = NULL;
    }
}

reel_tensor *reel_grad_or_new(reel_rt *rt, reel_tensor *t, int *is_new)
{
    *is_new = 0;
    if (!t || !t->wants_grad) {
        return NULL;
    }
    if (!t->grad && t->base) {
        reel_tensor *whole = reel_grad_or_new(rt, t->base, is_new);
        reel_tensor *view = whole ? new_header(rt, REEL_F32, t->rank, t->dim) : NULL;
        if (view) {
            view->data = whole->data;
            t->grad = view;
        }
    } else if (!t->grad) {
        reel_tensor *grad = reel_new(rt, REEL_F32, t->rank, t->dim);
        t->grad = grad == &rt->poison ? NULL : grad;
        *is_new = t->grad != NULL;
    }
    return t->grad;
}

reel_tensor *reel_grad_of(reel_rt *rt, reel_tensor *t)
{
    int is_new;
    reel_tensor *grad = reel_grad_or_new(rt, t, &is_new);
    if (is_new) {
        set_zero(rt, grad);
    }
    return grad;
}

int reel_grad_hand_over(reel_rt *rt, reel_tensor *x, reel_tensor *y)
{
    reel_tensor *whole = x->base ? x->base : x;
    if (!x->wants_grad || !whole->wants_grad || whole->grad || y->base || !y->grad) {
        return 0;
    }
    reel_tensor *grad = new_header(rt, REEL_F32, whole->rank, whole->dim);
    if (!grad) {
        return 0;
    }
    grad->data = y->grad->data;
    whole->grad = grad;
    y->grad = NULL;
    return 1;
}

const void *reel_rt_copy(reel_rt *rt, const void *bytes, size_t size)
{
    void *p = header_alloc(rt, size);
    if (p) {
        memcpy(p, bytes, size);
    }
    return p;
}

static int has_grad(const reel_tensor *t)
{
    return t && (t->grad || (t->base && t->base->grad));
}

/* An output that no loss depends on has no gradient to pass on. */
static int is_reached(const reel_node *node)
{
    int reached = has_grad(node->output);
    for (int i = 0; i < node->output_count; i++) {
        reached |= has_grad(node->saved[i]);
    }
    return reached;
}

static reel_status run_node(reel_rt *rt, const reel_node *node)
{
    reel_grad_of(rt, node->output);
    if (node->scope) {
        snprintf(rt->scope, sizeof rt->scope, "%s", node->scope);
    }
    reel_status status = node->backward(rt, node);
    free_grad(rt, node->output);
    for (int i = 0; i < node->output_count; i++) {
        if (node->saved[i]) {
            free_grad(rt, node->saved[i]);
        }
    }
    return status;
}

reel_status reel_tape_run(reel_rt *rt)
{
    while (rt->tape && rt->status == REEL_OK) {
        const reel_node *node = rt->tape;
        rt->tape = node->previous;
        if (is_reached(node)) {
            reel_status status = run_node(rt, node);
            if (rt->status == REEL_OK) {
                rt->status = status;
            }
        }
    }
    return rt->status;
}

reel_status reel_backward(reel_rt *rt, reel_tensor *loss, float seed)
{
    REEL_TRY(rt->status);
    reel_tensor *grad = reel_grad_of(rt, loss);
    if (!grad || reel_count(loss) != 1) {
        return rt->status = REEL_FAIL(REEL_ERR_SHAPE, "backward: %s is no scalar on the tape",
                                      reel_shape(loss).text);
    }
    if (grad->data) {
        REEL_TRY(rt->status = rt->device->ops->copy_in(rt->device, grad->data, &seed, sizeof seed));
    }
    return reel_tape_run(rt);
}
