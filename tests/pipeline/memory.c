/* The memory that is told before a film is the memory that making it takes. Every arena and clip of
 * the process passes through the functions below (--wrap in CMakeLists.txt), which add up what is
 * in use. */
#include "base/arena.h"
#include "pipeline/model.h"
#include "reel/generate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tiny_engine.h"

enum { LIVE_MAX = 64 };

static struct {
    const reel_arena *arena[LIVE_MAX];
    const uint8_t *rgb[LIVE_MAX]; /* of a clip, and the bytes of all of it */
    size_t clip_bytes[LIVE_MAX];
    size_t peak;
} live;

static void look(void)
{
    size_t used = 0;
    for (int i = 0; i < LIVE_MAX; i++) {
        used += live.arena[i] ? live.arena[i]->used : 0;
        used += live.clip_bytes[i];
    }
    live.peak = used > live.peak ? used : live.peak;
}

reel_status __real_reel_arena_init(reel_arena *arena, size_t capacity);
reel_status __wrap_reel_arena_init(reel_arena *arena, size_t capacity);
void *__real_reel_arena_alloc(reel_arena *arena, size_t size);
void *__wrap_reel_arena_alloc(reel_arena *arena, size_t size);
void __real_reel_arena_deinit(reel_arena *arena);
void __wrap_reel_arena_deinit(reel_arena *arena);
reel_status __real_reel_clip_alloc(reel_clip *clip);
reel_status __wrap_reel_clip_alloc(reel_clip *clip);
void __real_reel_clip_free(reel_clip *clip);
void __wrap_reel_clip_free(reel_clip *clip);

reel_status __wrap_reel_arena_init(reel_arena *arena, size_t capacity)
{
    reel_status status = __real_reel_arena_init(arena, capacity);
    int slot = 0;
    while (slot < LIVE_MAX - 1 && live.arena[slot]) {
        slot++;
    }
    live.arena[slot] = status == REEL_OK ? arena : NULL;
    return status;
}

void *__wrap_reel_arena_alloc(reel_arena *arena, size_t size)
{
    void *p = __real_reel_arena_alloc(arena, size);
    look();
    return p;
}

void __wrap_reel_arena_deinit(reel_arena *arena)
{
    for (int i = 0; i < LIVE_MAX; i++) {
        live.arena[i] = live.arena[i] == arena ? NULL : live.arena[i];
    }
    __real_reel_arena_deinit(arena);
}

reel_status __wrap_reel_clip_alloc(reel_clip *clip)
{
    reel_status status = __real_reel_clip_alloc(clip);
    int slot = 0;
    while (slot < LIVE_MAX - 1 && live.rgb[slot]) {
        slot++;
    }
    live.rgb[slot] = clip->rgb;
    live.clip_bytes[slot] = (size_t)clip->frames * (size_t)clip->width * (size_t)clip->height * 3 +
                            (size_t)clip->channels * (size_t)clip->samples * sizeof(float);
    look();
    return status;
}

void __wrap_reel_clip_free(reel_clip *clip)
{
    for (int i = 0; i < LIVE_MAX && clip->rgb; i++) {
        if (live.rgb[i] == clip->rgb) {
            live.rgb[i] = NULL;
            live.clip_bytes[i] = 0;
        }
    }
    __real_reel_clip_free(clip);
}

/* As long as the model reads. */
static const char long_prompt[] = "a red ball bounces on the meadow and a blue crate rolls along "
                                  "the street at night and a red ball bounces on the meadow";

/* What is in neither: the latents of the sampler, under a megabyte here. */
static const size_t BESIDE = 1 << 20;

static void predicts_the_peak(const reel_request *request)
{
    reel_clip clip;
    size_t predicted = reel_engine_memory(engine, request);
    live.peak = 0;
    assert_int_equal(reel_generate(&clip, engine, request, NULL, NULL), REEL_OK);
    reel_clip_free(&clip);
    assert_in_range(predicted, live.peak, live.peak + BESIDE);
    assert_true(live.peak > BESIDE);
}

static void memory_is_predicted_for_every_kind_of_film(void **state)
{
    (void)state;
    reel_request r = engine_request();
    r.prompt = long_prompt;
    predicts_the_peak(&r);
    r.seconds = 6.0;
    predicts_the_peak(&r);
    r.audio = 0;
    predicts_the_peak(&r);
    r.cfg_video = 1.0f;
    predicts_the_peak(&r);
    r.resolution = "480p";
    predicts_the_peak(&r);
    r.resolution = "1080p";
    predicts_the_peak(&r);
}

static void longer_and_larger_films_need_more(void **state)
{
    (void)state;
    reel_request r = engine_request(), longer = r, large = r, larger = r;
    longer.seconds = 15.0;
    large.resolution = "720p";
    larger.resolution = "1080p";
    assert_true(reel_engine_memory(engine, &longer) > reel_engine_memory(engine, &r));
    assert_true(reel_engine_memory(engine, &large) > reel_engine_memory(engine, &r));
    assert_int_equal(reel_engine_memory(engine, &larger) - reel_engine_memory(engine, &large),
                     (size_t)24 * (1920 * 1080 - 1280 * 720) * 3);
}

static void reopen(void)
{
    reel_engine_close(engine);
    if (reel_engine_open(&engine, scratch_dir, NULL, NULL) != REEL_OK) {
        fail_msg("%s", reel_error_message());
    }
}

/* Each part in turn is the one that needs most. */
static void the_largest_phase_counts_whichever_it_is(void **state)
{
    (void)state;
    reel_request r = engine_request();
    r.prompt = long_prompt;
    reel_video_vae_config video = tiny_model_video_vae();
    video.encoder_width[0] = 96;
    assert_int_equal(tiny_model_save_video_vae(scratch_dir, &video), REEL_OK);
    reopen();
    predicts_the_peak(&r);

    video = tiny_model_video_vae();
    video.decoder_width[2] = 96;
    assert_int_equal(tiny_model_save_video_vae(scratch_dir, &video), REEL_OK);
    reopen();
    predicts_the_peak(&r);

    video = tiny_model_video_vae();
    assert_int_equal(tiny_model_save_video_vae(scratch_dir, &video), REEL_OK);
    reel_dit_config dit = tiny_model_dit();
    dit.mlp_ratio = 16;
    dit.width = 128;
    dit.rope_split[0] = 32;
    dit.rope_split[1] = dit.rope_split[2] = 16;
    assert_int_equal(tiny_model_save_dit(scratch_dir, &dit), REEL_OK);
    reopen();
    predicts_the_peak(&r);
    reel_request plain = r;
    plain.cfg_video = plain.cfg_audio = 1.0f;
    predicts_the_peak(&plain);
    assert_true(reel_engine_memory(engine, &plain) < reel_engine_memory(engine, &r));

    dit = tiny_model_dit();
    assert_int_equal(tiny_model_save_dit(scratch_dir, &dit), REEL_OK);
    reel_text_encoder_config text = tiny_model_text_encoder();
    text.hidden = 40000;
    assert_int_equal(tiny_model_save_text_encoder(scratch_dir, &text), REEL_OK);
    reopen();
    predicts_the_peak(&r);
}

static int fail_if_called(const char *phase, int done, int total, void *user)
{
    (void)done, (void)total, (void)user;
    fail_msg("%s has begun", phase);
    return 1;
}

static void a_film_larger_than_the_machine_is_refused_before_any_work(void **state)
{
    (void)state;
    reel_video_vae_config video = tiny_model_video_vae();
    reel_dit_config dit = tiny_model_dit();
    video.spatial_stride = 32;
    dit.patch = 16;
    dit.frames_per_second = 240.0;
    assert_int_equal(tiny_model_save_video_vae(scratch_dir, &video), REEL_OK);
    assert_int_equal(tiny_model_save_dit(scratch_dir, &dit), REEL_OK);
    reopen();
    reel_request r = engine_request();
    r.seconds = 15.0;
    reel_clip clip;
    assert_int_equal(reel_generate(&clip, engine, &r, fail_if_called, NULL), REEL_ERR_MEMORY);
    assert_ptr_equal(strstr(reel_error_message(), "this film needs "), reel_error_message());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_predicted_for_every_kind_of_film),
        cmocka_unit_test(longer_and_larger_films_need_more),
        cmocka_unit_test(the_largest_phase_counts_whichever_it_is),
        cmocka_unit_test(a_film_larger_than_the_machine_is_refused_before_any_work),
    };
    return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
