/* Arenas: alignment, limits, marks, and counting without memory. */
#include "base/arena.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void allocations_are_aligned_and_do_not_touch(void **state)
{
    (void)state;
    reel_arena arena;
    assert_int_equal(reel_arena_init(&arena, 1 << 16), REEL_OK);
    unsigned char *last = NULL;
    for (size_t size = 1; size < 200; size += 13) {
        unsigned char *p = reel_arena_alloc(&arena, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % REEL_ARENA_ALIGN, 0);
        assert_true(p >= last);
        memset(p, 0xa5, size);
        last = p + size;
    }
    reel_arena_deinit(&arena);
}

static void a_full_arena_gives_null_and_stays_usable(void **state)
{
    (void)state;
    reel_arena arena;
    assert_int_equal(reel_arena_init(&arena, 256), REEL_OK);
    assert_non_null(reel_arena_alloc(&arena, 128));
    assert_null(reel_arena_alloc(&arena, 129));
    assert_null(reel_arena_alloc(&arena, SIZE_MAX));
    assert_null(reel_arena_alloc(&arena, SIZE_MAX - REEL_ARENA_ALIGN));
    assert_non_null(reel_arena_alloc(&arena, 128));
    assert_int_equal(arena.used, 256);
    reel_arena_deinit(&arena);
}

static void release_brings_back_what_was_taken_since_the_mark(void **state)
{
    (void)state;
    reel_arena arena;
    assert_int_equal(reel_arena_init(&arena, 4096), REEL_OK);
    char *kept = reel_arena_alloc(&arena, 100);
    strcpy(kept, "kept");
    size_t mark = reel_arena_mark(&arena);
    void *first = reel_arena_alloc(&arena, 1000);
    reel_arena_release(&arena, mark);
    assert_ptr_equal(reel_arena_alloc(&arena, 500), first);
    assert_string_equal(kept, "kept");
    assert_int_equal(arena.peak, 128 + 1024);
    reel_arena_deinit(&arena);
}

static void a_counting_arena_measures_what_a_real_one_uses(void **state)
{
    (void)state;
    reel_arena real, counting;
    assert_int_equal(reel_arena_init(&real, 1 << 16), REEL_OK);
    reel_arena_init_counting(&counting);
    assert_true(reel_arena_is_counting(&counting));
    assert_false(reel_arena_is_counting(&real));
    for (size_t size = 0; size < 300; size += 29) {
        assert_null(reel_arena_alloc(&counting, size));
        assert_non_null(reel_arena_alloc(&real, size));
    }
    reel_arena_release(&real, 0);
    reel_arena_release(&counting, 0);
    assert_int_equal(counting.used, 0);
    assert_int_equal(counting.peak, real.peak);
    assert_true(counting.peak > 0);
    reel_arena_deinit(&counting);
    reel_arena_deinit(&real);
}

static void a_counting_arena_counts_more_than_this_machine_has(void **state)
{
    (void)state;
    reel_arena arena;
    reel_arena_init_counting(&arena);
    reel_arena_alloc(&arena, (size_t)1 << 50);
    reel_arena_alloc(&arena, (size_t)1 << 50);
    assert_int_equal(arena.peak, (size_t)1 << 51);
}

static void deinit_is_legal_twice(void **state)
{
    (void)state;
    reel_arena arena;
    assert_int_equal(reel_arena_init(&arena, 100), REEL_OK);
    reel_arena_deinit(&arena);
    reel_arena_deinit(&arena);
    assert_null(arena.base);
}

static void a_product_that_does_not_fit_is_the_largest_size(void **state)
{
    (void)state;
    assert_int_equal(reel_size_mul(6, 7), 42);
    assert_int_equal(reel_size_mul(0, SIZE_MAX), 0);
    assert_int_equal(reel_size_mul(SIZE_MAX, 1), SIZE_MAX);
    assert_int_equal(reel_size_mul((size_t)1 << 32, (size_t)1 << 32), SIZE_MAX);
    assert_int_equal(reel_size_mul(reel_size_mul(SIZE_MAX, 2), 3), SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allocations_are_aligned_and_do_not_touch),
        cmocka_unit_test(a_full_arena_gives_null_and_stays_usable),
        cmocka_unit_test(release_brings_back_what_was_taken_since_the_mark),
        cmocka_unit_test(a_counting_arena_measures_what_a_real_one_uses),
        cmocka_unit_test(a_counting_arena_counts_more_than_this_machine_has),
        cmocka_unit_test(deinit_is_legal_twice),
        cmocka_unit_test(a_product_that_does_not_fit_is_the_largest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
