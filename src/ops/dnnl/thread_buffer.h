/* Working memory of a thread, for blocks that live in its cache from one product to the next. */
#ifndef REEL_OPS_DNNL_THREAD_BUFFER_H
#define REEL_OPS_DNNL_THREAD_BUFFER_H

#include <stdint.h>

/* A buffer of at least `count` floats of the calling thread, aligned to 64 bytes, contents
 * undefined; NULL when there is no memory. Borrowed until the thread asks again; freed when the
 * thread ends. */
float *reel_thread_buffer(int64_t count);

#endif
