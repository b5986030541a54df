/* Phrases of captions, slot by slot. */
#include "world/caption_words.h"

#include <string.h>

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ---- sentences ---- */

static const reel_phrases templates[REEL_CAPTION_KIND_COUNT] = {
    [REEL_CAPTION_SHORT] = LIST(
        "a {thing} {does} {place} {time}{weather}.", "a {sized} {does} {place} {time}{weather}.",
        "a {sized} {moves} {place} {time}.", "{Time}, a {thing} {does} {place}{weather}.",
        "{place}, a {thing} {does} {time}.", "{place} {time}, a {sized} {moves}.",
        "a {thing} {doing} {place}, {time}{weather}.", "a {sized} {moving} {place}, {time}.",
        "a {thing} {does} {place}.", "{a film of} a {thing} {doing} {place} {time}.",
        "{a film of} a {sized} {moving} {place}.", "{place}: a {thing} {does} {time}{weather}."),
    [REEL_CAPTION_LONG] = LIST(
        "{a film of} a {sized} {moving} {place} {time}.{Weather} {Hear} {sound}. {Around} "
        "{ambience}.",
        "{place}, {time}, a {sized} {moves}.{Weather} {Hear} {sound}, while {around} {ambience}.",
        "a {sized} {moves} {place} {time}{weather}. its sound is {sound}. {Around} {ambience}.",
        "{Time}, a {sized} {moves} {place}{weather}. {Hear} {sound}. {Around} {ambience}.",
        "{The picture} {place} {time}.{Weather} a {sized} {moves}. {Hear} {sound}, with {ambience} "
        "{behind}.",
        "{The picture} {place} {time}, where a {sized} {moves}{weather}. {Hear} {sound}. {Behind} "
        "{ambience}.",
        "the soundtrack is {sound} over {ambience}. {The picture} {place} {time}: a {sized} "
        "{moves}.{Weather}"),
    [REEL_CAPTION_STRUCTURED] =
        LIST("a {sized} {moves} {place} {time}.{Weather} <sfx>{sound}</sfx> <bgm>{ambience}</bgm>",
             "{place} {time}, a {sized} {moves}.{Weather} <sfx>{sound}</sfx> <bgm>{ambience}</bgm>",
             "{a film of} a {sized} {moving} {place} {time}{weather}. <sfx>{sound}</sfx> "
             "<bgm>{ambience}</bgm>",
             "{Time}, a {sized} {moves} {place}{weather}. <bgm>{ambience}</bgm> <sfx>{sound}</sfx>",
             "{The picture} {place} {time}.{Weather} a {sized} {moves}. <sfx>{sound}</sfx> "
             "<bgm>{ambience}</bgm>"),
};

static const reel_phrases film_of = LIST(
    "a cartoon of", "an animation of", "a short film of", "a clip of", "a drawn scene of",
    "a quiet shot of", "a steady shot of", "an illustrated clip of", "a flat vector animation of",
    "a static wide shot of", "a playful cartoon of", "footage of", "a simple scene with");
static const reel_phrases picture_shows =
    LIST("the camera looks at a scene", "the view is set", "the scene takes place", "we are",
         "the story happens", "this is a cartoon set", "the film is set", "the shot opens",
         "the animation plays out", "the camera stays fixed");
static const reel_phrases hear = LIST("we hear", "you can hear", "the sound is", "one hears",
                                      "it makes", "the action sounds like", "it is heard as",
                                      "in sync with the picture comes", "each moment brings");
static const reel_phrases around =
    LIST("all around one hears", "the air carries", "the surroundings add", "the ambience is",
         "the background is filled with", "from afar one can hear");
static const reel_phrases behind =
    LIST("in the background", "behind it", "underneath", "as the ambience", "in the distance");
static const reel_phrases behind_is =
    LIST("the background holds", "behind everything one hears", "underneath, listen for",
         "the backdrop is", "a quiet layer below it is");

/* ---- the thing ---- */

static const reel_phrases thing = LIST("{colour} {object}", "{colour} {object}",
                                       "{vivid} {colour} {object}", "{colour} {object}");
static const reel_phrases sized_thing =
    LIST("{size} {colour} {object}", "{size}, {colour} {object}",
         "{size} {vivid} {colour} {object}", "{size} {colour} {object}");
static const reel_phrases vivid = LIST("bright", "vivid", "shiny", "plain", "glossy", "cheerful",
                                       "colourful", "lone", "single", "lively");

static const reel_phrases objects[REEL_OBJECT_COUNT] = {
    [REEL_OBJECT_BALL] = LIST("ball", "ball", "rubber ball", "round ball", "toy ball", "play ball"),
    [REEL_OBJECT_CRATE] = LIST("crate", "crate", "wooden crate", "wooden box", "box",
                               "square crate", "packing crate"),
    [REEL_OBJECT_BELL] =
        LIST("bell", "bell", "bronze bell", "metal bell", "hand bell", "church bell"),
    [REEL_OBJECT_BOTTLE] =
        LIST("bottle", "bottle", "glass bottle", "corked bottle", "labelled bottle", "tall bottle"),
    [REEL_OBJECT_STAR] =
        LIST("star", "star", "crystal star", "five-pointed star", "pointed star", "faceted star"),
    [REEL_OBJECT_CONE] =
        LIST("cone", "cone", "plastic cone", "traffic cone", "striped cone", "marker cone"),
};
static const reel_phrases colours[REEL_COLOUR_COUNT] = {
    LIST("red"),  LIST("orange"), LIST("yellow"), LIST("green"),
    LIST("blue"), LIST("purple"), LIST("pink"),   LIST("white"),
};
static const reel_phrases sizes[REEL_SIZE_COUNT] = {
    [REEL_SIZE_SMALL] = LIST("small", "small", "little", "tiny"),
    [REEL_SIZE_MEDIUM] = LIST("medium-sized", "medium", "mid-sized", "medium-sized"),
    [REEL_SIZE_LARGE] = LIST("large", "large", "big", "huge"),
};

/* ---- the motion: {does} without a direction, {moves} with it ---- */

static const reel_phrases does[REEL_MOTION_COUNT] = {
    [REEL_MOTION_BOUNCE] = LIST("bounces", "is bouncing", "bounces up and down", "keeps bouncing",
                                "bounces again and again", "bounces on the ground"),
    [REEL_MOTION_ROLL] = LIST("rolls", "rolls back and forth", "is rolling", "rolls to and fro",
                              "rolls between two posts", "rolls along the ground"),
    [REEL_MOTION_FLY] = LIST("flies", "flies by", "is flying", "flies across", "soars past",
                             "glides through the air", "flies through the air"),
    [REEL_MOTION_SPIN] = LIST("spins", "is spinning", "spins in the air", "rotates in place",
                              "twirls in mid-air", "keeps spinning", "revolves in the air"),
    [REEL_MOTION_JUMP] = LIST("jumps", "is jumping", "hops", "hops along", "leaps",
                              "jumps again and again", "takes one hop after another"),
    [REEL_MOTION_SWING] =
        LIST("swings", "is swinging", "swings on a rope", "swings like a pendulum",
             "hangs on a rope and swings", "swings against a post"),
};
static const reel_phrases doing[REEL_MOTION_COUNT] = {
    [REEL_MOTION_BOUNCE] =
        LIST("bouncing", "bouncing up and down", "that keeps bouncing", "bouncing over and over"),
    [REEL_MOTION_ROLL] = LIST("rolling", "rolling back and forth", "rolling to and fro",
                              "that rolls between two posts"),
    [REEL_MOTION_FLY] = LIST("flying", "flying by", "soaring past", "gliding through the air",
                             "in flight, flying across"),
    [REEL_MOTION_SPIN] = LIST("spinning", "spinning in the air", "rotating in mid-air",
                              "twirling in place", "revolving in the air"),
    [REEL_MOTION_JUMP] =
        LIST("jumping", "hopping", "hopping along", "leaping", "that jumps again and again"),
    [REEL_MOTION_SWING] = LIST("swinging", "swinging on a rope", "swinging like a pendulum",
                               "that swings from a rope"),
};
static const reel_phrases moves[REEL_MOTION_COUNT] = {
    [REEL_MOTION_BOUNCE] =
        LIST("bounces {toward}", "bounces along {toward}", "is bouncing {toward}",
             "keeps bouncing {toward}", "bounces up and down, moving {toward}",
             "bounces over the ground {toward}"),
    [REEL_MOTION_ROLL] = LIST(
        "rolls {toward} and back between two posts", "rolls {toward}, knocks a post and comes back",
        "rolls to and fro between two posts, first {toward}",
        "rolls {toward} until a post sends it back", "is rolling {toward} and back again"),
    [REEL_MOTION_FLY] =
        LIST("flies {toward}", "flies {toward} through the air", "soars {toward} in a gentle arc",
             "glides past {toward}", "is flying {toward}, pass after pass",
             "flies {toward} across the view"),
    [REEL_MOTION_SPIN] = LIST("spins {turning}", "spins {turning} in mid-air",
                              "twirls {turning} in the air", "rotates {turning} above the ground",
                              "is spinning {turning}", "floats and revolves {turning}"),
    [REEL_MOTION_JUMP] = LIST("jumps {toward}", "hops {toward}", "hops along {toward}",
                              "leaps {toward} with a pause after every landing",
                              "is jumping {toward}", "jumps {toward} in separate hops"),
    [REEL_MOTION_SWING] = LIST("swings on a rope and knocks the post on the {side}",
                               "swings like a pendulum, striking a post on the {side}",
                               "hangs from a rope and swings against the {side} post",
                               "swings on a rope, hitting the post to the {side}"),
};
static const reel_phrases moving[REEL_MOTION_COUNT] = {
    [REEL_MOTION_BOUNCE] =
        LIST("bouncing {toward}", "bouncing along {toward}", "that bounces {toward}"),
    [REEL_MOTION_ROLL] = LIST("rolling {toward} and back between two posts",
                              "rolling {toward} until it meets a post",
                              "that rolls to and fro between posts, first {toward}"),
    [REEL_MOTION_FLY] = LIST("flying {toward}", "flying {toward} through the air",
                             "gliding {toward} in an arc", "that soars {toward}"),
    [REEL_MOTION_SPIN] = LIST("spinning {turning}", "spinning {turning} in mid-air",
                              "rotating {turning} in the air", "that twirls {turning}"),
    [REEL_MOTION_JUMP] = LIST("jumping {toward}", "hopping {toward}", "hopping along {toward}",
                              "that leaps {toward}, hop after hop"),
    [REEL_MOTION_SWING] = LIST("swinging on a rope and knocking the post on the {side}",
                               "swinging like a pendulum against the {side} post",
                               "that swings from a rope into the post on the {side}"),
};
static const reel_phrases toward[REEL_DIRECTION_COUNT] = {
    LIST("to the left", "towards the left", "leftwards", "toward the left side", "leftward"),
    LIST("to the right", "towards the right", "rightwards", "toward the right side", "rightward"),
};
static const reel_phrases turning[REEL_DIRECTION_COUNT] = {
    LIST("anticlockwise", "counterclockwise", "to the left"),
    LIST("clockwise", "clockwise", "to the right"),
};
static const reel_phrases side[REEL_DIRECTION_COUNT] = { LIST("left"), LIST("right") };

/* ---- where and when ---- */

static const reel_phrases places[REEL_PLACE_COUNT] = {
    [REEL_PLACE_MEADOW] =
        LIST("in a meadow", "on a meadow", "in a grassy meadow", "in a meadow with hills",
             "in a country field", "on a field of grass", "in a meadow beside a fence"),
    [REEL_PLACE_BEACH] = LIST("on a beach", "at the beach", "on a sandy beach", "by the seashore",
                              "on a beach by the sea", "on a beach with a palm tree",
                              "at the seaside, on the beach"),
    [REEL_PLACE_STREET] =
        LIST("in a street", "on a street", "on a city street", "in a street with houses",
             "in a town street", "on a quiet street", "on a street under a lamp post"),
    [REEL_PLACE_ROOM] = LIST("in a room", "inside a room", "in a living room", "indoors in a room",
                             "in a room with a window", "in a cosy room", "on the floor of a room"),
    [REEL_PLACE_DESERT] =
        LIST("in a desert", "in the desert", "in a sandy desert", "in a desert with cacti",
             "among desert dunes", "on desert sand", "in a desert below table mountains"),
};
static const reel_phrases times[REEL_DAYTIME_COUNT] = {
    LIST("by day", "in daylight", "during the day", "in the daytime", "at noon", "in the afternoon",
         "at midday", "in the light of day"),
    LIST("at night", "by night", "during the night", "in the moonlight", "by moonlight",
         "at midnight", "late at night", "on a dark night"),
};

/* {weather} ends a clause, {Weather} is a sentence; empty or a remark when there is none. */
static const reel_phrases weather_clause[REEL_WEATHER_COUNT] = {
    LIST("", "", ""),
    LIST(" in the rain", " while it rains", " as rain falls", " in steady rain",
         " in a shower of rain", ", in rainy weather"),
    LIST(" in the wind", " while the wind blows", " as leaves drift by in the wind",
         " in windy weather", ", in a strong wind", " in the blowing wind"),
    LIST(" in the snow", " while it snows", " as snow falls", " in drifting snow",
         ", in snowy weather", " among snowflakes"),
};
static const reel_phrases weather_sentence[REEL_WEATHER_COUNT] = {
    LIST("", "", "", " the air is clear.", " the weather is dry and calm."),
    LIST(" rain is falling.", " it is raining.", " raindrops fall past the camera.",
         " it rains steadily.", " the weather is rainy."),
    LIST(" the wind is blowing.", " it is windy.", " the wind carries leaves through the frame.",
         " gusts of wind pass by.", " leaves fly on the wind."),
    LIST(" snow is falling.", " it is snowing.", " snowflakes drift down.",
         " soft snow comes down slowly.", " the weather is snowy."),
};

/* ---- what it sounds like ---- */

static const reel_phrases sounds[REEL_MOTION_COUNT] = {
    [REEL_MOTION_BOUNCE] = LIST("{blow} at every bounce", "{blow} each time it hits the ground",
                                "{blow} on every impact", "{blow} with every bounce"),
    [REEL_MOTION_ROLL] = LIST("{blow} whenever it hits a post", "{blow} at each post",
                              "{blow} every time a post stops it", "{blow} on every hit"),
    [REEL_MOTION_FLY] =
        LIST("{pitch} whoosh as it passes", "{pitch} rush of air with every pass",
             "{pitch} swoosh that moves with it", "{pitch} whoosh crossing from ear to ear"),
    [REEL_MOTION_SPIN] = LIST("{pitch} whirr that beats with its rotation",
                              "{pitch} whirr, pulsing once per revolution",
                              "{pitch} humming whirr that swells with every rotation",
                              "{pitch} throbbing whirr in time with the rotation"),
    [REEL_MOTION_JUMP] = LIST("{blow} at every landing", "{blow} whenever it lands",
                              "{blow} each time it comes down", "{blow} after every hop"),
    [REEL_MOTION_SWING] =
        LIST("{blow} when it strikes the post", "{blow} at each knock on the post",
             "{blow} every time it meets the post", "{blow} once per swing"),
};
static const reel_phrases blows[REEL_OBJECT_COUNT] = {
    [REEL_OBJECT_BALL] = LIST("{pitch} rubber thud", "{pitch} rubbery thump", "{pitch} soft boing",
                              "{pitch} dull thump of rubber"),
    [REEL_OBJECT_CRATE] = LIST("{pitch} wooden knock", "{pitch} clunk of wood",
                               "{pitch} woody thunk", "{pitch} knock of timber planks"),
    [REEL_OBJECT_BELL] = LIST("{pitch} ringing toll", "{pitch} metallic clang",
                              "{pitch} bronze ring", "{pitch} dong that rings on"),
    [REEL_OBJECT_BOTTLE] = LIST("{pitch} clink of glass", "{pitch} glassy clink",
                                "{pitch} glass ping", "{pitch} brittle glass tinkle"),
    [REEL_OBJECT_STAR] = LIST("{pitch} crystal chime", "{pitch} sparkling chime",
                              "{pitch} glittering crystal ring", "{pitch} shimmering chime"),
    [REEL_OBJECT_CONE] = LIST("{pitch} plastic tock", "{pitch} hollow plastic pop",
                              "{pitch} short plastic click", "{pitch} tap of hollow plastic"),
};
static const reel_phrases pitches[REEL_SIZE_COUNT] = {
    LIST("a high", "a high-pitched", "a light, high"),
    LIST("a clear", "a mid-pitched", "a moderate"),
    LIST("a deep", "a low", "a heavy, deep"),
};
static const reel_phrases ambience = LIST("{room tone}{weather sound}");
static const reel_phrases place_sounds[REEL_PLACE_COUNT][REEL_DAYTIME_COUNT] = {
    [REEL_PLACE_MEADOW] = {
        LIST("birdsong over rustling grass", "chirping birds", "birds singing softly",
             "distant birdsong"),
        LIST("chirping crickets", "crickets in the grass", "a choir of crickets",
             "cricket song"),
    },
    [REEL_PLACE_BEACH] = {
        LIST("gentle waves", "the surf of the sea", "waves washing ashore", "lapping water"),
        LIST("slow, low waves", "the hushed surf", "distant breakers", "sleepy waves"),
    },
    [REEL_PLACE_STREET] = {
        LIST("distant traffic", "city rumble", "the murmur of traffic", "muffled engines"),
        LIST("the electric hum of a lamp", "a faint mains hum", "an electric buzz",
             "the humming lamp"),
    },
    [REEL_PLACE_ROOM] = {
        LIST("quiet room tone", "the faint hum of a fridge", "soft indoor air", "indoor hush"),
        LIST("a low hum in the silence", "the deep hum of an old heater", "hushed indoor silence",
             "a faint low drone"),
    },
    [REEL_PLACE_DESERT] = {
        LIST("dry, airy hiss", "whispering sand", "a thin whistle over hot sand",
             "shimmering insects in the heat"),
        LIST("a soft hollow moan of air", "lonely cool air", "a hollow murmur over the sand",
             "vast, empty quiet"),
    },
};
static const reel_phrases weather_sounds[REEL_WEATHER_COUNT] = {
    LIST("", ""),
    LIST(" and pattering rain", " with steady rain", " under the hiss of rain",
         " and raindrops everywhere"),
    LIST(" and howling wind", " with gusting wind", " under a rushing wind", " and blowing wind"),
    LIST(" and the hush of snow", " muffled by snow", " with faintly ticking snow",
         " in snowy stillness"),
};

/* ---- slots ---- */

typedef struct {
    const char *name;
    const reel_phrases *lists; /* by the value of `attribute` */
    reel_attribute attribute;  /* COUNT: one list for all */
} slot;

#define ALWAYS(list) &(list), REEL_ATTRIBUTE_COUNT

static const slot slots[] = {
    { "thing", ALWAYS(thing) },
    { "sized", ALWAYS(sized_thing) },
    { "vivid", ALWAYS(vivid) },
    { "a film of", ALWAYS(film_of) },
    { "The picture", ALWAYS(picture_shows) },
    { "Hear", ALWAYS(hear) },
    { "Around", ALWAYS(around) },
    { "around", ALWAYS(around) },
    { "behind", ALWAYS(behind) },
    { "Behind", ALWAYS(behind_is) },
    { "ambience", ALWAYS(ambience) },
    { "object", objects, REEL_ATTRIBUTE_OBJECT },
    { "blow", blows, REEL_ATTRIBUTE_OBJECT },
    { "colour", colours, REEL_ATTRIBUTE_COLOUR },
    { "size", sizes, REEL_ATTRIBUTE_SIZE },
    { "pitch", pitches, REEL_ATTRIBUTE_SIZE },
    { "place", places, REEL_ATTRIBUTE_PLACE },
    { "time", times, REEL_ATTRIBUTE_DAYTIME },
    { "Time", times, REEL_ATTRIBUTE_DAYTIME },
    { "does", does, REEL_ATTRIBUTE_MOTION },
    { "doing", doing, REEL_ATTRIBUTE_MOTION },
    { "moves", moves, REEL_ATTRIBUTE_MOTION },
    { "moving", moving, REEL_ATTRIBUTE_MOTION },
    { "sound", sounds, REEL_ATTRIBUTE_MOTION },
    { "toward", toward, REEL_ATTRIBUTE_DIRECTION },
    { "turning", turning, REEL_ATTRIBUTE_DIRECTION },
    { "side", side, REEL_ATTRIBUTE_DIRECTION },
    { "weather", weather_clause, REEL_ATTRIBUTE_WEATHER },
    { "Weather", weather_sentence, REEL_ATTRIBUTE_WEATHER },
    { "weather sound", weather_sounds, REEL_ATTRIBUTE_WEATHER },
};

reel_phrases reel_caption_phrases(const char *name, size_t length, const reel_scene *scene)
{
    static const char room_tone[] = "room tone";
    if (length == sizeof room_tone - 1 && memcmp(name, room_tone, length) == 0) {
        return place_sounds[scene->place][scene->daytime];
    }
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        if (strlen(slots[i].name) == length && memcmp(slots[i].name, name, length) == 0) {
            int all = slots[i].attribute == REEL_ATTRIBUTE_COUNT;
            return slots[i].lists[all ? 0 : reel_scene_value(scene, slots[i].attribute)];
        }
    }
    return NULL;
}

reel_phrases reel_caption_templates(reel_caption_kind kind)
{
    return templates[kind];
}

/* ---- keys ---- */

static const reel_phrases object_keys[REEL_OBJECT_COUNT] = {
    LIST("ball"), LIST("crate", "box"), LIST("bell"), LIST("bottle"), LIST("star"), LIST("cone"),
};
static const reel_phrases size_keys[REEL_SIZE_COUNT] = {
    LIST("small", "little", "tiny"),
    LIST("medium", "medium-sized", "mid-sized"),
    LIST("large", "big", "huge"),
};
static const reel_phrases place_keys[REEL_PLACE_COUNT] = {
    LIST("meadow", "field"), LIST("beach", "seashore"), LIST("street"), LIST("room"),
    LIST("desert"),
};
static const reel_phrases time_keys[REEL_DAYTIME_COUNT] = {
    LIST("by day", "daylight", "the day", "daytime", "noon", "afternoon", "midday", "of day"),
    LIST("night", "moonlight", "midnight"),
};
static const reel_phrases motion_keys[REEL_MOTION_COUNT] = {
    LIST("bounc*"),
    LIST("roll*"),
    LIST("flies", "flying", "soar*", "glid*"),
    LIST("spin*", "rotat*", "twirl*", "revolv*"),
    LIST("jump*", "hop", "hops", "hopping", "leap*"),
    LIST("swing*"),
};
static const reel_phrases direction_keys[REEL_DIRECTION_COUNT] = {
    LIST("left", "leftward*", "anticlockwise", "counterclockwise"),
    LIST("right", "rightward*", "clockwise"),
};
static const reel_phrases weather_keys[REEL_WEATHER_COUNT] = { NULL, LIST("rain*"),
                                                               LIST("wind", "windy"),
                                                               LIST("snow*") };

reel_phrases reel_caption_keys(reel_attribute attribute, int value)
{
    static const reel_phrases *const keys[REEL_ATTRIBUTE_COUNT] = { object_keys,    colours,
                                                                    size_keys,      place_keys,
                                                                    time_keys,      motion_keys,
                                                                    direction_keys, weather_keys };
    if (value < 0 || value >= reel_attribute_size((int)attribute)) {
        return NULL;
    }
    return keys[attribute][value];
}
