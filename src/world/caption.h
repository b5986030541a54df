/* Saying in English what a scene shows and sounds like. */
#ifndef REEL_WORLD_CAPTION_H
#define REEL_WORLD_CAPTION_H

#include "base/rng.h"
#include "base/str.h"
#include "world/scene.h"

typedef enum {
    /* One sentence: object, colour, place and motion always, the rest often. */
    REEL_CAPTION_SHORT,
    /* Some sentences: every attribute, the sound and the ambience. */
    REEL_CAPTION_LONG,
    /* As long, with the sounds in <sfx>...</sfx> and the ambience in <bgm>...</bgm>. */
    REEL_CAPTION_STRUCTURED,
    REEL_CAPTION_KIND_COUNT
} reel_caption_kind;

/* Longest caption there can be, bytes without the NUL. */
enum { REEL_CAPTION_LIMIT = 1000 };

/* Append `template` with its {slots} filled by words for the scene (caption_words.h has them), and
 * spelt as sentences are. REEL_ERR_MEMORY when `out` is full. */
reel_status reel_caption_write(reel_str *out, const char *template, const reel_scene *scene,
                               reel_rng *rng);

/* Append a caption; the same scene, kind and variant give the same words. REEL_ERR_MEMORY when
 * `out` is full. */
reel_status reel_scene_caption(reel_str *out, const reel_scene *scene, reel_caption_kind kind,
                               uint64_t variant);

/* "short", "long", "structured". */
const char *reel_caption_kind_name(int kind);

/* Non-zero if the text has a word that stands for this value ("crate" and "box" for the crate).
 * Weather none and a value out of range are never mentioned. */
int reel_caption_mentions(const char *text, reel_attribute attribute, int value);

#endif
