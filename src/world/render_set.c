/* Writing a folder of clips with their truth, and listing what the set holds. */
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "media/encode.h"
#include "reel/world.h"
#include "world/caption.h"
#include "world/modal.h"
#include "world/truth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int width, height; /* base size */
} aspects[] = {
    { "16:9", 144, 80 }, { "9:16", 80, 144 }, { "4:3", 128, 96 },
    { "3:4", 96, 128 },  { "1:1", 112, 112 },
};
enum { ASPECTS = sizeof aspects / sizeof *aspects, NAME_MAX_LENGTH = 32 };

/* ---- the request ---- */

static reel_status format_of(reel_world_format *out, const reel_world_request *request)
{
    for (int i = 0; i < ASPECTS; i++) {
        if (!request->aspect || strcmp(request->aspect, aspects[i].name) != 0) {
            continue;
        }
        int own = request->width != 0 || request->height != 0;
        *out = (reel_world_format){
            .width = own ? request->width : aspects[i].width,
            .height = own ? request->height : aspects[i].height,
            .fps_num = request->fps,
            .fps_den = 1,
            .sample_rate = 44100,
        };
        double base = (double)aspects[i].width / aspects[i].height;
        double ratio = out->height > 0 ? (double)out->width / out->height / base : 0.0;
        if (out->width < 16 || out->height < 16 || ratio < 0.9 || ratio > 1.1) {
            return REEL_FAIL(REEL_ERR_INVALID, "width, height: are %d x %d, expected about %s",
                             out->width, out->height, aspects[i].name);
        }
        return REEL_OK;
    }
    return REEL_FAIL(REEL_ERR_INVALID, "aspect: is \"%s\", expected 16:9, 9:16, 4:3, 3:4 or 1:1",
                     request->aspect ? request->aspect : "(none)");
}

/* One "attribute=value", `length` bytes. */
static reel_status choose_one(reel_scene_choice *out, const char *text, size_t length)
{
    char word[64];
    if (length >= sizeof word) {
        return REEL_FAIL(REEL_ERR_INVALID, "choose: a part has %zu bytes, expected at most %zu",
                         length, sizeof word - 1);
    }
    memcpy(word, text, length);
    word[length] = '\0';
    char *value = strchr(word, '=');
    if (!value) {
        return REEL_FAIL(REEL_ERR_INVALID, "choose: \"%s\", expected attribute=value", word);
    }
    *value++ = '\0';
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        if (strcmp(reel_attribute_name(a), word) == 0) {
            out->value[a] = reel_attribute_find(a, value);
            return out->value[a] >= 0
                       ? REEL_OK
                       : REEL_FAIL(REEL_ERR_INVALID, "choose: no %s is called \"%s\"", word, value);
        }
    }
    return REEL_FAIL(REEL_ERR_INVALID, "choose: no attribute is called \"%s\"", word);
}

static reel_status choice_of(reel_scene_choice *out, const char *text)
{
    *out = reel_scene_choice_any();
    while (text && *text) {
        size_t length = strcspn(text, ",");
        REEL_TRY(choose_one(out, text, length));
        text += length + (text[length] == ',');
    }
    return REEL_OK;
}

static reel_status check_request(const reel_world_request *r)
{
    if (r->size != sizeof *r) {
        return REEL_FAIL(REEL_ERR_INVALID, "size: is %zu, expected %zu", r->size, sizeof *r);
    }
    if (!r->folder || !*r->folder) {
        return REEL_FAIL(REEL_ERR_INVALID, "folder: is empty");
    }
    if (r->count < 1 || r->count > 1000000) {
        return REEL_FAIL(REEL_ERR_INVALID, "count: is %d, expected 1..1000000", r->count);
    }
    if (r->fps < 1 || r->fps > 60) {
        return REEL_FAIL(REEL_ERR_INVALID, "fps: is %d, expected 1..60", r->fps);
    }
    return REEL_OK;
}

/* ---- the files ---- */

typedef struct {
    const reel_world_request *request;
    reel_world_format format;
    reel_scene_choice choice;
    reel_world_renderer *renderer;
    reel_clip clip; /* its memory serves every clip */
} studio;

static reel_status write_truth(const studio *s, const reel_scene *scene, const char *path)
{
    json_t *truth = NULL;
    REEL_TRY(reel_scene_truth(&truth, scene, &s->format));
    reel_status status = reel_json_save(truth, path);
    json_decref(truth);
    return status;
}

static reel_status write_clip(studio *s, int index)
{
    reel_scene scene;
    uint64_t seed = reel_rng_mix(s->request->seed, (uint64_t)index);
    double aspect = (double)s->format.width / s->format.height;
    REEL_TRY(reel_scene_sample(&scene, &s->choice, seed, s->request->seconds, aspect));
    REEL_TRY(reel_scene_render(&s->clip, s->renderer, &scene, &s->format));
    char film[NAME_MAX_LENGTH], notes[NAME_MAX_LENGTH];
    snprintf(film, sizeof film, "clip_%06d.mp4", index);
    snprintf(notes, sizeof notes, "clip_%06d.json", index);
    char *film_path = reel_path_join(s->request->folder, film);
    char *notes_path = reel_path_join(s->request->folder, notes);
    reel_status status = REEL_OK;
    if (!film_path || !notes_path) {
        status = REEL_FAIL(REEL_ERR_MEMORY, "world: no memory for a path");
    }
    if (status == REEL_OK) {
        status = reel_media_write_clip(film_path, &s->clip, NULL);
    }
    if (status == REEL_OK) {
        status = write_truth(s, &scene, notes_path);
    }
    free(film_path);
    free(notes_path);
    return status;
}

reel_status reel_world_render(const reel_world_request *request, reel_world_progress_fn progress,
                              void *user)
{
    studio s = { .request = request };
    REEL_TRY(check_request(request));
    REEL_TRY(format_of(&s.format, request));
    REEL_TRY(choice_of(&s.choice, request->choose));
    REEL_TRY(reel_dir_make(request->folder));
    REEL_TRY(reel_world_renderer_new(&s.renderer));
    reel_status status = REEL_OK;
    for (int i = 0; i < request->count && status == REEL_OK; i++) {
        status = write_clip(&s, i);
        if (status == REEL_OK && progress && progress(i + 1, request->count, user)) {
            status = REEL_FAIL(REEL_ERR_CANCELLED, "stopped after %d of %d clips", i + 1,
                               request->count);
        }
    }
    reel_clip_free(&s.clip);
    reel_world_renderer_free(s.renderer);
    return status;
}

/* ---- the list ---- */

static json_t *describe_value(int attribute, int value)
{
    json_t *row = json_pack("{s:s}", "name", reel_attribute_value_name(attribute, value));
    if (attribute == REEL_ATTRIBUTE_OBJECT) {
        double medium = reel_sizes[REEL_SIZE_MEDIUM].diameter;
        json_object_set_new(row, "material", json_string(reel_objects[value].material));
        json_object_set_new(row, "pitch_hz",
                            json_real(reel_strike_pitch((reel_object)value, medium)));
    } else if (attribute == REEL_ATTRIBUTE_COLOUR) {
        const reel_colour_row *c = &reel_colours[value];
        json_object_set_new(row, "rgb", json_pack("[f, f, f]", c->red, c->green, c->blue));
    } else if (attribute == REEL_ATTRIBUTE_SIZE) {
        json_object_set_new(row, "diameter", json_real(reel_sizes[value].diameter));
    } else if (attribute == REEL_ATTRIBUTE_PLACE) {
        json_object_set_new(row, "has_weather", json_boolean(reel_places[value].has_weather));
    }
    return row;
}

static json_t *describe_attributes(void)
{
    json_t *attributes = json_object();
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        json_t *values = json_array();
        for (int v = 0; v < reel_attribute_size(a); v++) {
            json_array_append_new(values, describe_value(a, v));
        }
        json_object_set_new(attributes, reel_attribute_name(a), values);
    }
    return attributes;
}

static json_t *describe_aspects(void)
{
    json_t *list = json_array();
    for (int i = 0; i < ASPECTS; i++) {
        json_array_append_new(list, json_pack("{s:s, s:i, s:i}", "name", aspects[i].name, "width",
                                              aspects[i].width, "height", aspects[i].height));
    }
    return list;
}

reel_status reel_world_describe(char **out)
{
    json_t *events = json_array(), *captions = json_array();
    for (int k = 0; k < REEL_EVENT_KIND_COUNT; k++) {
        json_array_append_new(events, json_pack("{s:s, s:b}", "name", reel_event_kind_name(k),
                                                "impact", reel_event_is_impact(k)));
    }
    for (int k = 0; k < REEL_CAPTION_KIND_COUNT; k++) {
        json_array_append_new(captions, json_string(reel_caption_kind_name(k)));
    }
    json_t *all = json_pack("{s:o, s:o, s:o, s:o}", "attributes", describe_attributes(), "aspects",
                            describe_aspects(), "events", events, "captions", captions);
    *out = all ? json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    json_decref(all);
    return *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "world: no memory for the list");
}
