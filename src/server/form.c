/* libmicrohttpd takes the form apart; this puts the pieces together. */
#include "server/form.h"

#include "base/str.h"
#include "server/errors.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW = 16 << 10, NAME_SIZE = 96 };

typedef struct {
    json_t *object, *error;
    int count;
    char name[NAME_SIZE]; /* of the field that is coming in; "" before the first */
    int is_file;
    reel_str value;
} form;

static void refuse(form *f, const char *field, const char *why)
{
    if (!f->error) {
        f->error = reel_error_new("invalidRequest", field, "Invalid form. %s", why);
    }
}

/* Text as it is, a file as base64. NULL without memory, or when text is no UTF-8. */
static json_t *value_of(const form *f)
{
    if (!f->is_file) {
        return reel_utf8_is_valid(f->value.text, f->value.length)
                   ? json_stringn_nocheck(f->value.text, f->value.length)
                   : NULL;
    }
    size_t size = BASE64_ENCODE_RAW_LENGTH(f->value.length);
    char *text = malloc(size + 1);
    if (!text) {
        return NULL;
    }
    base64_encode_raw(text, f->value.length, (const uint8_t *)f->value.text);
    json_t *value = json_stringn_nocheck(text, size);
    free(text);
    return value;
}

/* The object that holds the field, and the field's name there: "video[id]" is "id" of "video". */
static json_t *place_of(const char **name, form *f)
{
    char *open = strchr(f->name, '['), *close = open ? strchr(open, ']') : NULL;
    *name = f->name;
    if (!open || open == f->name || !close || close == open + 1 || close[1]) {
        return f->object;
    }
    *open = *close = 0;
    json_t *inner = json_object_get(f->object, f->name);
    if (!inner) {
        inner = json_object();
        if (json_object_set_new(f->object, f->name, inner) != 0) {
            return NULL;
        }
    }
    *name = open + 1;
    return inner;
}

static void end_field(form *f)
{
    if (!f->name[0] || f->error) {
        return;
    }
    const char *name;
    json_t *place = place_of(&name, f);
    json_t *value = value_of(f);
    if (f->value.status < 0 || !value) {
        refuse(f, NULL, "A field is not UTF-8.");
    } else if (!json_is_object(place) || json_object_get(place, name)) {
        refuse(f, NULL, "A field is there twice.");
    } else if (json_object_set(place, name, value) != 0) {
        refuse(f, NULL, "The name of a field is not UTF-8.");
    }
    json_decref(value);
    f->name[0] = 0;
}

static void begin_field(form *f, const char *name, int is_file)
{
    end_field(f);
    if (++f->count > REEL_FORM_FIELDS_MAX || !name || !*name || strlen(name) >= NAME_SIZE) {
        refuse(f, NULL, "It has too many fields, or one without a proper name.");
        return;
    }
    snprintf(f->name, sizeof f->name, "%s", name);
    f->is_file = is_file;
    reel_str_clear(&f->value);
}

static enum MHD_Result on_piece(void *user, enum MHD_ValueKind kind, const char *name,
                                const char *file, const char *type, const char *encoding,
                                const char *data, uint64_t offset, size_t size)
{
    (void)kind, (void)type, (void)encoding;
    form *f = user;
    if (offset == 0) {
        begin_field(f, name, file != NULL);
    }
    reel_str_append_bytes(&f->value, data, size);
    return f->error ? MHD_NO : MHD_YES;
}

json_t *reel_form_parse(json_t **error, struct MHD_Connection *connection, const char *body,
                        size_t length)
{
    form f = { .object = json_object() };
    reel_str_init(&f.value, length);
    struct MHD_PostProcessor *reader = MHD_create_post_processor(connection, WINDOW, on_piece, &f);
    if (!reader) {
        f.error = reel_error_new("unsupportedMediaType", NULL,
                                 "The body must be application/json or multipart/form-data.");
    } else {
        int is_good = MHD_post_process(reader, body, length) == MHD_YES;
        is_good &= MHD_destroy_post_processor(reader) == MHD_YES;
        end_field(&f);
        if (!is_good) {
            refuse(&f, NULL, "It is damaged, or ends too early.");
        }
    }
    reel_str_deinit(&f.value);
    *error = f.error;
    if (f.error) {
        json_decref(f.object);
        return NULL;
    }
    return f.object;
}
