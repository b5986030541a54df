/* The embedding table. */
#include "ops/embedding.h"

#include "check.h"

static reel_tensor *five_ids(reel_rt *rt, reel_tensor **in)
{
    static const int32_t ids[] = { 3, 0, 3, 6, 1, 3 }; /* one of them three times */
    return reel_embedding(rt, REEL_FROM_HOST(rt, REEL_I32, ids, 2, 3), in[0]);
}

static reel_tensor *too_large(reel_rt *rt, reel_tensor **in)
{
    static const int32_t ids[] = { 1, 7 };
    return reel_embedding(rt, REEL_FROM_HOST(rt, REEL_I32, ids, 2), in[0]);
}

static reel_tensor *negative(reel_rt *rt, reel_tensor **in)
{
    static const int32_t ids[] = { -1 };
    return reel_embedding(rt, REEL_FROM_HOST(rt, REEL_I32, ids, 1), in[0]);
}

static reel_tensor *of_floats(reel_rt *rt, reel_tensor **in)
{
    return reel_embedding(rt, in[0], in[0]);
}

static const check_shape table[] = { { 2, { 7, 5 } } };

static void embedding_picks_rows(void **state)
{
    (void)state;
    reel_rt *rt = check_rt_new();
    reel_tensor *t = check_random(rt, table[0], 0), *y = five_ids(rt, &t);
    assert_int_equal(rt->status, REEL_OK);
    assert_int_equal(y->rank, 3);
    assert_int_equal(y->dim[2], 5);
    assert_memory_equal(reel_f32(y) + 3 * 5, reel_f32(t) + 6 * 5, 5 * sizeof(float));
    check_rt_free(rt);
}

static void embedding_backward_matches_finite_differences(void **state)
{
    (void)state;
    check_gradient(five_ids, table, 1);
}

static void embedding_gives_the_same_answer_on_every_device(void **state)
{
    (void)state;
    check_agrees_everywhere(five_ids, table, 1, 0.0);
}

static void embedding_refuses_an_id_out_of_range(void **state)
{
    (void)state;
    check_refuses(too_large, table, 1, REEL_ERR_INVALID, "id 7 at 1, expected 0 to 6");
    check_refuses(negative, table, 1, REEL_ERR_INVALID, "id -1 at 0, expected 0 to 6");
}

static void embedding_refuses_ids_that_are_no_integers(void **state)
{
    (void)state;
    check_refuses(of_floats, table, 1, REEL_ERR_SHAPE, "embedding: ids are [7, 5] f32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(embedding_picks_rows),
        cmocka_unit_test(embedding_backward_matches_finite_differences),
        cmocka_unit_test(embedding_gives_the_same_answer_on_every_device),
        cmocka_unit_test(embedding_refuses_an_id_out_of_range),
        cmocka_unit_test(embedding_refuses_ids_that_are_no_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
