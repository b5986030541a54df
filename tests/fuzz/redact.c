/* Fuzz target: any text as a log line; what comes out is one line, terminated, and no longer. */
#include "base/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *line = malloc(size + 1), out[256];
    if (!line) {
        return 0;
    }
    memcpy(line, bytes, size);
    line[size] = 0;
    size_t room = 1 + (size_t)(size * 7 % sizeof out);
    memset(out, 'x', sizeof out);
    reel_redact(out, room, line);
    size_t length = strnlen(out, room);
    if (length == room || out[strcspn(out, "\r\n\t")] != 0) {
        abort();
    }
    free(line);
    return 0;
}
