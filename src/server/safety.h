/* Asking whether what a film shows may be shown. The server has no opinion of its own: a checker is
 * configured, an HTTP endpoint or a program, and without one nothing is checked or claimed.
 *
 * The checker gets one JSON object, by POST or on descriptor 0,
 *     {"taskUUID", "videoUUID", "prompt", "mode": "fast" | "full",
 *      "frames": [{"index", "seconds", "image": "data:image/jpeg;base64,..."}, ...]}
 * and answers {"flagged": true | false}, whatever else it says (status 2xx; exit code 0). A film of
 * many frames is asked about in several such questions; one that is flagged flags it. */
#ifndef REEL_SERVER_SAFETY_H
#define REEL_SERVER_SAFETY_H

#include "reel/clip.h"
#include "reel/status.h"

#include <jansson.h>

/* fast: the first frame, the middle one and the last; full: every frame. */
typedef enum { REEL_SAFETY_NONE, REEL_SAFETY_FAST, REEL_SAFETY_FULL } reel_safety_mode;

/* What a task asks for: safety.mode, or fast for safety.checkContent alone. */
reel_safety_mode reel_safety_mode_of(const json_t *task);

/* Exactly one of url and command. All borrowed. */
typedef struct {
    const char *url;     /* chosen by the operator: may be anywhere */
    const char *command; /* path of a program, run without a shell and without words */
    int seconds;         /* for one question */
    const char *dir;     /* where frames lie while they are encoded */
} reel_safety_config;

typedef struct {
    const reel_clip *clip;
    const char *task_uuid, *video_uuid, *prompt;
    reel_safety_mode mode;
    int (*is_stopped)(void *user); /* may be NULL */
    void *user;
} reel_safety_question;

/* Fails when the checker cannot be asked or gives no sensible answer: REEL_ERR_IO, REEL_ERR_FORMAT;
 * REEL_ERR_CANCELLED. */
reel_status reel_safety_ask(int *flagged, const reel_safety_config *config,
                            const reel_safety_question *question);

#endif
