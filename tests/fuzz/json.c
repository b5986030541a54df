/* Fuzz target: any bytes as a request's or a recipe's JSON, read through the typed accessors. */
#include "base/json.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const keys[] = { "seed", "prompt", "cfg", "on", "sizes", NULL };
    json_t *object;
    if (reel_json_parse(&object, (const char *)bytes, size, "fuzz") != REEL_OK) {
        return 0;
    }
    int64_t seed = 0;
    int on = 0, sizes[3] = { 0 };
    double cfg = 1;
    const char *prompt = "";
    if (reel_json_i64(&seed, object, "seed", 0, 1000) == REEL_OK && (seed < 0 || seed > 1000)) {
        abort();
    }
    if (reel_json_double(&cfg, object, "cfg", 1, 20) == REEL_OK && !(cfg >= 1 && cfg <= 20)) {
        abort();
    }
    if (reel_json_ints(sizes, 3, object, "sizes", 0, 9) == REEL_OK) {
        for (int i = 0; i < 3; i++) {
            if (sizes[i] < 0 || sizes[i] > 9) {
                abort();
            }
        }
    }
    if (reel_json_bool(&on, object, "on") == REEL_OK && on != 0 && on != 1) {
        abort();
    }
    if (reel_json_string(&prompt, object, "prompt") == REEL_OK &&
        !reel_utf8_is_valid(prompt, strlen(prompt))) {
        abort();
    }
    reel_json_only(object, keys);
    json_decref(object);
    return 0;
}
