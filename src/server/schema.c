/* One function per kind of row. */
#include "server/schema.h"

#include "server/errors.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const reel_parameter_table *table;
    reel_schema_kind kind;
} schema;

static json_t *describe_object(const schema *s, const char *path);

/* Put `value` (taken) into the object unless it, or the object, is missing; gives the object back.
 */
static json_t *with(json_t *object, const char *key, json_t *value)
{
    if (object && (!value || json_object_set_new(object, key, value) != 0)) {
        json_decref(object);
        return NULL;
    }
    if (!object) {
        json_decref(value);
    }
    return object;
}

static json_t *number(const reel_parameter *p, double value)
{
    return p->type == REEL_PARAMETER_FLOAT ? json_real(value) : json_integer((json_int_t)value);
}

static int takes_text(const schema *s)
{
    return s->kind == REEL_SCHEMA_FIELDS || s->kind == REEL_SCHEMA_FORM;
}

/* "number", or ["number", "string"] and the like. */
static json_t *type_of(const schema *s, const reel_parameter *p, const char *name)
{
    if (s->kind == REEL_SCHEMA_ANSWER && !p->is_required) {
        return json_pack("[s, s]", name, "null");
    }
    int is_number = strcmp(name, "number") == 0 || strcmp(name, "integer") == 0;
    return is_number && takes_text(s) ? json_pack("[s, s]", name, "string") : json_string(name);
}

static json_t *describe_number(const schema *s, const reel_parameter *p)
{
    json_t *o = json_object();
    o = with(o, "type", type_of(s, p, p->type == REEL_PARAMETER_FLOAT ? "number" : "integer"));
    if (p->max > 0) {
        o = with(o, "minimum", number(p, p->min));
        o = with(o, "maximum", number(p, p->max));
    }
    return o;
}

static json_t *with_format(json_t *o, reel_parameter_format format)
{
    switch (format) {
    case REEL_FORMAT_UUID:
        return with(o, "format", json_string("uuid"));
    case REEL_FORMAT_URL:
        return with(o, "format", json_string("uri"));
    case REEL_FORMAT_TAG:
        return with(o, "pattern", json_string("^@"));
    case REEL_FORMAT_ANY:
    case REEL_FORMAT_MEDIA:
        return o;
    }
    return o;
}

/* A string that has elements may be an array of strings as well. */
static json_t *describe_string(const schema *s, const reel_parameter *p)
{
    json_t *o = with(json_object(), "type",
                     p->elements ? json_pack("[s, s, s]", "string", "array", "null")
                                 : type_of(s, p, "string"));
    if (p->values) {
        o = with(o, "enum", reel_words_to_array(p->values));
    }
    if (p->max > 0) {
        o = with(o, "minLength", json_integer((json_int_t)p->min));
        o = with(o, "maxLength", json_integer((json_int_t)p->max));
    }
    return with_format(o, p->format);
}

static json_t *describe_elements(const schema *s, const reel_parameter *p)
{
    json_t *text = with_format(json_pack("{s:s}", "type", "string"), p->format);
    json_t *object = describe_object(s, p->path);
    if (p->elements == (REEL_ELEMENT_STRING | REEL_ELEMENT_OBJECT)) {
        return json_pack("{s:[o, o]}", "anyOf", text, object);
    }
    json_decref(p->elements == REEL_ELEMENT_OBJECT ? text : object);
    return p->elements == REEL_ELEMENT_OBJECT ? object : text;
}

static json_t *describe_array(const schema *s, const reel_parameter *p)
{
    json_t *o = with(json_object(), "type", type_of(s, p, "array"));
    if (p->max > 0) {
        o = with(o, "minItems", json_integer((json_int_t)p->min));
        o = with(o, "maxItems", json_integer((json_int_t)p->max));
    }
    return with(o, "items", describe_elements(s, p));
}

/* Media of a form are files, and may be text in JSON as well. */
static json_t *describe_member(const schema *s, const reel_parameter *p)
{
    if (s->kind == REEL_SCHEMA_FORM) {
        return json_pack("{s:s, s:s}", "type", "string", "format", "binary");
    }
    if (s->kind == REEL_SCHEMA_FIELDS) {
        return json_pack("{s:[{s:s}, o]}", "anyOf", "type", "string", describe_object(s, p->path));
    }
    return with(describe_object(s, p->path), "type", type_of(s, p, "object"));
}

static json_t *describe_value(const schema *s, const reel_parameter *p)
{
    switch (p->type) {
    case REEL_PARAMETER_BOOLEAN:
        return with(json_object(), "type", type_of(s, p, "boolean"));
    case REEL_PARAMETER_INTEGER:
    case REEL_PARAMETER_FLOAT:
        return describe_number(s, p);
    case REEL_PARAMETER_STRING:
        return describe_string(s, p);
    case REEL_PARAMETER_FRAME:
        return json_pack("{s:[{s:[s, s]}, {s:s, s:i}]}", "anyOf", "enum", "first", "last", "type",
                         "integer", "minimum", -1);
    case REEL_PARAMETER_OBJECT:
        return describe_member(s, p);
    case REEL_PARAMETER_ARRAY:
        return describe_array(s, p);
    }
    return NULL;
}

/* "95" -> 95, "true" -> true, "MP4" -> "MP4" */
static json_t *preset_of(const reel_parameter *p)
{
    switch (p->type) {
    case REEL_PARAMETER_BOOLEAN:
        return json_boolean(p->preset[0] == 't');
    case REEL_PARAMETER_INTEGER:
    case REEL_PARAMETER_FLOAT:
        return number(p, strtod(p->preset, NULL));
    default:
        return json_string(p->preset);
    }
}

static json_t *describe_row(const schema *s, const reel_parameter *p)
{
    json_t *o = describe_value(s, p);
    if (p->preset) {
        o = with(o, "default", preset_of(p));
    }
    return p->about ? with(o, "description", json_string(p->about)) : o;
}

static json_t *describe_object(const schema *s, const char *path)
{
    json_t *properties = json_object(), *required = json_array();
    json_t *o = json_pack("{s:s, s:O, s:O}", "type", "object", "properties", properties, "required",
                          required);
    for (int i = 0; i < s->table->count && o; i++) {
        const reel_parameter *p = &s->table->rows[i];
        const char *name = reel_parameter_name(p->path);
        if (!reel_parameter_is_member(p, path)) {
            continue;
        }
        if (json_object_set_new(properties, name, describe_row(s, p)) != 0 ||
            (p->is_required && json_array_append_new(required, json_string(name)) != 0)) {
            json_decref(o);
            o = NULL;
        }
    }
    json_decref(properties);
    json_decref(required);
    return s->kind == REEL_SCHEMA_ANSWER ? o : with(o, "additionalProperties", json_false());
}

json_t *reel_schema_new(const reel_parameter_table *table, reel_schema_kind kind)
{
    return describe_object(&(schema){ table, kind }, "");
}

json_t *reel_schema_of_row(const reel_parameter_table *table, const reel_parameter *row,
                           reel_schema_kind kind)
{
    return describe_row(&(schema){ table, kind }, row);
}
