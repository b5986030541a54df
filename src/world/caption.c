/* Captions: a template is chosen, its slots are filled, then spelling is put right. */
#include "world/caption.h"

#include "base/error.h"
#include "world/caption_words.h"

#include <ctype.h>
#include <string.h>

enum { SEQUENCE_CAPTION = 700, DEPTH_MAX = 6 };

static const char *pick(reel_phrases phrases, reel_rng *rng)
{
    int count = 0;
    while (phrases[count]) {
        count++;
    }
    return phrases[reel_rng_below(rng, count)];
}

/* Copy `text` with every {slot} replaced by one of its phrases. */
static reel_status fill(reel_str *out, const char *text, const reel_scene *scene, reel_rng *rng,
                        int depth)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        reel_str_append_bytes(out, text, plain);
        text += plain;
        if (!*text) {
            break;
        }
        size_t length = strcspn(text + 1, "}");
        reel_phrases phrases = reel_caption_phrases(text + 1, length, scene);
        if (!phrases || depth == DEPTH_MAX) {
            return REEL_FAIL(REEL_ERR_INTERNAL, "caption: no phrases for slot %.*s", (int)length,
                             text + 1);
        }
        REEL_TRY(fill(out, pick(phrases, rng), scene, rng, depth + 1));
        text += length + 2;
    }
    return REEL_OK;
}

static int is_vowel(char c)
{
    return c != '\0' && strchr("aeiou", c) != NULL;
}

/* "a orange" becomes "an orange"; sentences begin with a capital, the insides of tags do not. */
static void spell(reel_str *out, const char *text)
{
    int begins = 1;
    for (const char *c = text; *c; c++) {
        int word_starts = c == text || !isalnum((unsigned char)c[-1]);
        char letter = *c;
        begins = *c == '<' ? 0 : begins;
        if (begins && isalpha((unsigned char)letter)) {
            letter = (char)toupper((unsigned char)letter);
            begins = 0;
        }
        reel_str_append_bytes(out, &letter, 1);
        if (*c == 'a' && word_starts && c[1] == ' ' && is_vowel(c[2])) {
            reel_str_append(out, "n");
        }
        begins |= *c == '.';
    }
}

reel_status reel_caption_write(reel_str *out, const char *template, const reel_scene *scene,
                               reel_rng *rng)
{
    reel_str raw;
    reel_str_init(&raw, REEL_CAPTION_LIMIT);
    reel_status status = fill(&raw, template, scene, rng, 0);
    if (status == REEL_OK) {
        status = raw.status;
    }
    if (status == REEL_OK) {
        spell(out, raw.text);
        status = out->status;
    }
    reel_str_deinit(&raw);
    return status;
}

reel_status reel_scene_caption(reel_str *out, const reel_scene *scene, reel_caption_kind kind,
                               uint64_t variant)
{
    if ((int)kind < 0 || kind >= REEL_CAPTION_KIND_COUNT) {
        return REEL_FAIL(REEL_ERR_INVALID, "caption: kind is %d, expected 0..%d", (int)kind,
                         REEL_CAPTION_KIND_COUNT - 1);
    }
    reel_rng rng =
        reel_rng_at(reel_rng_mix(scene->seed, variant), (uint64_t)(SEQUENCE_CAPTION + (int)kind));
    return reel_caption_write(out, pick(reel_caption_templates(kind), &rng), scene, &rng);
}

const char *reel_caption_kind_name(int kind)
{
    static const char *const names[REEL_CAPTION_KIND_COUNT] = { "short", "long", "structured" };
    return kind >= 0 && kind < REEL_CAPTION_KIND_COUNT ? names[kind] : "unknown";
}

static int in_word(char c)
{
    return isalnum((unsigned char)c) || c == '-';
}

/* Does `key` stand at a word's start in text, and the word end with it (unless it ends in '*')? */
static int has_word(const char *text, const char *key)
{
    size_t length = strlen(key);
    int any_ending = key[length - 1] == '*';
    length -= (size_t)any_ending;
    for (const char *c = text; *c; c++) {
        if ((c == text || !in_word(c[-1])) && strncasecmp(c, key, length) == 0 &&
            (any_ending || !in_word(c[length]))) {
            return 1;
        }
    }
    return 0;
}

int reel_caption_mentions(const char *text, reel_attribute attribute, int value)
{
    reel_phrases keys = reel_caption_keys(attribute, value);
    for (int i = 0; keys && keys[i]; i++) {
        if (has_word(text, keys[i])) {
            return 1;
        }
    }
    return 0;
}
