/* The vocabulary of captions: for every slot of a sentence the phrases that may fill it.
 *
 * A phrase may hold slots of its own, {name}. To add a wording, add a string; caption.c needs no
 * change. Three rules keep captions true: a phrase uses a colour, size, object, place, motion,
 * weather or direction word only to state that attribute; every phrase of a value holds one of
 * its keys; and "a" is written everywhere, caption.c makes it "an". */
#ifndef REEL_WORLD_CAPTION_WORDS_H
#define REEL_WORLD_CAPTION_WORDS_H

#include "world/caption.h"

/* NULL-terminated. */
typedef const char *const *reel_phrases;

/* The phrases for slot {name}, `length` bytes, in this scene; NULL when there is no such slot. */
reel_phrases reel_caption_phrases(const char *name, size_t length, const reel_scene *scene);

/* Whole sentences of a kind. */
reel_phrases reel_caption_templates(reel_caption_kind kind);

/* Words that state the value; a trailing '*' stands for any ending. NULL when there are none. */
reel_phrases reel_caption_keys(reel_attribute attribute, int value);

#endif
