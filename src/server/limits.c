/* One bucket per key; strangers have none, they are turned away anyhow. */
#include "server/limits.h"

#include "base/clock.h"
#include "base/error.h"
#include "server/errors.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

typedef struct {
    double tokens, filled; /* as of this time */
} bucket;

struct reel_limits {
    const reel_auth *auth;
    reel_key_limits usual;
    reel_limits_clock clock;
    pthread_mutex_t lock;
    bucket buckets[]; /* one per place of a key */
};

reel_status reel_limits_open(reel_limits **out, const reel_auth *auth, const reel_key_limits *usual,
                             reel_limits_clock clock)
{
    size_t count = (size_t)reel_auth_count(auth);
    *out = calloc(1, sizeof **out + count * sizeof(bucket));
    if (!*out) {
        return REEL_FAIL(REEL_ERR_MEMORY, "no memory for limits");
    }
    (*out)->auth = auth;
    (*out)->usual = *usual;
    (*out)->clock = clock ? clock : reel_clock_seconds;
    pthread_mutex_init(&(*out)->lock, NULL);
    for (size_t i = 0; i < count; i++) {
        (*out)->buckets[i] = (bucket){ .tokens = INFINITY }; /* full, whatever full means */
    }
    return REEL_OK;
}

void reel_limits_close(reel_limits *limits)
{
    if (limits) {
        pthread_mutex_destroy(&limits->lock);
        free(limits);
    }
}

/* What the keys file says, else what most keys may do. */
static reel_key_limits limits_of(const reel_limits *limits, int place)
{
    reel_key_limits l = reel_auth_limits(limits->auth, place);
    if (l.requests_per_second < 0) {
        l.requests_per_second = limits->usual.requests_per_second;
    }
    if (l.tasks_queued < 0) {
        l.tasks_queued = limits->usual.tasks_queued;
    }
    return l;
}

int reel_limits_take(reel_limits *limits, int64_t key)
{
    int place = limits ? reel_auth_place(limits->auth, key) : -1;
    double rate = place >= 0 ? limits_of(limits, place).requests_per_second : 0;
    if (rate <= 0) {
        return 0;
    }
    pthread_mutex_lock(&limits->lock);
    bucket *b = &limits->buckets[place];
    double now = limits->clock();
    b->tokens = fmin(fmax(rate, 1.0), b->tokens + (now - b->filled) * rate);
    b->filled = now;
    double missing = 1.0 - b->tokens;
    if (missing <= 0) {
        b->tokens -= 1.0;
    }
    pthread_mutex_unlock(&limits->lock);
    return missing <= 0 ? 0 : (int)ceil(fmin(missing / rate, 86400));
}

json_t *reel_limits_error(void)
{
    return reel_error_new("rateLimitExceeded", NULL,
                          "Too many requests with this key. Try again later.");
}

int reel_limits_depth(void *limits, int64_t key)
{
    const reel_limits *l = limits;
    return limits_of(l, reel_auth_place(l->auth, key)).tasks_queued;
}
