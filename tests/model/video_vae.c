/* The video VAE against PyTorch, its shapes, its causality, its files. */
#include "model/video_vae/video_vae.h"

#include "check.h"
#include "golden_network.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "scratch.h"
#include "tensor/reuse.h"

enum { SEED = 7 };

/* sum(a * b) as a scalar of the tape. */
static reel_tensor *dot(reel_rt *rt, reel_tensor *a, reel_tensor *b)
{
    int64_t count = reel_count(a);
    reel_tensor *terms = REEL_VIEW(rt, reel_mul(rt, a, b), 1, count, 1);
    reel_tensor *mean = REEL_VIEW(rt, reel_mean_axis1(rt, terms, NULL), 1);
    return reel_scale(rt, mean, (float)count);
}

static void open_random(reel_video_vae *vae)
{
    reel_video_vae_config config = reel_video_vae_config_tiny();
    assert_int_equal(reel_video_vae_init(vae, &config), REEL_OK);
    reel_weights_randomise(&vae->weights, SEED);
    for (int i = 0; i < vae->weights.count; i++) { /* residual branches start at zero; wake them */
        const reel_weight *w = &vae->weights.items[i];
        for (int64_t j = 0; w->init == REEL_INIT_ZERO && j < reel_count(w->tensor); j++) {
            reel_f32(w->tensor)[j] = 0.1f * (float)(j % 7 - 3);
        }
    }
}

static void video_vae_matches_pytorch_with_all_gradients(void **state)
{
    (void)state;
    reel_video_vae vae;
    reel_video_vae_config config = reel_video_vae_config_tiny();
    reel_safetensors file;
    golden_open(&file, "video_vae");
    assert_int_equal(reel_video_vae_init(&vae, &config), REEL_OK);
    golden_fill(&vae.weights, &file);
    assert_int_equal(reel_weights_alloc_grads(&vae.weights), REEL_OK);
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    reel_tensor *pixels = golden_input(rt, &file, "pixels");
    reel_posterior p = reel_video_vae_posterior(rt, &vae, pixels);
    reel_tensor *latent = reel_posterior_sample(rt, p, golden_input(rt, &file, "noise"));
    reel_tensor *out = reel_video_decoder_forward(rt, &vae.decoder, &vae.config, latent);
    reel_tensor *kl = reel_posterior_kl(rt, p);
    reel_tensor *loss = reel_add(rt, dot(rt, out, golden_input(rt, &file, "d_pixels")), kl);
    assert_int_equal(rt->status, REEL_OK);
    golden_compare("out", out, &file, 1e-5);
    golden_compare("kl", kl, &file, 1e-5);
    assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK);
    golden_compare_grads(&vae.weights, &file, 1e-5);
    check_rt_free(rt);
    reel_video_vae_deinit(&vae);
    reel_safetensors_close(&file);
}

static void video_vae_encodes_and_decodes_normalised_latents_as_pytorch(void **state)
{
    (void)state;
    reel_video_vae vae;
    reel_video_vae_config config = reel_video_vae_config_tiny();
    reel_safetensors file;
    golden_open(&file, "video_vae");
    assert_int_equal(reel_video_vae_init(&vae, &config), REEL_OK);
    golden_fill(&vae.weights, &file);
    assert_int_equal(reel_weights_alloc_grads(&vae.weights), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *latent = reel_video_vae_encode(rt, &vae, golden_input(rt, &file, "pixels"));
    golden_compare("encoded", latent, &file, 1e-5);
    golden_compare("decoded", reel_video_vae_decode(rt, &vae, latent), &file, 1e-5);
    check_rt_free(rt);
    reel_video_vae_deinit(&vae);
    reel_safetensors_close(&file);
}

static void video_vae_takes_a_single_image(void **state)
{
    (void)state;
    reel_video_vae vae;
    open_random(&vae);
    reel_rt *rt = check_rt_new();
    reel_tensor *image = check_random(rt, (check_shape){ 5, { 1, 1, 8, 12, 3 } }, 1);
    reel_tensor *latent = reel_video_vae_encode(rt, &vae, image);
    reel_tensor *back = reel_video_vae_decode(rt, &vae, latent);
    assert_int_equal(rt->status, REEL_OK);
    assert_string_equal(reel_shape(latent).text, "[1, 1, 2, 3, 3] f32");
    assert_string_equal(reel_shape(back).text, "[1, 1, 8, 12, 3] f32");
    check_rt_free(rt);
    reel_video_vae_deinit(&vae);
}

/* What is known of the beginning does not change with what follows: a film may be continued, and a
 * first image encoded alone is the first latent of the film. */
static void video_vae_is_causal_in_both_directions(void **state)
{
    (void)state;
    reel_video_vae vae;
    open_random(&vae);
    reel_rt *rt = check_rt_new();
    reel_tensor *film = check_random(rt, (check_shape){ 5, { 1, 9, 8, 8, 3 } }, 2);
    reel_tensor *start = REEL_FROM_HOST(rt, REEL_F32, film->data, 1, 5, 8, 8, 3);
    reel_tensor *all = reel_video_vae_encode(rt, &vae, film);
    reel_tensor *some = reel_video_vae_encode(rt, &vae, start);
    assert_int_equal(rt->status, REEL_OK);
    assert_true(check_distance(reel_f32(some), reel_f32(all), reel_count(some)) < 1e-6);
    reel_tensor *all_back = reel_video_vae_decode(rt, &vae, all);
    reel_tensor *some_back = reel_video_vae_decode(rt, &vae, some);
    assert_int_equal(rt->status, REEL_OK);
    assert_true(check_distance(reel_f32(some_back), reel_f32(all_back), reel_count(some_back)) <
                1e-6);
    check_rt_free(rt);
    reel_video_vae_deinit(&vae);
}

/* 1 + (FRAMES - 1) 2 frames of 8 x 12 pixels. */
enum { FRAMES = 9, PIXELS = (1 + (FRAMES - 1) * 2) * 8 * 12 * 3 };

/* The film of `latent` [1, FRAMES, 2, 3, 3] in pieces of `length` latent frames. */
static void decode_in_pieces(float *out, reel_rt *rt, const reel_video_vae *vae,
                             const reel_tensor *latent, int length)
{
    reel_video_decoder_memory memory;
    reel_video_decoder_begin(rt, &memory, &vae->decoder, &vae->config, (int64_t[]){ 1, 2, 3 });
    int64_t done = 0;
    for (int first = 0; first < FRAMES; first += length) {
        int count = first + length < FRAMES ? length : FRAMES - first;
        const reel_stretch piece = reel_stretch_begin(rt);
        const float *from = reel_f32(latent) + (ptrdiff_t)first * 2 * 3 * 3;
        reel_tensor *next = REEL_FROM_HOST(rt, REEL_F32, from, 1, count, 2, 3, 3);
        reel_tensor *pixels = reel_video_vae_decode_next(rt, vae, next, &memory);
        assert_int_equal(rt->status, REEL_OK);
        assert_true(done + reel_count(pixels) <= PIXELS);
        memcpy(out + done, pixels->data, reel_size_bytes(pixels));
        done += reel_count(pixels);
        reel_stretch_forget(rt, &piece);
    }
    assert_int_equal(done, PIXELS);
}

/* Each pixel is computed from the same numbers in the same order: the plain kernels give the same
 * bytes, faster ones may round by the number of rows. */
static void video_vae_decodes_in_pieces_what_it_decodes_as_a_whole(void **state)
{
    (void)state;
    static const int lengths[] = { 1, 2, 4, 8, 9 };
    static float pieces[PIXELS];
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    const reel_kernels *kernels[] = { &plain, reel_kernels_get() };
    reel_video_vae vae;
    open_random(&vae);
    for (int k = 0; k < 2; k++) {
        reel_rt *rt = check_rt_new_with(kernels[k]);
        reel_tensor *latent = check_random(rt, (check_shape){ 5, { 1, FRAMES, 2, 3, 3 } }, 4);
        const float *whole = reel_f32(reel_video_vae_decode(rt, &vae, latent));
        for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            decode_in_pieces(pieces, rt, &vae, latent, lengths[i]);
            assert_true(check_distance(pieces, whole, PIXELS) <= (k ? 1e-6 : 0.0));
        }
        check_rt_free(rt);
    }
    reel_video_vae_deinit(&vae);
}

static void video_vae_refuses_frames_that_fill_no_group(void **state)
{
    (void)state;
    reel_video_vae vae;
    open_random(&vae);
    reel_rt *rt = check_rt_new();
    reel_video_vae_encode(rt, &vae, check_random(rt, (check_shape){ 5, { 1, 4, 8, 8, 3 } }, 3));
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    assert_non_null(strstr(reel_error_message(), "[1, 4, 8, 8, 3]"));
    reel_rt_reset(rt);
    reel_video_vae_encode(rt, &vae, check_random(rt, (check_shape){ 5, { 1, 5, 8, 10, 3 } }, 3));
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    check_rt_free(rt);
    reel_video_vae_deinit(&vae);
}

static void video_vae_comes_back_from_its_file(void **state)
{
    (void)state;
    reel_video_vae vae, again;
    open_random(&vae);
    reel_f32(vae.stats.std)[1] = 2.5f;
    reel_f32(vae.stats.to)[1] = 0.5f; /* z0 = x0 + x1 / 2 */
    reel_f32(vae.stats.from)[1] = -0.5f;
    const char *path = scratch_path("video_vae.safetensors");
    assert_int_equal(reel_video_vae_save(&vae, path, REEL_F32), REEL_OK);
    assert_int_equal(reel_video_vae_open(&again, path), REEL_OK);
    assert_memory_equal(&again.config, &vae.config, sizeof vae.config);
    assert_memory_equal(again.weights.values, vae.weights.values,
                        vae.weights.elements * sizeof(float));
    reel_video_vae_deinit(&again);

    reel_f32(vae.stats.std)[1] = 0.0f; /* would divide by zero */
    assert_int_equal(reel_video_vae_save(&vae, path, REEL_F32), REEL_OK);
    assert_int_equal(reel_video_vae_open(&again, path), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "latent_std"));
    reel_video_vae_deinit(&vae);
}

static void video_vae_config_refuses_unknown_keys_and_odd_strides(void **state)
{
    (void)state;
    static const char *const bad[] = { "{\"channels\": 8}", "{\"spatial_stride\": 7}",
                                       "{\"encoder_width\": [64]}", "{\"latent_channels\": 0}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reel_video_vae_config config = reel_video_vae_config_mini();
        json_t *object = json_loads(bad[i], 0, NULL);
        assert_int_equal(reel_video_vae_config_read(&config, object), REEL_ERR_FORMAT);
        json_decref(object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(video_vae_matches_pytorch_with_all_gradients),
        cmocka_unit_test(video_vae_encodes_and_decodes_normalised_latents_as_pytorch),
        cmocka_unit_test(video_vae_takes_a_single_image),
        cmocka_unit_test(video_vae_is_causal_in_both_directions),
        cmocka_unit_test(video_vae_decodes_in_pieces_what_it_decodes_as_a_whole),
        cmocka_unit_test(video_vae_refuses_frames_that_fill_no_group),
        cmocka_unit_test(video_vae_comes_back_from_its_file),
        cmocka_unit_test(video_vae_config_refuses_unknown_keys_and_odd_strides),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
