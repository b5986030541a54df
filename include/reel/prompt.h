/* Extending a prompt by rule: from a user's words to the form that the bundled model was trained
 * on.
 */
#ifndef REEL_PROMPT_H
#define REEL_PROMPT_H

#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t size;      /* set by REEL_PROMPT_RULES_INIT; lets the struct grow */
    int with_sound;   /* also say what is heard, in <sfx> and <bgm> tags */
    size_t limit;     /* characters of the result; sentences that do not fit are left out */
    uint64_t variant; /* another number, another wording; the same one, the same words */
} reel_prompt_rules;

#define REEL_PROMPT_RULES_INIT                                                                     \
    {                                                                                              \
        .size = sizeof(reel_prompt_rules), .with_sound = 1, .limit = 5120                          \
    }

/* A prompt about one object of the film set (reel/world.h) keeps its words, and what it leaves open
 * is added: the motion, the place, the hour, then the sound of that object in that motion and of
 * that place. Nothing that the words already say is said again. Any other prompt (no such object,
 * several of them, or tags of its own) comes out as it went in: the rules know nothing about it.
 *
 * out    owned by the caller, released with free()
 * fails  REEL_ERR_INVALID (no UTF-8, or rules->size), REEL_ERR_MEMORY */
reel_status reel_prompt_extend(char **out, const char *prompt, const reel_prompt_rules *rules);

#ifdef __cplusplus
}
#endif
#endif
