/* Reading and comparing golden files of networks. */
#include "golden_network.h"

#include "base/error.h"

#include <stdio.h>

void golden_open(reel_safetensors *file, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "golden/model/%s.safetensors", name);
    if (reel_safetensors_open(file, path) < 0) {
        fail_msg("%s", reel_error_message());
    }
}

static const reel_tensor *find(const reel_safetensors *file, const char *prefix, const char *name)
{
    char key[160];
    snprintf(key, sizeof key, "%s%s", prefix, name);
    const reel_tensor *t = reel_safetensors_find(file, key);
    if (!t) {
        fail_msg("the golden file has no %s", key);
    }
    return t;
}

void golden_fill(reel_weights *set, const reel_safetensors *file)
{
    int in_file = 0;
    for (int i = 0; i < file->count; i++) {
        in_file += strncmp(file->items[i].name, "weight.", 7) == 0;
    }
    assert_int_equal(in_file, set->count);
    for (int i = 0; i < set->count; i++) {
        const reel_tensor *from = find(file, "weight.", set->items[i].name);
        reel_tensor *to = set->items[i].tensor;
        if (!reel_same_shape(from, to)) {
            fail_msg("%s is %s, golden %s", set->items[i].name, reel_shape(to).text,
                     reel_shape(from).text);
        }
        assert_int_equal(from->dtype, REEL_F16);
        for (int64_t j = 0; j < reel_count(to); j++) {
            reel_f32(to)[j] = reel_f16_to_f32(((const uint16_t *)from->data)[j]);
        }
    }
}

reel_tensor *golden_input(reel_rt *rt, const reel_safetensors *file, const char *name)
{
    const reel_tensor *t = find(file, "", name);
    return reel_from_host(rt, t->dtype, t->data, t->rank, t->dim);
}

const float *golden_values(const reel_safetensors *file, const char *name)
{
    return reel_f32(find(file, "", name));
}

static void compare(const char *name, const float *found, const reel_tensor *golden,
                    double tolerance)
{
    const double distance = check_distance(found, reel_f32(golden), reel_count(golden));
    if (!(distance <= check_tolerance(tolerance))) {
        fail_msg("%s: relative distance %g, allowed %g", name, distance,
                 check_tolerance(tolerance));
    }
}

void golden_compare(const char *name, const reel_tensor *found, const reel_safetensors *file,
                    double tolerance)
{
    const reel_tensor *golden = find(file, "", name);
    assert_non_null(found);
    if (!reel_same_shape(found, golden)) {
        fail_msg("%s is %s, golden %s", name, reel_shape(found).text, reel_shape(golden).text);
    }
    compare(name, reel_f32(found), golden, tolerance);
}

void golden_compare_grads(const reel_weights *set, const reel_safetensors *file, double tolerance)
{
    for (int i = 0; i < set->count; i++) {
        const reel_tensor *golden = find(file, "d_weight.", set->items[i].name);
        compare(set->items[i].name, set->grads + set->items[i].offset, golden, tolerance);
    }
}
