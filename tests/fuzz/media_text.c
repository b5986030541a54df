/* Fuzz target: any text as media; what is taken for base64 decodes to as many bytes as its digits
 * say, and never to more than the limit. */
#include "server/media_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void decode(int file, const char *digits)
{
    size_t length = strlen(digits), padding = 0;
    while (padding < length && digits[length - 1 - padding] == '=') {
        padding++;
    }
    off_t expected = (off_t)(length / 4 * 3 - padding);
    if (reel_media_text_decode(file, digits, 1 << 20) == REEL_OK &&
        lseek(file, 0, SEEK_CUR) != expected) {
        abort();
    }
    if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0) {
        abort();
    }
    if (expected > 1 && reel_media_text_decode(file, digits, expected - 1) == REEL_OK) {
        abort();
    }
    if (lseek(file, 0, SEEK_CUR) >= expected && expected > 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static int file = -1;
    char *text = malloc(size + 1);
    if (!text) {
        return 0;
    }
    if (file < 0) {
        file = memfd_create("media", MFD_CLOEXEC);
    }
    memcpy(text, bytes, size);
    text[size] = 0;
    const char *digits;
    reel_media_text_kind kind = reel_media_text_classify(&digits, text);
    if ((kind == REEL_MEDIA_TEXT_BASE64) != (digits != NULL) || file < 0) {
        abort();
    }
    if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0) {
        abort();
    }
    if (digits) {
        decode(file, digits);
    } else {
        reel_media_text_decode(file, text, 1 << 20); /* whatever it is, it ends */
    }
    free(text);
    return 0;
}
