/* Keys: read from a file of hashes, compared without telling by time how much was right. */
#include "server/auth.h"

#include "base/error.h"
#include "base/file.h"

#include <nettle/base16.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 10000, FILE_MAX = 4 << 20, NAME_SIZE = 33 };

typedef struct {
    uint8_t digest[SHA256_DIGEST_SIZE];
    int64_t id;
    char name[NAME_SIZE];
    reel_key_limits limits;
} auth_key;

static const reel_key_limits unsaid = { .requests_per_second = -1, .tasks_queued = -1 };

struct reel_auth {
    int is_open, count;
    auth_key *keys; /* by id */
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

/* The next word at *at, which moves behind it. Returns its length, 0 at the end. */
static size_t next_word(const char **word, const char **at)
{
    *word = *at + strspn(*at, " \t\r");
    size_t length = strcspn(*word, " \t\r");
    *at = *word + length;
    return length;
}

static int is_name(const char *word, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        int is_plain = (word[i] >= 'a' && word[i] <= 'z') || (word[i] >= 'A' && word[i] <= 'Z') ||
                       (word[i] >= '0' && word[i] <= '9') || strchr("_.@+-", word[i]);
        if (!is_plain) {
            return 0;
        }
    }
    return length < NAME_SIZE;
}

/* "requests=2.5" or "tasks=10" */
static reel_status read_limit(reel_key_limits *out, const char *word, size_t length)
{
    char text[64] = "", *end;
    if (length < sizeof text) {
        memcpy(text, word, length);
    }
    if (strncmp(text, "requests=", 9) == 0) {
        double value = strtod(text + 9, &end);
        if (text[9] && !*end && value >= 0 && value <= 1e6) {
            out->requests_per_second = value;
            return REEL_OK;
        }
    } else if (strncmp(text, "tasks=", 6) == 0) {
        long value = strtol(text + 6, &end, 10);
        if (text[6] && !*end && value >= 1 && value <= 1000000) {
            out->tasks_queued = (int)value;
            return REEL_OK;
        }
    }
    return REEL_FAIL(REEL_ERR_FORMAT,
                     "behind the name: expected requests=N (0 to 1000000) or tasks=N (1 to "
                     "1000000)");
}

static reel_status read_line(auth_key *out, const char *line)
{
    const char *word;
    size_t length = next_word(&word, &line), bytes = 0;
    struct base16_decode_ctx context;
    base16_decode_init(&context);
    if (length != BASE16_ENCODE_LENGTH(SHA256_DIGEST_SIZE) ||
        !base16_decode_update(&context, &bytes, out->digest, length, word) ||
        !base16_decode_final(&context) || bytes != SHA256_DIGEST_SIZE) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "expected the 64 hexadecimal digits of a SHA-256, then a name");
    }
    out->id = key_id(out->digest);
    out->limits = unsaid;
    length = next_word(&word, &line);
    if (!is_name(word, length)) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "the name: expected up to %d letters, digits and _ . @ + -",
                         NAME_SIZE - 1);
    }
    memcpy(out->name, word, length);
    while ((length = next_word(&word, &line)) > 0) {
        REEL_TRY(read_limit(&out->limits, word, length));
    }
    return REEL_OK;
}

static int by_id(const void *a, const void *b)
{
    int64_t first = ((const auth_key *)a)->id, second = ((const auth_key *)b)->id;
    return (first > second) - (first < second);
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
    qsort(auth->keys, (size_t)auth->count, sizeof *auth->keys, by_id);
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
            id = auth->keys[i].id;
        }
    }
    return id;
}

int reel_auth_count(const reel_auth *auth)
{
    return auth->is_open ? 1 : auth->count;
}

int reel_auth_place(const reel_auth *auth, int64_t key)
{
    if (auth->is_open) {
        return key == REEL_KEY_OPEN ? 0 : -1;
    }
    const auth_key wanted = { .id = key };
    const auth_key *found =
        bsearch(&wanted, auth->keys, (size_t)auth->count, sizeof *auth->keys, by_id);
    return found ? (int)(found - auth->keys) : -1;
}

reel_key_limits reel_auth_limits(const reel_auth *auth, int place)
{
    return auth->is_open || place < 0 ? unsaid : auth->keys[place].limits;
}

const char *reel_auth_name(const reel_auth *auth, int64_t key)
{
    int place = auth->is_open ? -1 : reel_auth_place(auth, key);
    return place >= 0 && auth->keys[place].name[0] ? auth->keys[place].name : "-";
}
