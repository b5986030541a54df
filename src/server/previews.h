/* What films look like while they are made, for those who watch. Safe to call from any thread. */
#ifndef REEL_SERVER_PREVIEWS_H
#define REEL_SERVER_PREVIEWS_H

#include "base/str.h"
#include "reel/generate.h"
#include "server/task.h"

typedef struct reel_previews reel_previews;

reel_status reel_previews_open(reel_previews **out);
void reel_previews_close(reel_previews *previews); /* NULL is legal */

/* Somebody begins, and ceases, to watch a task. Without memory nobody watches. */
void reel_previews_watch(reel_previews *previews, const char *uuid);
void reel_previews_unwatch(reel_previews *previews, const char *uuid);

/* Append the newest picture of a task as a data URI if it is newer than number *seen, which it then
 * becomes. Non-zero when it did. */
int reel_previews_tell(reel_str *out, unsigned *seen, reel_previews *previews, const char *uuid);

/* The worker's side: a reel_preview that makes pictures of one task while somebody watches it, at
 * most one a second. */
typedef struct {
    reel_preview preview; /* for reel_request */
    reel_previews *previews;
    const char *uuid, *dir; /* borrowed; the picture is written to a file in `dir` on its way */
    double shown;
} reel_preview_painter;

void reel_preview_painter_init(reel_preview_painter *painter, reel_previews *previews,
                               const char *uuid, const char *dir);

#endif
