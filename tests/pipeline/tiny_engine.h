/* An engine with the tiny model in a scratch folder: cmocka group setup and teardown. */
#ifndef TESTS_PIPELINE_TINY_ENGINE_H
#define TESTS_PIPELINE_TINY_ENGINE_H

#include "reel/generate.h"
#include "scratch.h"
#include "tiny_model.h"

static reel_engine *engine;

static int engine_setup(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }
    if (tiny_model_make(scratch_dir) < 0 ||
        reel_engine_open(&engine, scratch_dir, NULL, NULL) < 0) {
        print_error("%s\n", reel_error_message());
        return -1;
    }
    return 0;
}

static int engine_teardown(void **state)
{
    reel_engine_close(engine);
    return scratch_teardown(state);
}

/* The quickest film: three seconds at base size, two steps. */
static inline reel_request engine_request(void)
{
    reel_request r = REEL_REQUEST_INIT;
    r.prompt = "a red ball bounces";
    r.resolution = "base";
    r.seconds = 3.0;
    r.steps = 2;
    r.seed = 7;
    return r;
}

#endif
