/* What the film set holds: every value a scene may take, one table per kind of value.
 *
 * A row carries all that is fixed about the value (its name, colour, size, which objects ring in
 * which way); how it is drawn, moved, sounded and said lives in objects.c, motion.c, modal.c and
 * caption_words.c under the same enum. Names are lower-case English words without spaces: they
 * are used in truth files, on the command line and in captions. */
#ifndef REEL_WORLD_ATTRIBUTES_H
#define REEL_WORLD_ATTRIBUTES_H

typedef enum {
    REEL_OBJECT_BALL,
    REEL_OBJECT_CRATE,
    REEL_OBJECT_BELL,
    REEL_OBJECT_BOTTLE,
    REEL_OBJECT_STAR,
    REEL_OBJECT_CONE,
    REEL_OBJECT_COUNT
} reel_object;

typedef enum {
    REEL_COLOUR_RED,
    REEL_COLOUR_ORANGE,
    REEL_COLOUR_YELLOW,
    REEL_COLOUR_GREEN,
    REEL_COLOUR_BLUE,
    REEL_COLOUR_PURPLE,
    REEL_COLOUR_PINK,
    REEL_COLOUR_WHITE,
    REEL_COLOUR_COUNT
} reel_colour;

typedef enum {
    REEL_SIZE_SMALL,
    REEL_SIZE_MEDIUM,
    REEL_SIZE_LARGE,
    REEL_SIZE_COUNT
} reel_object_size;

typedef enum {
    REEL_PLACE_MEADOW,
    REEL_PLACE_BEACH,
    REEL_PLACE_STREET,
    REEL_PLACE_ROOM,
    REEL_PLACE_DESERT,
    REEL_PLACE_COUNT
} reel_place;

typedef enum { REEL_DAYTIME_DAY, REEL_DAYTIME_NIGHT, REEL_DAYTIME_COUNT } reel_daytime;

typedef enum {
    REEL_MOTION_BOUNCE,
    REEL_MOTION_ROLL,
    REEL_MOTION_FLY,
    REEL_MOTION_SPIN,
    REEL_MOTION_JUMP,
    REEL_MOTION_SWING,
    REEL_MOTION_COUNT
} reel_motion;

/* Where it goes first (bounce, roll, fly, jump), which way it turns (spin: left is
 * anticlockwise), or on which side the post stands (swing). */
typedef enum { REEL_DIRECTION_LEFT, REEL_DIRECTION_RIGHT, REEL_DIRECTION_COUNT } reel_direction;

typedef enum {
    REEL_WEATHER_NONE,
    REEL_WEATHER_RAIN,
    REEL_WEATHER_WIND,
    REEL_WEATHER_SNOW,
    REEL_WEATHER_COUNT
} reel_weather;

/* The seven tables as one list, for code that handles them alike. */
typedef enum {
    REEL_ATTRIBUTE_OBJECT,
    REEL_ATTRIBUTE_COLOUR,
    REEL_ATTRIBUTE_SIZE,
    REEL_ATTRIBUTE_PLACE,
    REEL_ATTRIBUTE_DAYTIME,
    REEL_ATTRIBUTE_MOTION,
    REEL_ATTRIBUTE_DIRECTION,
    REEL_ATTRIBUTE_WEATHER,
    REEL_ATTRIBUTE_COUNT
} reel_attribute;

typedef struct {
    const char *name;
    const char *material; /* what it is made of, hence how it rings */
} reel_object_row;

typedef struct {
    const char *name;
    double red, green, blue; /* 0..1, sRGB: the fill of the object */
} reel_colour_row;

typedef struct {
    const char *name;
    double diameter; /* in short sides of the frame; pitch goes with 1 / diameter */
} reel_size_row;

typedef struct {
    const char *name;
    int has_weather; /* 0 indoors */
} reel_place_row;

extern const reel_object_row reel_objects[REEL_OBJECT_COUNT];
extern const reel_colour_row reel_colours[REEL_COLOUR_COUNT];
extern const reel_size_row reel_sizes[REEL_SIZE_COUNT];
extern const reel_place_row reel_places[REEL_PLACE_COUNT];

/* "object", "colour", ... NULL out of range. Static strings. */
const char *reel_attribute_name(int attribute);

/* How many values an attribute has; 0 out of range. */
int reel_attribute_size(int attribute);

/* Name of one value, e.g. (REEL_ATTRIBUTE_COLOUR, REEL_COLOUR_RED) -> "red". NULL out of range. */
const char *reel_attribute_value_name(int attribute, int value);

/* The value called `name`, or -1. */
int reel_attribute_find(int attribute, const char *name);

#endif
