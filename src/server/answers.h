/* What the routes answer, as data. */
#ifndef REEL_SERVER_ANSWERS_H
#define REEL_SERVER_ANSWERS_H

#include "server/parameters.h"

/* A row that is not required may be missing or null. */
typedef struct {
    const char *name; /* "Video": what reel_route.answer says */
    const reel_parameter_table table;
} reel_answer;

extern const reel_answer reel_answers[];
extern const int reel_answer_count;

/* The members of an item of "data" that videoInference and getResponse answer. */
extern const reel_parameter_table reel_task_answer_members;

#endif
