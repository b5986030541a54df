/* Names of devices, choosing one per thread, and the processor as a device. */
#include "tensor/device.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void the_processor_is_the_device_unless_another_is_chosen(void **state)
{
    (void)state;
    const reel_device *device;
    assert_int_equal(reel_device_open(&device, NULL), REEL_OK);
    assert_ptr_equal(device, reel_device_current());
    assert_int_equal(device->kind, REEL_DEVICE_CPU);
    assert_int_equal(reel_device_open(&device, "cpu"), REEL_OK);
    assert_ptr_equal(device, reel_device_current());
}

static void a_name_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "", "gpu", "CPU", "cpu:0" };
    const reel_device *device;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(reel_device_open(&device, names[i]), REEL_ERR_INVALID);
        assert_non_null(strstr(reel_error_message(), "expected cpu or cuda"));
    }
}

/* Whether this build knows CUDA or not, and whether there is a GPU or not. */
static void options_that_are_none_open_no_gpu(void **state)
{
    (void)state;
    static const char *const names[] = {
        "cudax", "cuda:", "cuda:x", "cuda:-1", "cuda:0,f31", "cuda,", "cuda:99999999999999999999"
    };
    const reel_device *device;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        reel_status status = reel_device_open(&device, names[i]);
        assert_true(status == REEL_ERR_INVALID || status == REEL_ERR_UNSUPPORTED);
        assert_non_null(strstr(reel_error_message(), "device"));
    }
}

/* A device that is only told apart. */
static reel_status agree(const reel_device *device)
{
    (void)device;
    return REEL_OK;
}

static reel_status refuse(const reel_device *device)
{
    (void)device;
    return REEL_ERR_NOT_FOUND;
}

static void *device_of_another_thread(void *unused)
{
    (void)unused;
    return (void *)(uintptr_t)reel_device_current();
}

static void every_thread_has_a_device_of_its_own(void **state)
{
    (void)state;
    const reel_device_ops ops = { .select = agree };
    const reel_device other = { .ops = &ops, .name = "other" };
    const reel_device *before, *chosen;
    pthread_t thread;
    void *seen;
    assert_int_equal(reel_device_select(&other, &before), REEL_OK);
    assert_ptr_equal(reel_device_current(), &other);
    assert_int_equal(pthread_create(&thread, NULL, device_of_another_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, &seen), 0);
    assert_ptr_equal(seen, before);
    assert_int_equal(reel_device_select(before, &chosen), REEL_OK);
    assert_ptr_equal(chosen, &other);
    assert_ptr_equal(reel_device_current(), before);
}

static void a_device_that_cannot_be_chosen_leaves_the_one_before(void **state)
{
    (void)state;
    const reel_device_ops ops = { .select = refuse };
    const reel_device other = { .ops = &ops, .name = "other" };
    const reel_device *before = reel_device_current();
    assert_int_equal(reel_device_select(&other, NULL), REEL_ERR_NOT_FOUND);
    assert_ptr_equal(reel_device_current(), before);
}

static void memory_of_the_processor_is_zeroed_copied_and_refused_when_too_much(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 100, 65536, 200001 };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *memory, copy[4] = { 1, 2, 3, 4 };
        assert_int_equal(reel_device_allocate((void **)&memory, sizes[i], 1), REEL_OK);
        assert_int_equal((uintptr_t)memory % 256, 0);
        for (size_t j = 0; j < sizes[i]; j++) {
            assert_int_equal(memory[j], 0);
        }
        if (sizes[i] >= 8) {
            assert_int_equal(reel_copy_in(memory + 4, copy, 4), REEL_OK);
            assert_int_equal(reel_copy_within(memory, memory + 4, 4), REEL_OK);
            assert_int_equal(reel_zero(memory + 1, 2), REEL_OK);
            assert_int_equal(reel_copy_out(copy, memory, 4), REEL_OK);
            assert_memory_equal(copy, "\1\0\0\4", 4);
            assert_int_equal(reel_copy_within(memory + 2, memory, 4), REEL_OK); /* overlapping */
            assert_int_equal(reel_copy_out(copy, memory + 2, 4), REEL_OK);
            assert_memory_equal(copy, "\1\0\0\4", 4);
        }
        reel_device_release(memory);
    }
    void *none;
    assert_int_equal(reel_device_allocate(&none, SIZE_MAX - 1, 0), REEL_ERR_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_processor_is_the_device_unless_another_is_chosen),
        cmocka_unit_test(a_name_that_is_none_is_refused),
        cmocka_unit_test(options_that_are_none_open_no_gpu),
        cmocka_unit_test(every_thread_has_a_device_of_its_own),
        cmocka_unit_test(a_device_that_cannot_be_chosen_leaves_the_one_before),
        cmocka_unit_test(memory_of_the_processor_is_zeroed_copied_and_refused_when_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
