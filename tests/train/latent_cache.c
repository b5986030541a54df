/* Latent caches: from the film set and from a folder of films, stopped and gone on with. */
#include "train/latent_cache_build.h"

#include "base/error.h"
#include "base/file.h"
#include "base/rng.h"
#include "media/encode.h"
#include "train/clip_encoder.h"
#include "world/caption.h"
#include "world/render.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "tiny_model.h"

enum { WIDTH = 32, HEIGHT = 16, FPS = 8, FRAMES = 9, LATENTS = 16, PER_LATENT = 512, RATE = 8000 };
enum { VIDEO_VALUES = 5 * 4 * 8 * 3, AUDIO_VALUES = LATENTS * 3 };

/* Its folder is valid until the next call. */
static reel_cache_order order_of(const char *name, int64_t clips)
{
    static char dir[512];
    snprintf(dir, sizeof dir, "%s", scratch_path(name));
    return (reel_cache_order){ .dir = dir,
                               .model_dir = scratch_dir,
                               .data = "world",
                               .width = WIDTH,
                               .height = HEIGHT,
                               .fps = FPS,
                               .seconds = 1,
                               .clips = clips,
                               .seed = 11 };
}

/* What clip `index` of the film set must be in the cache. */
static void expect_world_clip(const reel_latent_cache *cache, int64_t index)
{
    const reel_world_format format = { WIDTH, HEIGHT, FPS, 1, RATE };
    uint64_t seed = reel_rng_mix(11, (uint64_t)index);
    reel_scene scene;
    reel_clip drawn = { 0 }, clip = { .frames = FRAMES,
                                      .width = WIDTH,
                                      .height = HEIGHT,
                                      .fps_num = FPS,
                                      .fps_den = 1,
                                      .channels = 2,
                                      .sample_rate = RATE,
                                      .samples = LATENTS * PER_LATENT };
    reel_world_renderer *renderer;
    reel_clip_encoder encoder;
    float video[VIDEO_VALUES], audio[AUDIO_VALUES];
    assert_int_equal(reel_scene_sample(&scene, NULL, seed, (double)FRAMES / FPS, 2.0), REEL_OK);
    assert_int_equal(reel_world_renderer_new(&renderer), REEL_OK);
    assert_int_equal(reel_scene_render(&drawn, renderer, &scene, &format), REEL_OK);
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    assert_true(drawn.samples >= clip.samples);
    memcpy(clip.rgb, drawn.rgb, FRAMES * WIDTH * HEIGHT * 3);
    for (int c = 0; c < 2; c++) {
        memcpy(clip.pcm + c * clip.samples, drawn.pcm + c * drawn.samples,
               (size_t)clip.samples * sizeof(float));
    }
    assert_int_equal(reel_clip_encoder_open(&encoder, scratch_dir, 1), REEL_OK);
    assert_int_equal(reel_clip_encoder_run(video, audio, &encoder, &clip, 1), REEL_OK);
    reel_cache_clip found = reel_latent_cache_get(cache, index);
    for (int i = 0; i < VIDEO_VALUES; i++) {
        assert_int_equal(found.video[i], reel_f32_to_f16(video[i]));
    }
    for (int i = 0; i < AUDIO_VALUES; i++) {
        assert_int_equal(found.audio[i], reel_f32_to_f16(audio[i]));
    }
    for (int kind = 0; kind < REEL_CAPTIONS; kind++) {
        reel_str text;
        reel_str_init(&text, REEL_CAPTION_LIMIT);
        assert_int_equal(reel_scene_caption(&text, &scene, (reel_caption_kind)kind, seed), REEL_OK);
        assert_string_equal(found.caption[kind], text.text);
        reel_str_deinit(&text);
    }
    reel_clip_encoder_close(&encoder);
    reel_world_renderer_free(renderer);
    reel_clip_free(&drawn);
    reel_clip_free(&clip);
}

static void cache_of_the_film_set_holds_its_latents_and_captions(void **state)
{
    (void)state;
    reel_latent_cache cache;
    reel_cache_order order = order_of("world", 1); /* whole shards are made */
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_OK);
    assert_int_equal(reel_latent_cache_open(&cache, order.dir), REEL_OK);
    assert_int_equal(cache.count, REEL_CACHE_SHARD);
    assert_int_equal(cache.latent_frames, 5);
    assert_int_equal(cache.audio_latents, LATENTS);
    assert_true(cache.blank_video && cache.blank_audio);
    expect_world_clip(&cache, 0);
    expect_world_clip(&cache, 131);
    reel_latent_cache_close(&cache);
    reel_latent_cache_close(&cache);
}

/* Stop in the second shard. */
static int stop_early(const reel_train_progress *progress, void *user)
{
    (void)user;
    assert_string_equal(progress->phase, "encode");
    return progress->done >= REEL_CACHE_SHARD + 16;
}

static void cache_grows_under_its_reader_and_goes_on_where_it_was_stopped(void **state)
{
    (void)state;
    reel_latent_cache cache;
    reel_cache_order order = order_of("grows", 2 * REEL_CACHE_SHARD);
    assert_int_equal(reel_latent_cache_build(&order, stop_early, NULL), REEL_ERR_CANCELLED);
    assert_int_equal(reel_latent_cache_open(&cache, order.dir), REEL_OK);
    assert_int_equal(cache.count, REEL_CACHE_SHARD);
    reel_cache_clip before = reel_latent_cache_get(&cache, 7);
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_OK);
    assert_int_equal(reel_latent_cache_refresh(&cache), REEL_OK);
    assert_int_equal(cache.count, 2 * REEL_CACHE_SHARD);
    assert_ptr_equal(reel_latent_cache_get(&cache, 7).video, before.video);
    expect_world_clip(&cache, REEL_CACHE_SHARD + 3);
    reel_latent_cache_close(&cache);
}

static void cache_of_still_images_has_no_sound(void **state)
{
    (void)state;
    reel_latent_cache cache;
    reel_cache_order order = order_of("stills", 1);
    order.seconds = 0;
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_OK);
    assert_int_equal(reel_latent_cache_open(&cache, order.dir), REEL_OK);
    assert_int_equal(cache.latent_frames, 1);
    assert_int_equal(cache.audio_latents, 0);
    assert_null(reel_latent_cache_get(&cache, 0).audio);
    reel_latent_cache_close(&cache);
}

/* The video codec of the model directory, its first axis turned round. */
static void turn_axis(void)
{
    char path[512];
    reel_video_vae vae;
    snprintf(path, sizeof path, "%s/video_vae.safetensors", scratch_dir);
    assert_int_equal(reel_video_vae_open(&vae, path), REEL_OK);
    reel_f32(vae.stats.to)[0] = reel_f32(vae.stats.from)[0] = -1.0f;
    assert_int_equal(reel_video_vae_save(&vae, path, REEL_F32), REEL_OK);
    reel_video_vae_deinit(&vae);
}

static void latents_of_two_codecs_are_never_mixed(void **state)
{
    (void)state;
    reel_cache_order order = order_of("world", 1);
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_OK);
    order.fps = 16;
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_ERR_FORMAT);
    order.fps = FPS;
    tiny_model_make_video_vae(scratch_dir, 99);
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "was made with another video_vae"));
    tiny_model_make_video_vae(scratch_dir, 1);
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_OK);
    turn_axis();
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_ERR_FORMAT);
    tiny_model_make_video_vae(scratch_dir, 1);
}

static void write_film(const char *path, double seconds)
{
    reel_clip clip = { .frames = (int)(seconds * FPS),
                       .width = 64,
                       .height = 48,
                       .fps_num = FPS,
                       .fps_den = 1,
                       .channels = 2,
                       .sample_rate = 44100,
                       .samples = (int64_t)(seconds * 44100) };
    assert_int_equal(reel_clip_alloc(&clip), REEL_OK);
    for (int i = 0; i < clip.frames * 64 * 48 * 3; i++) {
        clip.rgb[i] = (uint8_t)(i / (64 * 48 * 3) * 8);
    }
    for (int64_t i = 0; i < 2 * clip.samples; i++) {
        clip.pcm[i] = 0.3f * sinf((float)i * 0.05f);
    }
    assert_int_equal(reel_media_write_clip(path, &clip, NULL), REEL_OK);
    reel_clip_free(&clip);
}

static void cache_of_a_folder_holds_the_pieces_of_its_films(void **state)
{
    (void)state;
    char path[600], folder[512];
    reel_latent_cache cache;
    snprintf(folder, sizeof folder, "%s", scratch_path("films"));
    assert_int_equal(reel_dir_make(folder), REEL_OK);
    snprintf(path, sizeof path, "%s/a.mp4", folder);
    write_film(path, 2.5); /* two pieces of 9 frames at 8 per second */
    snprintf(path, sizeof path, "%s/a.txt", folder);
    assert_int_equal(reel_file_write(path, "grey grows\n", 11), REEL_OK);
    snprintf(path, sizeof path, "%s/b.mp4", folder);
    write_film(path, 1.3);
    snprintf(path, sizeof path, "%s/b.json", folder);
    const char json[] = "{\"short\": \"s\", \"long\": \"l\", \"structured\": \"<sfx>x</sfx>\"}";
    assert_int_equal(reel_file_write(path, json, sizeof json - 1), REEL_OK);
    snprintf(path, sizeof path, "%s/too_short.mp4", folder);
    write_film(path, 0.5);
    snprintf(path, sizeof path, "%s/silent_about_it.mp4", folder); /* no caption */
    write_film(path, 2);

    reel_cache_order order = order_of("folder", 1000);
    order.data = folder;
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_OK);
    assert_int_equal(reel_latent_cache_open(&cache, order.dir), REEL_OK);
    assert_int_equal(cache.count, 3);
    assert_string_equal(reel_latent_cache_get(&cache, 1).caption[2], "grey grows");
    assert_string_equal(reel_latent_cache_get(&cache, 2).caption[1], "l");
    assert_string_equal(reel_latent_cache_get(&cache, 2).caption[2], "<sfx>x</sfx>");
    const uint16_t *first = reel_latent_cache_get(&cache, 0).video;
    assert_memory_not_equal(first, first + VIDEO_VALUES, VIDEO_VALUES * sizeof *first);
    reel_latent_cache_close(&cache);
}

static void a_damaged_shard_is_refused(void **state)
{
    (void)state;
    reel_latent_cache cache;
    reel_cache_order order = order_of("world", 1);
    assert_int_equal(reel_latent_cache_build(&order, NULL, NULL), REEL_OK);
    char *path = reel_cache_shard_path(order.dir, 0), *bytes;
    size_t size;
    assert_int_equal(reel_file_read(&bytes, &size, path, (size_t)1 << 30), REEL_OK);
    char *captions = memmem(bytes, size, "\"captions\"", 10);
    assert_non_null(captions);
    memcpy(captions, "\"captiono\"", 10);
    assert_int_equal(reel_file_write(path, bytes, size), REEL_OK);
    assert_int_equal(reel_latent_cache_open(&cache, order.dir), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "captions: is absent"));
    free(bytes);
    free(path);
}

static int make_model(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }
    tiny_model_make_video_vae(scratch_dir, 1);
    tiny_model_make_audio_vae(scratch_dir, 2);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cache_of_the_film_set_holds_its_latents_and_captions),
        cmocka_unit_test(cache_grows_under_its_reader_and_goes_on_where_it_was_stopped),
        cmocka_unit_test(cache_of_still_images_has_no_sound),
        cmocka_unit_test(latents_of_two_codecs_are_never_mixed),
        cmocka_unit_test(cache_of_a_folder_holds_the_pieces_of_its_films),
        cmocka_unit_test(a_damaged_shard_is_refused),
    };
    return cmocka_run_group_tests(tests, make_model, scratch_teardown_tree);
}
