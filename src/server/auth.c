/* Keys: read from a file of hashes, compared without telling by time how much was right. */
#include "server/auth.h"

#include "base/error.h"
#include "base/file.h"

#include <nettle/base16.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 10000, FILE_MAX = 4 << 20 };

typedef struct {
    uint8_t digest[SHA256_DIGEST_SIZE];
} auth_key;

struct reel_auth {
    int is_open, count;
    auth_key *keys;
};

/* The digest names the key: lines may be moved and removed without another key's tasks changing
 * hands. 62 bits of it, never 0. */
static int64_t key_id(const uint8_t *digest)
{
    uint64_t id = 0;
    for (int i = 0; i < 8; i++) {
        id = id << 8 | digest[i];
    }
    return (int64_t)(id >> 2) + 1;
}

static reel_status read_line(auth_key *out, const char *line)
{
    size_t length = strcspn(line, " \t\r");
    size_t bytes = 0;
    struct base16_decode_ctx context;
    base16_decode_init(&context);
    if (length != BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) ||
        !base16_decode_update(&context, &bytes, out->digest, length, line) ||
        !base16_decode_final(&context) || bytes != SHA256_DIGEST_SIZE) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "expected the 64 hexadecimal digits of a SHA-256, then a name");
    }
    return REEL_OK;
}

static reel_status read_keys(reel_auth *auth, char *text)
{
    int number = 0;
    for (char *line = text, *next; line; line = next) {
        number++;
        next = strchr(line, '\n');
        if (next) {
            *next++ = 0;
        }
        line += strspn(line, " \t\r");
        if (*line == 0 || *line == '#') {
            continue;
        }
        if (auth->count == KEYS_MAX) {
            return REEL_FAIL(REEL_ERR_FORMAT, "line %d: more than %d keys", number, KEYS_MAX);
        }
        reel_status status = read_line(&auth->keys[auth->count], line);
        if (status < 0) {
            return reel_fail_in(status, "line %d", number);
        }
        auth->count++;
    }
    return auth->count > 0 ? REEL_OK : REEL_FAIL(REEL_ERR_FORMAT, "holds no key");
}

reel_status reel_auth_open(reel_auth **out, const char *keys_path)
{
    *out = NULL;
    char *text = NULL;
    reel_status status = REEL_OK;
    reel_auth *auth = calloc(1, sizeof *auth);
    if (!auth) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for the keys");
    }
    auth->is_open = keys_path == NULL;
    if (!auth->is_open) {
        auth->keys = calloc(KEYS_MAX, sizeof *auth->keys);
        if (!auth->keys) {
            status = REEL_FAIL(REEL_ERR_MEMORY, "no memory for the keys");
            goto done;
        }
        REEL_TRY_OR_DONE(reel_file_read(&text, NULL, keys_path, FILE_MAX));
        status = read_keys(auth, text);
        if (status < 0) {
            reel_fail_in(status, "%s", keys_path);
        }
    }
done:
    free(text);
    if (status < 0) {
        reel_auth_close(auth);
        return status;
    }
    *out = auth;
    return REEL_OK;
}

void reel_auth_close(reel_auth *auth)
{
    if (auth) {
        free(auth->keys);
        free(auth);
    }
}

int reel_auth_is_open(const reel_auth *auth)
{
    return auth->is_open;
}

int64_t reel_auth_check(const reel_auth *auth, const char *key, size_t length)
{
    if (auth->is_open) {
        return REEL_KEY_OPEN;
    }
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, length, (const uint8_t *)key);
    sha256_digest(&context, sizeof digest, digest);
    int64_t id = REEL_KEY_WRONG;
    for (int i = 0; i < auth->count; i++) { /* all of them, whatever was found */
        if (memeql_sec(digest, auth->keys[i].digest, sizeof digest)) {
            id = key_id(digest);
        }
    }
    return id;
}
