/* Weight sets: names, places in the buffer, random starts. */
#include "tensor/weights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>
#include <sys/resource.h>

static const reel_weight *found(const reel_weights *set, const char *name)
{
    for (int i = 0; i < set->count; i++) {
        if (strcmp(set->items[i].name, name) == 0) {
            return &set->items[i];
        }
    }
    fail_msg("no weight %s", name);
    return NULL;
}

static void a_name_carries_the_scopes_it_was_declared_in(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *t;
    reel_weights_init_set(&set);
    reel_weights_push(&set, "block.%d", 3); /* one push with a dot is undone by one pop */
    reel_weights_push(&set, "self_attention");
    REEL_WEIGHT(&set, &t, "to_q.weight", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, 4, 4);
    reel_weights_pop(&set);
    REEL_WEIGHT(&set, &t, "norm", REEL_INIT_ONE, REEL_GROUP_PLAIN, 4);
    reel_weights_pop(&set);
    REEL_WEIGHT(&set, &t, "head", REEL_INIT_ZERO, REEL_GROUP_EDGE, 4);
    assert_int_equal(set.status, REEL_OK);
    assert_string_equal(set.items[0].name, "block.3.self_attention.to_q.weight");
    assert_string_equal(set.items[1].name, "block.3.norm");
    assert_string_equal(set.items[2].name, "head");
    assert_int_equal(reel_weights_count(&set), 24);
    reel_weights_deinit(&set);
}

static void names_and_scopes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    char name[97];
    reel_tensor *t;
    reel_weights set;
    memset(name, 'n', sizeof name - 1);
    name[96] = 0;

    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &t, name, REEL_INIT_ZERO, REEL_GROUP_PLAIN, 1);
    assert_int_equal(set.status, REEL_ERR_INTERNAL);
    assert_int_equal(reel_weights_alloc(&set), REEL_ERR_INTERNAL);
    reel_weights_deinit(&set);

    reel_weights_init_set(&set);
    reel_weights_push(&set, "%s", name);
    reel_weights_pop(&set);
    assert_int_equal(set.status, REEL_ERR_INTERNAL);
    REEL_WEIGHT(&set, &t, "w", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 1);
    assert_null(t);
    reel_weights_deinit(&set);

    reel_weights_init_set(&set);
    for (int i = 0; i < 17; i++) {
        reel_weights_push(&set, "a");
    }
    assert_int_equal(set.status, REEL_ERR_INTERNAL);
    reel_weights_deinit(&set);
}

static void every_weight_has_an_aligned_place_of_its_own(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *a, *b, *c;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &a, "a", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 3);
    REEL_WEIGHT(&set, &b, "b", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 17, 2);
    REEL_WEIGHT(&set, &c, "c", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 16);
    assert_null(a->data);
    assert_int_equal(reel_weights_alloc(&set), REEL_OK);
    assert_int_equal(set.elements, 16 + 48 + 16);
    reel_tensor *all[] = { a, b, c };
    for (int i = 0; i < 3; i++) {
        assert_int_equal((uintptr_t)all[i]->data % 64, 0);
        assert_ptr_equal(all[i]->data, set.values + set.items[i].offset);
    }
    for (size_t i = 0; i < set.elements; i++) {
        assert_true(set.values[i] == 0.0f);
    }
    reel_weights_deinit(&set);
}

static void gradients_lie_at_the_same_offsets(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *a, *b;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &a, "a", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 3);
    REEL_WEIGHT(&set, &b, "b", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 5);
    assert_int_equal(reel_weights_alloc(&set), REEL_OK);
    assert_false(b->wants_grad);
    assert_int_equal(reel_weights_alloc_grads(&set), REEL_OK);
    assert_true(b->wants_grad);
    assert_true(reel_same_shape(b, b->grad));
    assert_ptr_equal(b->grad->data, set.grads + set.items[1].offset);
    reel_f32(b->grad)[4] = 7;
    reel_weights_zero_grads(&set);
    assert_true(reel_f32(b->grad)[4] == 0.0f);
    reel_weights_deinit(&set);
}

static void a_prefix_chooses_what_is_trained(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *a, *b, *c;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &a, "text.a", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 1);
    REEL_WEIGHT(&set, &b, "dit.b", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 1);
    REEL_WEIGHT(&set, &c, "text.c", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 1);
    assert_int_equal(reel_weights_alloc(&set), REEL_OK);
    assert_int_equal(reel_weights_alloc_grads(&set), REEL_OK);
    assert_int_equal(reel_weights_want_grads(&set, "text.", 0), 2);
    assert_true(!a->wants_grad && b->wants_grad && !c->wants_grad);
    assert_int_equal(reel_weights_want_grads(&set, "", 1), 3);
    assert_true(a->wants_grad && c->wants_grad);
    assert_int_equal(reel_weights_want_grads(&set, "none", 1), 0);
    reel_weights_deinit(&set);
}

static void a_constant_is_never_trained(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *a, *b;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &a, "a", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 1);
    REEL_WEIGHT(&set, &b, "b", REEL_INIT_ZERO, REEL_GROUP_CONSTANT, 1);
    assert_int_equal(reel_weights_alloc(&set), REEL_OK);
    assert_int_equal(reel_weights_alloc_grads(&set), REEL_OK);
    assert_true(a->wants_grad && !b->wants_grad);
    assert_int_equal(reel_weights_want_grads(&set, "", 1), 1);
    assert_false(b->wants_grad);
    reel_weights_deinit(&set);
}

static long peak_kib(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

static void weights_cost_no_memory_until_they_are_written(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *t;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &t, "large", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 1 << 14, 1 << 14); /* 1 GiB */
    long before = peak_kib();
    assert_int_equal(reel_weights_alloc(&set), REEL_OK);
    assert_true(reel_f32(t)[reel_count(t) - 1] == 0.0f);
    assert_in_range(peak_kib() - before, 0, 400 << 10); /* a sanitizer keeps an eighth */
    reel_weights_deinit(&set);
}

static void a_buffer_used_before_begins_with_zeros_again(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        reel_weights set;
        reel_tensor *t;
        reel_weights_init_set(&set);
        REEL_WEIGHT(&set, &t, "w", REEL_INIT_UNIT, REEL_GROUP_PLAIN, 40007);
        assert_int_equal(reel_weights_alloc(&set), REEL_OK);
        for (size_t i = 0; i < set.elements; i++) {
            assert_true(set.values[i] == 0.0f);
        }
        reel_weights_randomise(&set, 5);
        reel_weights_deinit(&set);
    }
}

/* a before b, or b before a with a third between them. */
static void declare_pair(reel_weights *set, int swapped)
{
    reel_tensor *t;
    reel_weights_init_set(set);
    for (int i = 0; i < 2; i++) {
        if (i == swapped) {
            REEL_WEIGHT(set, &t, "a", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, 8, 5);
        } else {
            REEL_WEIGHT(set, &t, "b", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, 8, 5);
        }
        if (swapped) {
            REEL_WEIGHT(set, &t, i ? "d" : "c", REEL_INIT_UNIT, REEL_GROUP_PLAIN, 9);
        }
    }
    assert_int_equal(reel_weights_alloc(set), REEL_OK);
}

static void a_random_start_depends_on_seed_and_name_and_not_on_order(void **state)
{
    (void)state;
    reel_weights one, two;
    declare_pair(&one, 0);
    declare_pair(&two, 1);
    reel_weights_randomise(&one, 42);
    reel_weights_randomise(&two, 42);
    const float *a = found(&one, "a")->tensor->data, *b = found(&one, "b")->tensor->data;
    assert_memory_equal(a, found(&two, "a")->tensor->data, 40 * sizeof(float));
    assert_memory_equal(b, found(&two, "b")->tensor->data, 40 * sizeof(float));
    assert_true(memcmp(a, b, 40 * sizeof(float)) != 0);
    reel_weights_randomise(&two, 43);
    assert_true(memcmp(a, found(&two, "a")->tensor->data, 40 * sizeof(float)) != 0);
    reel_weights_deinit(&one);
    reel_weights_deinit(&two);
}

static double spread(const reel_tensor *t)
{
    double sum = 0;
    for (int64_t i = 0; i < reel_count(t); i++) {
        sum += (double)reel_f32(t)[i] * reel_f32(t)[i];
    }
    return sqrt(sum / (double)reel_count(t));
}

static void a_random_start_has_the_spread_of_its_kind(void **state)
{
    (void)state;
    reel_weights set;
    reel_tensor *zero, *one, *identity, *linear, *he, *embedding, *unit;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &zero, "zero", REEL_INIT_ZERO, REEL_GROUP_PLAIN, 100);
    REEL_WEIGHT(&set, &one, "one", REEL_INIT_ONE, REEL_GROUP_PLAIN, 100);
    REEL_WEIGHT(&set, &identity, "identity", REEL_INIT_IDENTITY, REEL_GROUP_CONSTANT, 10, 10);
    REEL_WEIGHT(&set, &linear, "linear", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, 200, 4, 25);
    REEL_WEIGHT(&set, &he, "he", REEL_INIT_HE, REEL_GROUP_EDGE, 100, 200);
    REEL_WEIGHT(&set, &embedding, "embedding", REEL_INIT_EMBEDDING, REEL_GROUP_EDGE, 100, 200);
    REEL_WEIGHT(&set, &unit, "unit", REEL_INIT_UNIT, REEL_GROUP_PLAIN, 20000);
    assert_int_equal(reel_weights_alloc(&set), REEL_OK);
    reel_weights_randomise(&set, 1);
    assert_true(spread(zero) == 0.0);
    for (int i = 0; i < 100; i++) {
        assert_true(reel_f32(one)[i] == 1.0f);
        assert_true(reel_f32(identity)[i] == (i % 11 == 0 ? 1.0f : 0.0f));
    }
    assert_true(fabs(spread(linear) - 0.1) < 0.003);
    assert_true(fabs(spread(he) - 0.1) < 0.003);
    assert_true(fabs(spread(embedding) - 0.02) < 0.0006);
    assert_true(fabs(spread(unit) - 1.0) < 0.03);
    reel_weights_deinit(&set);
}

/* A device that is only told apart. */
static reel_status agree(const reel_device *device)
{
    (void)device;
    return REEL_OK;
}

static void other_forms_than_f32_are_the_processors(void **state)
{
    (void)state;
    static const reel_weights_form forms[] = { REEL_WEIGHTS_STORED, REEL_WEIGHTS_INT8 };
    const reel_device_ops ops = { .select = agree };
    const reel_device other = { .ops = &ops, .kind = REEL_DEVICE_CUDA, .name = "other" };
    const reel_device *before;
    reel_weights set;
    reel_tensor *t;
    reel_weights_init_set(&set);
    REEL_WEIGHT(&set, &t, "matrix", REEL_INIT_LINEAR, REEL_GROUP_MATRIX, 4, 4);
    assert_int_equal(reel_device_select(&other, &before), REEL_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(reel_weights_alloc_as(&set, forms[i]), REEL_ERR_UNSUPPORTED);
        assert_string_equal(reel_error_message(), "weights: stored or int8 on other, expected f32");
    }
    assert_int_equal(reel_device_select(before, NULL), REEL_OK);
    reel_weights_deinit(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_carries_the_scopes_it_was_declared_in),
        cmocka_unit_test(names_and_scopes_that_do_not_fit_are_refused),
        cmocka_unit_test(every_weight_has_an_aligned_place_of_its_own),
        cmocka_unit_test(gradients_lie_at_the_same_offsets),
        cmocka_unit_test(a_prefix_chooses_what_is_trained),
        cmocka_unit_test(a_constant_is_never_trained),
        cmocka_unit_test(weights_cost_no_memory_until_they_are_written),
        cmocka_unit_test(a_buffer_used_before_begins_with_zeros_again),
        cmocka_unit_test(a_random_start_depends_on_seed_and_name_and_not_on_order),
        cmocka_unit_test(a_random_start_has_the_spread_of_its_kind),
        cmocka_unit_test(other_forms_than_f32_are_the_processors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
