/* Bodies of the OpenAI videos API, and the videoInference task that each becomes. */
#ifndef REEL_SERVER_VIDEO_FIELDS_H
#define REEL_SERVER_VIDEO_FIELDS_H

#include "server/parameters.h"

#include <jansson.h>

extern const reel_parameter_table reel_video_create_fields; /* POST /v1/videos */
extern const reel_parameter_table reel_video_edit_fields;   /* .../edits, .../extensions */
extern const reel_parameter_table reel_video_remix_fields;  /* .../{id}/remix */

/* What is done with the film that a body names. */
typedef enum { REEL_VIDEO_FROM_WORDS, REEL_VIDEO_EDIT, REEL_VIDEO_EXTENSION } reel_video_work;

/* Bring a body into the form that the tables describe: numbers written as text become numbers, as
 * forms know nothing else, and media written as text become {"image_url": ...} and the like. 0
 * without memory. */
int reel_video_fields_normalise(json_t *fields, const reel_parameter_table *table);

/* A videoInference task for reel_answer_video_inference(), from fields that passed their table.
 * `film` is the reference video (UUID, URL, data URI or base64) of an edit or extension. Fails,
 * NULL with *error, when `size` is no size. Owned by the caller, released with json_decref(). */
json_t *reel_video_fields_task(json_t **error, const json_t *fields, reel_video_work work,
                               const char *film);

/* Tell an error about the task in the words of the body: `parameter` becomes the field it came
 * from. */
void reel_video_fields_translate(json_t *error);

/* What the client wrote, from the prompt of a task of reel_video_fields_task(). Borrowed from the
 * task's request. */
const char *reel_video_fields_prompt(const json_t *request);

#endif
