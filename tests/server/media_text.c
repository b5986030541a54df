/* The forms in which clients name media, and the bytes behind base64. */
#include "server/media_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void the_forms_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        reel_media_text_kind kind;
        int at; /* where base64 begins */
    } cases[] = {
        { "24cd5dff-cb81-4db5-8506-b72a9425f9d1", REEL_MEDIA_TEXT_UUID, -1 },
        { "24CD5DFF-CB81-4DB5-8506-B72A9425F9D1", REEL_MEDIA_TEXT_UUID, -1 },
        { "24cd5dff-cb81-1db5-8506-b72a9425f9d1", REEL_MEDIA_TEXT_NONE, -1 },
        { "http://example.com/a.png", REEL_MEDIA_TEXT_URL, -1 },
        { "HTTPS://example.com", REEL_MEDIA_TEXT_URL, -1 },
        { "https://example.com/a b", REEL_MEDIA_TEXT_NONE, -1 },
        { "https://", REEL_MEDIA_TEXT_NONE, -1 },
        { "ftp://example.com/a.png", REEL_MEDIA_TEXT_NONE, -1 },
        { "file:///etc/passwd", REEL_MEDIA_TEXT_NONE, -1 },
        { "data:image/png;base64,AAAA", REEL_MEDIA_TEXT_BASE64, 22 },
        { "data:image/svg+xml;charset=utf-8;base64,AAA=", REEL_MEDIA_TEXT_BASE64, 40 },
        { "data:;base64,AAAA", REEL_MEDIA_TEXT_BASE64, 13 },
        { "data:image/png;base64,", REEL_MEDIA_TEXT_NONE, -1 },
        { "data:image/png,AAAA", REEL_MEDIA_TEXT_NONE, -1 },
        { "data:text/plain;base64,AAA", REEL_MEDIA_TEXT_NONE, -1 },
        { "data:", REEL_MEDIA_TEXT_NONE, -1 },
        { "data:,", REEL_MEDIA_TEXT_NONE, -1 },
        { "AAAA", REEL_MEDIA_TEXT_BASE64, 0 },
        { "AA==", REEL_MEDIA_TEXT_BASE64, 0 },
        { "A===", REEL_MEDIA_TEXT_NONE, -1 },
        { "AAA", REEL_MEDIA_TEXT_NONE, -1 },
        { "AA=A", REEL_MEDIA_TEXT_NONE, -1 },
        { "AA\nAA", REEL_MEDIA_TEXT_NONE, -1 },
        { "====", REEL_MEDIA_TEXT_NONE, -1 },
        { "", REEL_MEDIA_TEXT_NONE, -1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *base64;
        if (reel_media_text_classify(&base64, cases[i].text) != cases[i].kind) {
            fail_msg("%s", cases[i].text);
        }
        if (cases[i].at >= 0) {
            assert_ptr_equal(base64, cases[i].text + cases[i].at);
        } else {
            assert_null(base64);
        }
    }
}

static void base64_becomes_the_bytes_it_was_made_of(void **state)
{
    (void)state;
    reel_rng rng = reel_rng_at(5, 5);
    for (int round = 0; round < 40; round++) {
        int size = round < 8 ? round + 1 : 1 + reel_rng_below(&rng, 200000);
        uint8_t *bytes = malloc((size_t)size), *back = malloc((size_t)size + 1);
        char *text = malloc(BASE64_ENCODE_RAW_LENGTH((size_t)size) + 1);
        assert_true(bytes && back && text);
        for (int i = 0; i < size; i++) {
            bytes[i] = (uint8_t)reel_rng_u32(&rng);
        }
        base64_encode_raw(text, (size_t)size, bytes);
        text[BASE64_ENCODE_RAW_LENGTH((size_t)size)] = 0;
        int file = memfd_create("bytes", MFD_CLOEXEC);
        assert_int_equal(reel_media_text_decode(file, text, size), REEL_OK);
        assert_int_equal(pread(file, back, (size_t)size + 1, 0), size);
        assert_memory_equal(back, bytes, (size_t)size);
        if (size > 1) {
            assert_int_equal(reel_media_text_decode(file, text, size - 1), REEL_ERR_FORMAT);
        }
        close(file);
        free(text);
        free(back);
        free(bytes);
    }
}

static void what_is_no_base64_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "A", "AAA", "A=AA", "AA=", "A!AA", "AAAA=" };
    int file = memfd_create("bytes", MFD_CLOEXEC);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(reel_media_text_decode(file, bad[i], 100), REEL_ERR_FORMAT);
    }
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_forms_are_told_apart),
        cmocka_unit_test(base64_becomes_the_bytes_it_was_made_of),
        cmocka_unit_test(what_is_no_base64_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
