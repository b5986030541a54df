/* The tables of what a scene may show. */
#include "world/attributes.h"

#include <stddef.h>
#include <string.h>

const reel_object_row reel_objects[REEL_OBJECT_COUNT] = {
    [REEL_OBJECT_BALL] = { "ball", "rubber" },  [REEL_OBJECT_CRATE] = { "crate", "wood" },
    [REEL_OBJECT_BELL] = { "bell", "bronze" },  [REEL_OBJECT_BOTTLE] = { "bottle", "glass" },
    [REEL_OBJECT_STAR] = { "star", "crystal" }, [REEL_OBJECT_CONE] = { "cone", "plastic" },
};

/* Saturated and far apart, while every backdrop stays muted (places.h): colour alone finds the
 * object. */
const reel_colour_row reel_colours[REEL_COLOUR_COUNT] = {
    [REEL_COLOUR_RED] = { "red", 0.90, 0.08, 0.10 },
    [REEL_COLOUR_ORANGE] = { "orange", 1.00, 0.50, 0.00 },
    [REEL_COLOUR_YELLOW] = { "yellow", 1.00, 0.88, 0.05 },
    [REEL_COLOUR_GREEN] = { "green", 0.05, 0.72, 0.20 },
    [REEL_COLOUR_BLUE] = { "blue", 0.08, 0.35, 0.98 },
    [REEL_COLOUR_PURPLE] = { "purple", 0.52, 0.12, 0.88 },
    [REEL_COLOUR_PINK] = { "pink", 1.00, 0.36, 0.72 },
    [REEL_COLOUR_WHITE] = { "white", 0.99, 0.99, 1.00 },
};

const reel_size_row reel_sizes[REEL_SIZE_COUNT] = {
    [REEL_SIZE_SMALL] = { "small", 0.30 },
    [REEL_SIZE_MEDIUM] = { "medium", 0.40 },
    [REEL_SIZE_LARGE] = { "large", 0.50 },
};

const reel_place_row reel_places[REEL_PLACE_COUNT] = {
    [REEL_PLACE_MEADOW] = { "meadow", 1 }, [REEL_PLACE_BEACH] = { "beach", 1 },
    [REEL_PLACE_STREET] = { "street", 1 }, [REEL_PLACE_ROOM] = { "room", 0 },
    [REEL_PLACE_DESERT] = { "desert", 1 },
};

static const char *const daytimes[REEL_DAYTIME_COUNT] = { "day", "night" };
static const char *const motions[REEL_MOTION_COUNT] = { "bounce", "roll", "fly",
                                                        "spin",   "jump", "swing" };
static const char *const directions[REEL_DIRECTION_COUNT] = { "left", "right" };
static const char *const weathers[REEL_WEATHER_COUNT] = { "none", "rain", "wind", "snow" };

static const char *const attribute_names[REEL_ATTRIBUTE_COUNT] = { "object",    "colour",  "size",
                                                                   "place",     "daytime", "motion",
                                                                   "direction", "weather" };
static const int attribute_sizes[REEL_ATTRIBUTE_COUNT] = {
    REEL_OBJECT_COUNT,  REEL_COLOUR_COUNT, REEL_SIZE_COUNT,      REEL_PLACE_COUNT,
    REEL_DAYTIME_COUNT, REEL_MOTION_COUNT, REEL_DIRECTION_COUNT, REEL_WEATHER_COUNT
};

const char *reel_attribute_name(int attribute)
{
    return attribute >= 0 && attribute < REEL_ATTRIBUTE_COUNT ? attribute_names[attribute] : NULL;
}

int reel_attribute_size(int attribute)
{
    return attribute >= 0 && attribute < REEL_ATTRIBUTE_COUNT ? attribute_sizes[attribute] : 0;
}

const char *reel_attribute_value_name(int attribute, int value)
{
    if (value < 0 || value >= reel_attribute_size(attribute)) {
        return NULL;
    }
    switch ((reel_attribute)attribute) {
    case REEL_ATTRIBUTE_OBJECT:
        return reel_objects[value].name;
    case REEL_ATTRIBUTE_COLOUR:
        return reel_colours[value].name;
    case REEL_ATTRIBUTE_SIZE:
        return reel_sizes[value].name;
    case REEL_ATTRIBUTE_PLACE:
        return reel_places[value].name;
    case REEL_ATTRIBUTE_DAYTIME:
        return daytimes[value];
    case REEL_ATTRIBUTE_MOTION:
        return motions[value];
    case REEL_ATTRIBUTE_DIRECTION:
        return directions[value];
    case REEL_ATTRIBUTE_WEATHER:
        return weathers[value];
    case REEL_ATTRIBUTE_COUNT:
        break;
    }
    return NULL;
}

int reel_attribute_find(int attribute, const char *name)
{
    for (int value = 0; value < reel_attribute_size(attribute); value++) {
        if (strcmp(reel_attribute_value_name(attribute, value), name) == 0) {
            return value;
        }
    }
    return -1;
}
