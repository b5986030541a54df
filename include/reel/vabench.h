/* Judging a model: films for prompts it never met, looked at and listened to. */
#ifndef REEL_VABENCH_H
#define REEL_VABENCH_H

#include "reel/clip.h"
#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Make the film for a prompt. `film` holds the real render of it: a model replaces that, a codec
 * changes it. Owned by the caller before and after; a failure ends the run with that status. */
typedef reel_status (*reel_vabench_make_fn)(reel_clip *film, const char *prompt, double seconds,
                                            uint64_t seed, void *user);

/* Called before the first film and after each; `phase` is "real" or "films". Non-zero stops. */
typedef int (*reel_vabench_progress_fn)(const char *phase, int done, int total, void *user);

typedef struct {
    size_t size;        /* set by REEL_VABENCH_REQUEST_INIT; lets the struct grow */
    int prompts;        /* 1 .. 1000 */
    uint64_t seed;      /* same seed, same prompts; apart from every training seed */
    double seconds;     /* of each film, 3 .. 15 */
    const char *folder; /* films, contact sheet, spectrograms, report.json go here; NULL: none
                         * are kept */
    const char *model;  /* what the report calls the maker; may be NULL */
    reel_vabench_make_fn make;         /* NULL: only real renders are judged */
    reel_vabench_progress_fn progress; /* may be NULL */
    void *user;                        /* of both */
} reel_vabench_request;

#define REEL_VABENCH_REQUEST_INIT                                                                  \
    {                                                                                              \
        .size = sizeof(reel_vabench_request), .prompts = 64, .seconds = 3.0                        \
    }

/* Judge real renders of the prompts, which is what the judge itself is worth, and the films that
 * `make` makes of them. The report is a JSON object:
 *   model, seed, seconds, prompts;
 *   real, and films where there is a maker: {attributes: {object, colour, place, daytime, motion,
 *     sound: {right, judged, share}}, sync: {all, bounce, roll, fly, spin, jump, swing: {impacts,
 *     heard, heard_share, onsets, seen, seen_share, phantoms, median_ms, chance_heard_share,
 *     chance_seen_share}}};
 *   each: [{prompt, kind, seed, wanted, real, films}, ...] with all that was found.
 * An attribute is judged only where the prompt states it. `heard`: impacts seen with a sound within
 * 80 ms; `seen`: sounds with an impact as near; `chance`: the same with the sound of another film
 * of that motion. Owned by the caller, released with free(). Fails with REEL_ERR_INVALID (a field
 * is out of range), REEL_ERR_IO, REEL_ERR_MEMORY, REEL_ERR_CANCELLED, or as `make` does. */
reel_status reel_vabench_run(char **out, const reel_vabench_request *request);

#ifdef __cplusplus
}
#endif
#endif
