/* One growing buffer per thread. */
#include "ops/dnnl/thread_buffer.h"

#include <pthread.h>
#include <stdlib.h>

enum { ALIGN = 64 };

typedef struct {
    float *data;
    int64_t count;
} buffer;

static pthread_key_t key;

static void free_buffer(void *p)
{
    free(((buffer *)p)->data);
    free(p);
}

static void make_key(void)
{
    pthread_key_create(&key, free_buffer);
}

float *reel_thread_buffer(int64_t count)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_key);
    buffer *own = pthread_getspecific(key);
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own || pthread_setspecific(key, own) != 0) {
            free(own);
            return NULL;
        }
    }
    if (own->count < count) {
        free(own->data);
        own->count = (count + ALIGN - 1) / ALIGN * ALIGN;
        own->data = aligned_alloc(ALIGN, (size_t)own->count * sizeof(float));
        if (!own->data) {
            own->count = 0;
        }
    }
    return own->data;
}
