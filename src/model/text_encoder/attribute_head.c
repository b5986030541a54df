/* Attribute queries over the encoded text. */
#include "model/text_encoder/attribute_head.h"

#include "base/error.h"
#include "base/json.h"

#include <stdio.h>
#include <string.h>

static reel_status read_attribute(reel_attribute_spec *out, const json_t *object)
{
    static const char *const keys[] = { "name", "classes", NULL };
    const char *name = "";
    out->classes = 0;
    if (!json_is_object(object)) {
        return REEL_FAIL(REEL_ERR_FORMAT, "expected an object");
    }
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_string(&name, object, "name"));
    REEL_TRY(reel_json_int(&out->classes, object, "classes", 2, 65536));
    const size_t length = strlen(name);
    if (length == 0 || length >= sizeof out->name ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length) {
        return REEL_FAIL(REEL_ERR_FORMAT, "name: expected 1 to %zu of a-z, 0-9, _",
                         sizeof out->name - 1);
    }
    if (out->classes == 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "classes: is absent");
    }
    memcpy(out->name, name, length + 1);
    return REEL_OK;
}

static reel_status read_attributes(reel_attribute_head_config *c, const json_t *object)
{
    const json_t *list = json_object_get(object, "attributes");
    const size_t count = json_array_size(list);
    if (count < 1 || count > REEL_ATTRIBUTES_MAX) {
        return REEL_FAIL(REEL_ERR_FORMAT, "attributes: expected an array of 1 to %d",
                         REEL_ATTRIBUTES_MAX);
    }
    c->count = (int)count;
    for (int i = 0; i < c->count; i++) {
        reel_status status = read_attribute(&c->attributes[i], json_array_get(list, (size_t)i));
        if (status < 0) {
            return reel_fail_in(status, "attributes[%d]", i);
        }
    }
    return REEL_OK;
}

reel_status reel_attribute_head_config_read(reel_attribute_head_config *out, const json_t *object)
{
    static const char *const keys[] = { "width", "heads", "attributes", NULL };
    reel_attribute_head_config c = { .width = 192, .heads = 3 };
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&c.width, object, "width", 1, 16384));
    REEL_TRY(reel_json_int(&c.heads, object, "heads", 1, 64));
    REEL_TRY(read_attributes(&c, object));
    if (c.width % c.heads != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "width: is %d, expected a multiple of heads = %d",
                         c.width, c.heads);
    }
    *out = c;
    return REEL_OK;
}

json_t *reel_attribute_head_config_write(const reel_attribute_head_config *config)
{
    json_t *list = json_array();
    for (int i = 0; list && i < config->count; i++) {
        const reel_attribute_spec *a = &config->attributes[i];
        if (json_array_append_new(
                list, json_pack("{s:s, s:i}", "name", a->name, "classes", a->classes)) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list ? json_pack("{s:i, s:i, s:o}", "width", config->width, "heads", config->heads,
                            "attributes", list)
                : NULL;
}

void reel_attribute_head_declare(reel_weights *set, reel_attribute_head *head,
                                 const reel_attribute_head_config *config)
{
    const int64_t width = config->width;
    const reel_linear_options matrix = { .init = REEL_INIT_LINEAR, .group = REEL_GROUP_MATRIX };
    const reel_linear_options edge = { .bias = 1,
                                       .init = REEL_INIT_LINEAR,
                                       .group = REEL_GROUP_EDGE };
    head->config = *config;
    reel_weights_push(set, "attribute_head");
    REEL_WEIGHT(set, &head->queries, "queries", REEL_INIT_UNIT, REEL_GROUP_EDGE, config->count,
                width);
    reel_linear_declare(set, &head->k, "k", width, width, matrix);
    reel_linear_declare(set, &head->v, "v", width, width, matrix);
    for (int i = 0; i < config->count; i++) {
        reel_linear_declare(set, &head->logits[i], config->attributes[i].name, width,
                            config->attributes[i].classes, edge);
    }
    reel_weights_pop(set);
}

void reel_attribute_head_classify(reel_rt *rt, const reel_attribute_head *head, reel_tensor *text,
                                  reel_tensor *mask, reel_tensor **logits)
{
    const int64_t batch = text->dim[0], count = head->config.count, width = head->config.width;
    const reel_attention_options options = { .heads = head->config.heads, .key_mask = mask };
    reel_scope_enter(rt, "attribute_head");
    reel_tensor *q = reel_zeros(rt, REEL_F32, 3, (int64_t[]){ batch, count, width });
    q = reel_add_rows(rt, q, head->queries);
    reel_tensor *k = reel_linear(rt, text, &head->k), *v = reel_linear(rt, text, &head->v);
    reel_tensor *z = reel_attention(rt, q, k, v, &options); /* [B, attributes, Dt] */
    for (int i = 0; i < count; i++) {
        reel_tensor *one = reel_slice(rt, z, 1, i, 1);
        logits[i] = reel_linear(rt, REEL_VIEW(rt, one, batch, width), &head->logits[i]);
    }
    reel_scope_leave(rt);
}
