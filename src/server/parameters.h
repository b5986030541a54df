/* Parameters as data: what may stand in an object from outside. The checks of check_parameters.c,
 * the lists of allowed names, /openapi.json and docs/http_api.md come from such tables alone. */
#ifndef REEL_SERVER_PARAMETERS_H
#define REEL_SERVER_PARAMETERS_H

#include <jansson.h>

typedef enum {
    REEL_PARAMETER_BOOLEAN,
    REEL_PARAMETER_INTEGER, /* min..max is the value */
    REEL_PARAMETER_FLOAT,   /* the same; a whole number will do */
    REEL_PARAMETER_STRING,  /* min..max counts characters */
    REEL_PARAMETER_FRAME,   /* "first", "last" or a frame index, -1 for the last */
    REEL_PARAMETER_OBJECT,  /* its members are rows of their own: "settings.audio" */
    REEL_PARAMETER_ARRAY    /* min..max counts elements; see `elements` */
} reel_parameter_type;

typedef enum {
    REEL_FORMAT_ANY,
    REEL_FORMAT_UUID,  /* version 4 */
    REEL_FORMAT_URL,   /* http:// or https:// */
    REEL_FORMAT_MEDIA, /* UUID, URL, data URI or base64 */
    REEL_FORMAT_TAG    /* "@name" */
} reel_parameter_format;

enum { REEL_ELEMENT_STRING = 1, REEL_ELEMENT_OBJECT = 2 };

typedef struct {
    const char *path; /* "inputs.referenceImages.tag": elements of an array have no index */
    reel_parameter_type type;
    int is_required;
    reel_parameter_format format; /* of a string, or of the strings in an array */
    int elements;                 /* of an array: REEL_ELEMENT_..., members are rows as above */
    double min, max;              /* max 0: no limit above; both 0: no limit */
    const char *values;           /* the only ones allowed, "MP4 WEBM MOV"; NULL: any */
    int any_case;                 /* letters of `values` may be of either case */
    const char *range_code;       /* error of a value out of range; NULL: the usual one */
    const char *preset;           /* what holds without it, as text for the docs; NULL: nothing */
    const char *about;            /* one sentence for the docs */
} reel_parameter;

typedef struct {
    const reel_parameter *rows;
    int count;
} reel_parameter_table;

/* videoInference: the model page and this server's own additions. */
extern const reel_parameter_table reel_video_parameters;

/* "boolean" "integer" "float" "string" "object" "array", as errors name it. Static. */
const char *reel_parameter_type_name(reel_parameter_type type);

/* The row of member `name` of the object at `path` ("" is the whole). Borrowed, or NULL. */
const reel_parameter *reel_parameter_find(const reel_parameter_table *table, const char *path,
                                          const char *name);

/* Non-zero if the row describes a member of the object at `path`. */
int reel_parameter_is_member(const reel_parameter *parameter, const char *path);

/* The last word of a path: "audio" of "settings.audio". Borrowed from the path. */
const char *reel_parameter_name(const char *path);

/* Names of the members that the object at `path` may have. NULL without memory. */
json_t *reel_parameter_names(const reel_parameter_table *table, const char *path);

#endif
