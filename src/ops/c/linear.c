/* Plain kernels of the linear layer: loops, one owner per output element, no tricks. */
#include "ops/linear.h"

#include "ops/c/row.h"

#include <string.h>

static reel_status forward(const reel_linear_args *a)
{
#pragma omp parallel for schedule(static)
    for (int64_t r = 0; r < a->rows; r++) {
        for (int64_t o = 0; o < a->out; o++) {
            float bias = a->b ? a->b[o] : 0.0f;
            a->y[r * a->out + o] = bias + row_dot(a->x + r * a->in, a->w + o * a->in, a->in);
        }
    }
    return REEL_OK;
}

/* dx = dy w,   dw = dy^T x,   db = column sums of dy. */
static reel_status backward(const reel_linear_grad_args *a)
{
#pragma omp parallel for schedule(static) if (a->dx != NULL)
    for (int64_t r = 0; r < (a->dx ? a->rows : 0); r++) {
        if (a->dx_is_new) {
            memset(a->dx + r * a->in, 0, (size_t)a->in * sizeof(float));
        }
        for (int64_t o = 0; o < a->out; o++) {
            row_add_scaled(a->dx + r * a->in, a->w + o * a->in, a->dy[r * a->out + o], a->in);
        }
    }
#pragma omp parallel for schedule(static)
    for (int64_t o = 0; o < a->out; o++) {
        float sum = 0.0f;
        for (int64_t r = 0; r < a->rows; r++) {
            float dy = a->dy[r * a->out + o];
            sum += dy;
            if (a->dw) {
                row_add_scaled(a->dw + o * a->in, a->x + r * a->in, dy, a->in);
            }
        }
        if (a->db) {
            a->db[o] += sum;
        }
    }
    return REEL_OK;
}

const reel_linear_kernels reel_linear_c = { forward, backward };
