/* Task objects for tests: one good request, and changes to it. */
#ifndef TESTS_SERVER_REQUESTS_H
#define TESTS_SERVER_REQUESTS_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* Text in, with ' for ". Owned by the caller. Ends the program on a test that is no JSON. */
static json_t *request_parse(const char *text)
{
    char buffer[8192];
    size_t i = 0;
    for (; text[i] && i < sizeof buffer - 1; i++) {
        buffer[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    }
    buffer[i] = '\0';
    json_error_t error;
    json_t *value = json_loads(buffer, 0, &error);
    if (!value) {
        fprintf(stderr, "no JSON: %s: %s\n", error.text, buffer);
        abort();
    }
    return value;
}

/* The smallest good request, with the members of `changes` put over it; a member that is null
 * there is left out. Owned by the caller. */
static inline json_t *request_with(const char *changes)
{
    json_t *request = request_parse("{'taskType':'videoInference','model':'skywork:skyreels@v4',"
                                    "'taskUUID':'24cd5dff-cb81-4db5-8506-b72a9425f9d1',"
                                    "'positivePrompt':'A red ball bounces for @actor1 and @place',"
                                    "'resolution':'480p'}");
    json_t *change = request_parse(changes), *value;
    const char *name;
    json_object_foreach(change, name, value)
    {
        if (json_is_null(value)) {
            json_object_del(request, name);
        } else {
            json_object_set(request, name, value);
        }
    }
    json_decref(change);
    return request;
}

#endif
