/* Random names and seeds from the kernel. */
#include "server/uuid.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static reel_status fill(void *out, size_t size)
{
    /* up to 256 bytes come whole once the kernel has its entropy */
    if (getrandom(out, size, 0) != (ssize_t)size) {
        return REEL_FAIL(REEL_ERR_IO, "no random numbers from the system");
    }
    return REEL_OK;
}

reel_status reel_uuid_new(char out[REEL_UUID_SIZE])
{
    unsigned char b[16];
    REEL_TRY(fill(b, sizeof b));
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    snprintf(out, REEL_UUID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
             b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
    return REEL_OK;
}

/* tolower() depends on the locale */
static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

int reel_uuid_is_v4(const char *text)
{
    static const char pattern[] = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";
    for (size_t i = 0; i < sizeof pattern - 1; i++) {
        char c = lower(text[i]);
        const char *allowed = pattern[i] == 'x'   ? "0123456789abcdef"
                              : pattern[i] == 'v' ? "89ab"
                              : pattern[i] == '4' ? "4"
                                                  : "-";
        if (!c || !strchr(allowed, c)) {
            return 0;
        }
    }
    return text[sizeof pattern - 1] == '\0';
}

void reel_uuid_lower(char out[REEL_UUID_SIZE], const char *text)
{
    int i = 0;
    for (; i < REEL_UUID_SIZE - 1 && text[i]; i++) {
        out[i] = lower(text[i]);
    }
    out[i] = '\0';
}

reel_status reel_seed_new(uint32_t *out)
{
    return fill(out, sizeof *out);
}
