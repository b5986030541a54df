/* JSON Schema (2020-12, as OpenAPI 3.1 has it) from tables of parameters. */
#ifndef REEL_SERVER_SCHEMA_H
#define REEL_SERVER_SCHEMA_H

#include "server/parameters.h"

#include <jansson.h>

typedef enum {
    REEL_SCHEMA_REQUEST, /* exactly these members */
    REEL_SCHEMA_FIELDS,  /* the same; numbers and media may be text */
    REEL_SCHEMA_FORM,    /* the same as parts of a form; media are files */
    REEL_SCHEMA_ANSWER   /* at least these members; those that are not required may be null */
} reel_schema_kind;

/* The object that the table describes. Owned by the caller, released with json_decref(); NULL
 * without memory. */
json_t *reel_schema_new(const reel_parameter_table *table, reel_schema_kind kind);

/* One row alone. */
json_t *reel_schema_of_row(const reel_parameter_table *table, const reel_parameter *row,
                           reel_schema_kind kind);

#endif
