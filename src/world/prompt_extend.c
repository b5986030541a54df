/* The rules that add to a prompt what it leaves open, in the words of captions. */
#include "reel/prompt.h"

#include "base/error.h"
#include "base/rng.h"
#include "base/str.h"
#include "world/caption.h"

#include <stdlib.h>
#include <string.h>

enum { SEQUENCE_CHOICE = 720, SEQUENCE_WORDS = 721, PROMPT_BYTES_MAX = 4 << 20 };

/* What the words say of one attribute: how many of its values, and the first of them. */
typedef struct {
    int count, value;
} mention;

typedef struct {
    reel_str text;
    size_t characters, limit;
    reel_scene scene;
    reel_rng words;
} extension;

static mention find_mention(const char *prompt, reel_attribute attribute)
{
    mention m = { 0, -1 };
    for (int v = 0; v < reel_attribute_size((int)attribute); v++) {
        if (reel_caption_mentions(prompt, attribute, v)) {
            m.value = m.count++ == 0 ? v : m.value;
        }
    }
    return m;
}

static uint64_t seed_of(const char *prompt, uint64_t variant)
{
    uint64_t seed = variant;
    for (const char *c = prompt; *c; c++) {
        seed = reel_rng_mix(seed, (unsigned char)*c);
    }
    return seed;
}

/* A scene in which every attribute has a value: the one that is said, or one drawn from the seed.
 * What a drawn size or weather would be is nobody's business, so those are medium and none. */
static void imagine(reel_scene *scene, const mention said[REEL_ATTRIBUTE_COUNT], uint64_t seed)
{
    int value[REEL_ATTRIBUTE_COUNT];
    reel_rng rng = reel_rng_at(seed, SEQUENCE_CHOICE);
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        int drawn = reel_rng_below(&rng, reel_attribute_size(a));
        value[a] = said[a].count ? said[a].value : drawn;
    }
    if (!said[REEL_ATTRIBUTE_SIZE].count) {
        value[REEL_ATTRIBUTE_SIZE] = REEL_SIZE_MEDIUM;
    }
    if (!said[REEL_ATTRIBUTE_WEATHER].count) {
        value[REEL_ATTRIBUTE_WEATHER] = REEL_WEATHER_NONE;
    } else if (!said[REEL_ATTRIBUTE_PLACE].count) {
        value[REEL_ATTRIBUTE_PLACE] = REEL_PLACE_MEADOW; /* weather is outdoors */
    }
    *scene = (reel_scene){ .seed = seed,
                           .place = (reel_place)value[REEL_ATTRIBUTE_PLACE],
                           .daytime = (reel_daytime)value[REEL_ATTRIBUTE_DAYTIME],
                           .weather = (reel_weather)value[REEL_ATTRIBUTE_WEATHER],
                           .actor_count = 1 };
    scene->actors[0] = (reel_actor){ .object = (reel_object)value[REEL_ATTRIBUTE_OBJECT],
                                     .colour = (reel_colour)value[REEL_ATTRIBUTE_COLOUR],
                                     .size = (reel_object_size)value[REEL_ATTRIBUTE_SIZE],
                                     .motion = (reel_motion)value[REEL_ATTRIBUTE_MOTION],
                                     .direction = (reel_direction)value[REEL_ATTRIBUTE_DIRECTION] };
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++) {
        count += ((unsigned char)*text & 0xC0) != 0x80;
    }
    return count;
}

/* Append " SENTENCE" if it fits. */
static reel_status add(extension *e, const char *template)
{
    reel_str sentence;
    reel_str_init(&sentence, REEL_CAPTION_LIMIT);
    reel_status status = reel_caption_write(&sentence, template, &e->scene, &e->words);
    size_t characters = count_characters(sentence.text) + 1;
    if (status == REEL_OK && e->characters + characters <= e->limit) {
        reel_str_printf(&e->text, " %s", sentence.text);
        e->characters += characters;
    }
    reel_str_deinit(&sentence);
    return status;
}

/* The user's words, with a stop at their end. */
static void begin(extension *e, const char *prompt)
{
    size_t length = strlen(prompt);
    while (length > 0 && strchr(" \t\r\n", prompt[length - 1])) {
        length--;
    }
    reel_str_append_bytes(&e->text, prompt, length);
    if (length > 0 && !strchr(".!?", prompt[length - 1])) {
        reel_str_append(&e->text, ".");
    }
    e->characters = count_characters(e->text.text);
}

static reel_status extend(extension *e, const mention said[REEL_ATTRIBUTE_COUNT], int with_sound)
{
    int has_place = said[REEL_ATTRIBUTE_PLACE].count > 0;
    int has_time = said[REEL_ATTRIBUTE_DAYTIME].count > 0;
    if (!said[REEL_ATTRIBUTE_MOTION].count) {
        REEL_TRY(add(e, "it {does}."));
    }
    if (!has_place) {
        REEL_TRY(add(e, has_time ? "{The picture} {place}." : "{The picture} {place} {time}."));
    } else if (!has_time) {
        REEL_TRY(add(e, "{The picture} {time}."));
    }
    if (with_sound) {
        REEL_TRY(add(e, "<sfx>{sound}</sfx>"));
        REEL_TRY(add(e, "<bgm>{ambience}</bgm>"));
    }
    return e->text.status;
}

/* Only prompts about one known object, and without tags, are for these rules. */
static int is_known(const char *prompt, const mention said[REEL_ATTRIBUTE_COUNT])
{
    return !strstr(prompt, "<sfx>") && !strstr(prompt, "<bgm>") &&
           said[REEL_ATTRIBUTE_OBJECT].count == 1 && said[REEL_ATTRIBUTE_MOTION].count <= 1 &&
           said[REEL_ATTRIBUTE_PLACE].count <= 1 && said[REEL_ATTRIBUTE_DAYTIME].count <= 1;
}

reel_status reel_prompt_extend(char **out, const char *prompt, const reel_prompt_rules *rules)
{
    *out = NULL;
    if (rules->size != sizeof *rules) {
        return REEL_FAIL(REEL_ERR_INVALID, "rules: size is %zu, expected %zu", rules->size,
                         sizeof *rules);
    }
    size_t length = strnlen(prompt, PROMPT_BYTES_MAX);
    if (length == PROMPT_BYTES_MAX || !reel_utf8_is_valid(prompt, length)) {
        return REEL_FAIL(REEL_ERR_INVALID, "prompt: is no UTF-8 text of up to %d bytes",
                         PROMPT_BYTES_MAX);
    }
    mention said[REEL_ATTRIBUTE_COUNT];
    for (int a = 0; a < REEL_ATTRIBUTE_COUNT; a++) {
        said[a] = find_mention(prompt, (reel_attribute)a);
    }
    reel_status status = REEL_OK;
    extension e = { .limit = rules->limit };
    reel_str_init(&e.text, length + 8 * REEL_CAPTION_LIMIT);
    uint64_t seed = seed_of(prompt, rules->variant);
    imagine(&e.scene, said, seed);
    e.words = reel_rng_at(seed, SEQUENCE_WORDS);
    begin(&e, prompt);
    int is_extended = is_known(prompt, said) && e.characters <= e.limit;
    if (is_extended) {
        status = extend(&e, said, rules->with_sound);
    }
    if (status == REEL_OK) {
        *out = strdup(is_extended ? e.text.text : prompt);
        status = *out ? REEL_OK : REEL_FAIL(REEL_ERR_MEMORY, "no memory for a prompt");
    }
    reel_str_deinit(&e.text);
    return status;
}
