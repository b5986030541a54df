/* AdamW against PyTorch, and a buffer of many chunks. */
#include "check.h"

#include "tensor/safetensors.h"

#include <math.h>

enum { LONG = 70000 };

typedef struct {
    float *weight, *first, *second, *grad;
    reel_adamw_chunk *chunks;
} buffers;

static buffers buffers_of(size_t count, int chunks)
{
    return (buffers){
        check_buffer(count), check_buffer(count), check_buffer(count), check_buffer(count),
        (reel_adamw_chunk *)(void *)check_buffer((size_t)chunks * sizeof(reel_adamw_chunk))
    };
}

static void release(buffers *b)
{
    reel_device_release(b->weight);
    reel_device_release(b->first);
    reel_device_release(b->second);
    reel_device_release(b->grad);
    reel_device_release(b->chunks);
}

static reel_adamw_args args_of(const buffers *b, int chunks, int64_t step)
{
    return (reel_adamw_args){ .weight = b->weight,
                              .first = b->first,
                              .second = b->second,
                              .grad = b->grad,
                              .chunks = b->chunks,
                              .chunk_count = chunks,
                              .step = step,
                              .lr = 0.02,
                              .decay = 0.1,
                              .beta1 = 0.9,
                              .beta2 = 0.99,
                              .grad_scale = 1 };
}

static void adamw_takes_the_steps_of_pytorch(void **state)
{
    (void)state;
    reel_safetensors file;
    assert_int_equal(reel_safetensors_open(&file, "golden/train/adamw.safetensors"), REEL_OK);
    const reel_tensor *grads = reel_safetensors_find(&file, "grads");
    const reel_tensor *after = reel_safetensors_find(&file, "after");
    const reel_tensor *weight = reel_safetensors_find(&file, "weight");
    assert_true(grads && after && weight);
    int64_t count = grads->dim[1];
    buffers b = buffers_of((size_t)count, 1);
    *b.chunks = (reel_adamw_chunk){ .count = count, .decays = 1 };
    memcpy(b.weight, weight->data, (size_t)count * sizeof(float));
    for (int64_t step = 0; step < grads->dim[0]; step++) {
        memcpy(b.grad, reel_f32(grads) + step * count, (size_t)count * sizeof(float));
        reel_adamw_args args = args_of(&b, 1, step);
        assert_int_equal(reel_kernels_get()->adamw.step(&args), REEL_OK);
        assert_true(check_distance(b.weight, reel_f32(after) + step * count, count) < 1e-6);
    }
    release(&b);
    reel_safetensors_close(&file);
}

/* Two chunks with a gap between them that nobody touches; the second one does not decay. */
static void adamw_moves_its_chunks_alone_and_as_the_plain_version_does(void **state)
{
    (void)state;
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    const reel_kernels *tables[] = { &plain, reel_kernels_get() };
    buffers b[2];
    for (int n = 0; n < 2; n++) {
        b[n] = buffers_of(LONG, 2);
        b[n].chunks[0] = (reel_adamw_chunk){ .offset = 16, .count = 32768, .decays = 1 };
        b[n].chunks[1] = (reel_adamw_chunk){ .offset = 40000, .count = 29999 };
        for (int i = 0; i < LONG; i++) {
            b[n].weight[i] = sinf((float)i);
            b[n].grad[i] = cosf((float)(3 * i));
        }
        for (int step = 0; step < 3; step++) {
            reel_adamw_args args = args_of(&b[n], 2, step);
            assert_int_equal(tables[n]->adamw.step(&args), REEL_OK);
        }
    }
    assert_true(check_distance(b[1].weight, b[0].weight, LONG) < 1e-6);
    assert_true(check_distance(b[1].second, b[0].second, LONG) < 1e-6);
    assert_true(b[1].weight[15] == sinf(15) && b[1].weight[39999] == sinf(39999) &&
                b[1].weight[LONG - 1] == sinf(LONG - 1));
    assert_true(b[1].weight[16] != sinf(16) && b[1].weight[LONG - 2] != sinf(LONG - 2));
    release(&b[0]);
    release(&b[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adamw_takes_the_steps_of_pytorch),
        cmocka_unit_test(adamw_moves_its_chunks_alone_and_as_the_plain_version_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
