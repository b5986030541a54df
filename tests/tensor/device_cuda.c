/* A GPU as a device: its memory, copies of every size, scratch that grows, steps on it. */
#include "tensor/device_cuda.h"

#include "tensor/reuse.h"
#include "tensor/runtime.h"
#include "tensor/safetensors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpu.h"
#include "scratch.h"

static void fill(unsigned char *bytes, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)((i * 2654435761u + seed) >> 7);
    }
}

/* Around the pinned buffer that copies go through, 64 MiB. */
static void copies_of_every_size_come_back_as_they_went(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 255, 4097, (64u << 20) - 1, (64u << 20) + 3, 150000001 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *from = malloc(sizes[i]), *back = malloc(sizes[i]);
        void *memory, *other;
        assert_true(from && back);
        fill(from, sizes[i], (unsigned)i);
        assert_int_equal(reel_device_allocate(&memory, sizes[i], 0), REEL_OK);
        assert_int_equal(reel_device_allocate(&other, sizes[i], 1), REEL_OK);
        assert_int_equal(reel_copy_in(memory, from, sizes[i]), REEL_OK);
        unsigned char first = from[0];
        memset(from, 0, sizes[i]); /* it may be changed at once */
        assert_int_equal(reel_copy_out(back, other, sizes[i]), REEL_OK);
        assert_memory_equal(back, from, sizes[i]);
        assert_int_equal(reel_copy_within(other, memory, sizes[i]), REEL_OK);
        assert_int_equal(reel_copy_out(back, other, sizes[i]), REEL_OK);
        fill(from, sizes[i], (unsigned)i);
        assert_int_equal(from[0], first);
        assert_memory_equal(back, from, sizes[i]);
        assert_int_equal(reel_zero(other, sizes[i]), REEL_OK);
        assert_int_equal(reel_copy_out(back, other, 1), REEL_OK);
        assert_int_equal(back[0], 0);
        reel_device_release(memory);
        reel_device_release(other);
        free(from);
        free(back);
    }
}

static void copies_within_memory_may_overlap(void **state)
{
    (void)state;
    static const struct {
        size_t to, from, size;
    } moves[] = { { 0, 64, 100000 }, { 0, 4096, 5000000 }, { 300, 44, 999999 }, { 0, 512, 512 } };
    enum { SIZE = 6000000 };
    unsigned char *expected = malloc(SIZE), *found = malloc(SIZE);
    void *memory;
    assert_true(expected && found);
    assert_int_equal(reel_device_allocate(&memory, SIZE, 0), REEL_OK);
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        char *base = memory;
        fill(expected, SIZE, (unsigned)i);
        assert_int_equal(reel_copy_in(memory, expected, SIZE), REEL_OK);
        assert_int_equal(reel_copy_within(base + moves[i].to, base + moves[i].from, moves[i].size),
                         REEL_OK);
        memmove(expected + moves[i].to, expected + moves[i].from, moves[i].size);
        assert_int_equal(reel_copy_out(found, memory, SIZE), REEL_OK);
        assert_memory_equal(found, expected, SIZE);
    }
    reel_device_release(memory);
    free(expected);
    free(found);
}

static void too_much_memory_is_refused_and_less_still_given(void **state)
{
    (void)state;
    void *memory;
    assert_int_equal(reel_device_allocate(&memory, (size_t)1 << 50, 0), REEL_ERR_MEMORY);
    assert_int_equal(reel_device_allocate(&memory, 1 << 20, 0), REEL_OK);
    reel_device_release(memory);
    assert_int_equal(reel_synchronise(), REEL_OK);
}

static void scratch_grows_and_areas_are_apart(void **state)
{
    (void)state;
    void *one, *two, *same;
    assert_int_equal(reel_cuda_scratch(&one, REEL_SCRATCH_OPERATOR, 1 << 16), REEL_OK);
    assert_int_equal(reel_cuda_scratch(&two, REEL_SCRATCH_GEMM, 1 << 16), REEL_OK);
    assert_ptr_not_equal(one, two);
    assert_int_equal(reel_cuda_scratch(&one, REEL_SCRATCH_OPERATOR, 1 << 24), REEL_OK);
    assert_int_equal(reel_zero(one, 1 << 24), REEL_OK);
    assert_int_equal(reel_cuda_scratch(&same, REEL_SCRATCH_OPERATOR, 100), REEL_OK);
    assert_ptr_equal(one, same);
    assert_int_equal(reel_synchronise(), REEL_OK);
}

static void tensors_of_a_step_live_on_the_gpu(void **state)
{
    (void)state;
    reel_rt rt;
    const float values[] = { 1, -2, 3.5f };
    assert_int_equal(reel_rt_init(&rt, NULL, 1 << 20), REEL_OK);
    reel_tensor *t = REEL_FROM_HOST(&rt, REEL_F32, values, 3);
    reel_tensor *zeros = reel_zeros(&rt, REEL_F32, 1, (int64_t[]){ 3 });
    assert_ptr_not_equal(t->data, values);
    const float *found = reel_host_f32(&rt, t);
    assert_memory_equal(found, values, sizeof values);
    reel_assign(&rt, t, zeros);
    found = reel_host_f32(&rt, t);
    assert_true(found[0] == 0 && found[1] == 0 && found[2] == 0);
    assert_int_equal(rt.status, REEL_OK);
    REEL_NEW(&rt, REEL_F32, 1 << 20);
    assert_int_equal(rt.status, REEL_ERR_MEMORY);
    reel_rt_deinit(&rt);
}

static void what_a_step_keeps_moves_down_on_the_gpu(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    reel_rt rt;
    float values[COUNT];
    for (int i = 0; i < COUNT; i++) {
        values[i] = (float)i;
    }
    assert_int_equal(reel_rt_init(&rt, NULL, 1 << 20), REEL_OK);
    const reel_stretch stretch = reel_stretch_begin(&rt);
    REEL_NEW(&rt, REEL_F32, 100); /* shorter than what moves */
    reel_tensor *kept = REEL_FROM_HOST(&rt, REEL_F32, values, COUNT);
    const void *before = kept->data;
    reel_stretch_keep(&rt, &stretch, &kept, 1);
    assert_ptr_not_equal(kept->data, before);
    assert_memory_equal(reel_host_f32(&rt, kept), values, sizeof values);
    assert_int_equal(rt.status, REEL_OK);
    reel_rt_deinit(&rt);
}

static void weights_go_to_a_file_and_come_back(void **state)
{
    (void)state;
    reel_weights set, other;
    reel_tensor *t[2];
    reel_safetensors file;
    float values[12], back[12];
    for (int n = 0; n < 2; n++) {
        reel_weights *w = n ? &other : &set;
        reel_weights_init_set(w);
        REEL_WEIGHT(w, &t[n], "matrix", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, 3, 4);
        assert_int_equal(reel_weights_alloc(w), REEL_OK);
    }
    assert_int_equal(reel_weights_randomise(&set, 5), REEL_OK);
    assert_int_equal(reel_weights_save(&set, NULL, scratch_path("w.safetensors"), REEL_F32, NULL),
                     REEL_OK);
    assert_int_equal(reel_safetensors_open(&file, scratch_path("w.safetensors")), REEL_OK);
    assert_int_equal(reel_weights_load(&other, &file), REEL_OK);
    assert_int_equal(reel_weight_get(values, &set, t[0]), REEL_OK);
    assert_int_equal(reel_weight_get(back, &other, t[1]), REEL_OK);
    assert_memory_equal(values, back, sizeof values);
    assert_true(values[0] != 0 && values[11] != 0);
    reel_safetensors_close(&file);
    reel_weights_deinit(&set);
    reel_weights_deinit(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_every_size_come_back_as_they_went),
        cmocka_unit_test(copies_within_memory_may_overlap),
        cmocka_unit_test(too_much_memory_is_refused_and_less_still_given),
        cmocka_unit_test(scratch_grows_and_areas_are_apart),
        cmocka_unit_test(tensors_of_a_step_live_on_the_gpu),
        cmocka_unit_test(what_a_step_keeps_moves_down_on_the_gpu),
        cmocka_unit_test(weights_go_to_a_file_and_come_back),
    };
    int skipped = gpu_or_skip();
    if (skipped || reel_device_select(gpu, NULL) < 0) {
        return skipped ? skipped : 1;
    }
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
