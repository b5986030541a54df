/* The audio VAE against PyTorch, its transform, its lengths, its files. */
#include "model/audio_vae/audio_vae.h"

#include "check.h"
#include "golden_network.h"
#include "model/audio_vae/griffin_lim.h"
#include "model/audio_vae/loudness.h"
#include "model/audio_vae/phase_gradient.h"
#include "model/audio_vae/vocoder.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/slice.h"
#include "ops/spectrum.h"
#include "scratch.h"
#include "tensor/reuse.h"

#include <math.h>

enum { SEED = 7 };

/* sum(a * b) as a scalar of the tape. */
static reel_tensor *dot(reel_rt *rt, reel_tensor *a, reel_tensor *b)
{
    int64_t count = reel_count(a);
    reel_tensor *terms = REEL_VIEW(rt, reel_mul(rt, a, b), 1, count, 1);
    reel_tensor *mean = REEL_VIEW(rt, reel_mean_axis1(rt, terms, NULL), 1);
    return reel_scale(rt, mean, (float)count);
}

static void open_golden(reel_audio_vae *vae, reel_safetensors *file)
{
    reel_audio_vae_config config = reel_audio_vae_config_tiny();
    golden_open(file, "audio_vae");
    assert_int_equal(reel_audio_vae_init(vae, &config), REEL_OK);
    golden_fill(&vae->weights, file);
    assert_int_equal(reel_weights_alloc_grads(&vae->weights), REEL_OK);
}

static void audio_vae_matches_pytorch_with_all_gradients(void **state)
{
    (void)state;
    reel_audio_vae vae;
    reel_safetensors file;
    open_golden(&vae, &file);
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    reel_tensor *magnitudes = reel_audio_vae_magnitudes(rt, &vae, golden_input(rt, &file, "sound"));
    reel_tensor *mel = reel_audio_vae_mel(rt, &vae, magnitudes);
    reel_posterior p = reel_audio_vae_posterior(rt, &vae, mel);
    reel_tensor *latent = reel_posterior_sample(rt, p, golden_input(rt, &file, "noise"));
    reel_tensor *out = reel_audio_decoder_forward(rt, &vae.decoder, &vae.config, latent);
    reel_tensor *kl = reel_posterior_kl(rt, p);
    reel_tensor *loss = reel_add(rt, dot(rt, out, golden_input(rt, &file, "d_loudness")), kl);
    assert_int_equal(rt->status, REEL_OK);
    golden_compare("mel", mel, &file, 1e-5);
    golden_compare("out", out, &file, 1e-5);
    golden_compare("kl", kl, &file, 1e-5);
    assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK);
    golden_compare_grads(&vae.weights, &file, 1e-5);
    check_rt_free(rt);
    reel_audio_vae_deinit(&vae);
    reel_safetensors_close(&file);
}

static void audio_vae_encodes_and_makes_sound_as_pytorch(void **state)
{
    (void)state;
    reel_audio_vae vae;
    reel_safetensors file;
    open_golden(&vae, &file);
    reel_rt *rt = check_rt_new();
    reel_tensor *sound = golden_input(rt, &file, "sound");
    reel_tensor *latent = reel_audio_vae_encode(rt, &vae, sound);
    golden_compare("encoded", latent, &file, 1e-5);
    reel_vocoder_options options = { .iterations = vae.config.phase_iterations,
                                     .samples = 53,
                                     .fade_samples = 16 };
    reel_tensor *magnitudes = reel_audio_vae_magnitudes(rt, &vae, sound);
    reel_tensor *left = reel_slice(rt, magnitudes, 2, 0, vae.stft.bins);
    golden_compare("phases", reel_phase_gradient(rt, &vae.stft, left, NULL), &file, 1e-4);
    golden_compare("vocoded", reel_vocoder(rt, &vae.stft, magnitudes, &options), &file, 1e-4);
    golden_compare("decoded", reel_audio_vae_decode(rt, &vae, latent, 53), &file, 1e-4);
    check_rt_free(rt);
    reel_audio_vae_deinit(&vae);
    reel_safetensors_close(&file);
}

static void stft_gives_the_sound_back(void **state)
{
    (void)state;
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, 64, 16), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *sound = check_random(rt, (check_shape){ 2, { 2, 320 } }, 1);
    reel_tensor *spectrum = reel_stft_spectrum(rt, &stft, sound);
    assert_string_equal(reel_shape(spectrum).text, "[2, 20, 66] f32");
    reel_tensor *back = reel_stft_waveform(rt, &stft, spectrum);
    assert_int_equal(rt->status, REEL_OK);
    assert_true(check_distance(reel_f32(back), reel_f32(sound), 640) < 1e-5);
    check_rt_free(rt);
    reel_stft_deinit(&stft);
}

static void a_sine_on_a_bin_has_its_amplitude_as_magnitude(void **state)
{
    (void)state;
    enum { SAMPLES = 320, BIN = 5 };
    float sine[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
        sine[i] = 0.25f * (float)sin(2 * M_PI * BIN * i / 64.0 + 0.3);
    }
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, 64, 16), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *sound = REEL_FROM_HOST(rt, REEL_F32, sine, 1, SAMPLES);
    reel_tensor *m = reel_magnitude(rt, reel_stft_spectrum(rt, &stft, sound));
    assert_int_equal(rt->status, REEL_OK);
    for (int frame = 3; frame < 17; frame++) { /* those that no end of the sound reaches into */
        assert_float_equal(reel_f32(m)[frame * 33 + BIN], 0.25f, 1e-5f);
        assert_float_equal(reel_f32(m)[frame * 33 + BIN + 4], 0.0f, 1e-5f);
    }
    check_rt_free(rt);
    reel_stft_deinit(&stft);
}

static void no_mel_band_is_empty_and_each_sums_to_one(void **state)
{
    (void)state;
    reel_mel mel;
    reel_mel_options options = {
        .bands = 80, .bins = 513, .sample_rate = 44100, .low = 30, .high = 20000
    };
    assert_int_equal(reel_mel_init(&mel, &options), REEL_OK);
    for (int b = 0; b < options.bands; b++) {
        double sum = 0;
        for (int k = 0; k < options.bins; k++) {
            float w = reel_f32(mel.filters.weight)[b * options.bins + k];
            assert_true(w >= 0);
            sum += (double)w;
        }
        assert_float_equal(sum, 1.0, 1e-5);
    }
    reel_mel_deinit(&mel);
}

static void loudness_runs_from_minus_two_to_two_and_back(void **state)
{
    (void)state;
    static const float magnitude[] = { 0.0f, 1e-3f, 0.1f, 1.0f };
    reel_rt *rt = check_rt_new();
    reel_tensor *m = REEL_FROM_HOST(rt, REEL_F32, magnitude, 4);
    reel_tensor *loudness = reel_loudness(rt, m, 1e-4f);
    reel_tensor *back = reel_loudness_to_magnitude(rt, loudness, 1e-4f);
    assert_int_equal(rt->status, REEL_OK);
    assert_float_equal(reel_f32(loudness)[0], -2.0f, 1e-5f);
    assert_float_equal(reel_f32(loudness)[3], 2.0f, 1e-3f);
    for (int i = 0; i < 4; i++) {
        assert_float_equal(reel_f32(back)[i], magnitude[i], 1e-5f);
    }
    check_rt_free(rt);
}

static double inconsistency(reel_rt *rt, const reel_stft *stft, reel_tensor *magnitude,
                            int iterations)
{
    reel_tensor *z = reel_phase_gradient(rt, stft, magnitude, NULL);
    z = reel_griffin_lim(rt, stft, magnitude, z, iterations);
    z = reel_with_magnitude(rt, z, magnitude);
    reel_tensor *found =
        reel_magnitude(rt, reel_stft_spectrum(rt, stft, reel_stft_waveform(rt, stft, z)));
    assert_int_equal(rt->status, REEL_OK);
    return check_distance(reel_f32(found), reel_f32(magnitude), reel_count(magnitude));
}

static void griffin_lim_comes_nearer_with_iterations_and_keeps_its_memory(void **state)
{
    (void)state;
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, 64, 16), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *sound = check_random(rt, (check_shape){ 2, { 1, 640 } }, 4);
    reel_tensor *m = reel_magnitude(rt, reel_stft_spectrum(rt, &stft, sound));
    double before = inconsistency(rt, &stft, m, 0), after = inconsistency(rt, &stft, m, 30);
    assert_true(after < 0.8 * before);
    reel_tensor *start = reel_phase_gradient(rt, &stft, m, NULL);
    size_t used[2];
    for (int i = 0; i < 2; i++) {
        const reel_stretch few = reel_stretch_begin(rt);
        reel_griffin_lim(rt, &stft, m, start, i == 0 ? 2 : 20);
        used[i] = rt->arena.used - few.arena;
        reel_stretch_forget(rt, &few);
    }
    assert_int_equal(used[0], used[1]);
    check_rt_free(rt);
    reel_stft_deinit(&stft);
}

/* A tone between two bins and a click: what steady phases or none would get wrong. */
static void phase_gradient_fits_a_tone_and_a_click(void **state)
{
    (void)state;
    enum { SAMPLES = 1024 };
    float sound[2][SAMPLES] = { { 0 } };
    for (int i = 0; i < SAMPLES; i++) {
        sound[0][i] = (float)sin(2 * M_PI * 7.4 * i / 64.0);
    }
    sound[1][500] = 1.0f;
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, 64, 16), REEL_OK);
    reel_rt *rt = check_rt_new();
    for (int s = 0; s < 2; s++) {
        reel_tensor *x = REEL_FROM_HOST(rt, REEL_F32, sound[s], 1, SAMPLES);
        reel_tensor *m = reel_magnitude(rt, reel_stft_spectrum(rt, &stft, x));
        assert_true(inconsistency(rt, &stft, m, 0) < 0.1);
    }
    check_rt_free(rt);
    reel_stft_deinit(&stft);
}

static void audio_vae_takes_any_number_of_samples_and_ends_in_silence(void **state)
{
    (void)state;
    static const int64_t lengths[] = { 1, 7, 8, 9, 61 };
    reel_audio_vae vae;
    reel_audio_vae_config config = reel_audio_vae_config_tiny();
    assert_int_equal(reel_audio_vae_init(&vae, &config), REEL_OK);
    reel_weights_randomise(&vae.weights, SEED);
    reel_rt *rt = check_rt_new();
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        reel_rt_reset(rt);
        int64_t samples = lengths[i];
        reel_tensor *sound = check_random(rt, (check_shape){ 3, { 1, 2, samples } }, 5);
        reel_tensor *latent = reel_audio_vae_encode(rt, &vae, sound);
        reel_tensor *back = reel_audio_vae_decode(rt, &vae, latent, samples);
        assert_int_equal(rt->status, REEL_OK);
        assert_int_equal(latent->dim[1], (samples + 7) / 8);
        assert_int_equal(back->dim[2], samples);
        for (int c = 0; c < 2 && samples > 40; c++) { /* long enough for both ramps of 16 */
            const float *side = reel_f32(back) + c * samples;
            float peak = 0;
            for (int64_t j = 0; j < samples; j++) {
                peak = fmaxf(peak, fabsf(side[j]));
            }
            assert_true(peak > 0);
            assert_true(fabsf(side[0]) < 0.01f * peak);
            assert_true(fabsf(side[samples - 1]) < 0.01f * peak);
        }
    }
    check_rt_free(rt);
    reel_audio_vae_deinit(&vae);
}

static void a_source_on_the_left_stays_on_the_left(void **state)
{
    (void)state;
    reel_stft stft;
    assert_int_equal(reel_stft_init(&stft, 64, 16), REEL_OK);
    reel_rt *rt = check_rt_new();
    reel_tensor *sound = check_random(rt, (check_shape){ 2, { 1, 640 } }, 6);
    reel_tensor *m = reel_magnitude(rt, reel_stft_spectrum(rt, &stft, sound));
    reel_tensor *quiet = reel_scale(rt, m, 0.25f);
    int64_t frames = m->dim[1], bins = m->dim[2];
    reel_tensor *both = REEL_NEW(rt, REEL_F32, 1, frames, 2 * bins);
    for (int64_t f = 0; f < frames; f++) {
        memcpy(reel_f32(both) + f * 2 * bins, reel_f32(m) + f * bins, bins * sizeof(float));
        memcpy(reel_f32(both) + (f * 2 + 1) * bins, reel_f32(quiet) + f * bins,
               bins * sizeof(float));
    }
    reel_vocoder_options options = { .iterations = 8, .samples = 640, .fade_samples = 8 };
    reel_tensor *out = reel_vocoder(rt, &stft, both, &options);
    assert_int_equal(rt->status, REEL_OK);
    for (int i = 0; i < 640; i++) { /* the right channel is the left one at a quarter */
        assert_float_equal(reel_f32(out)[640 + i], 0.25f * reel_f32(out)[i], 1e-4f);
    }
    check_rt_free(rt);
    reel_stft_deinit(&stft);
}

static void audio_vae_comes_back_from_its_file(void **state)
{
    (void)state;
    reel_audio_vae vae, again;
    reel_audio_vae_config config = reel_audio_vae_config_tiny();
    assert_int_equal(reel_audio_vae_init(&vae, &config), REEL_OK);
    reel_weights_randomise(&vae.weights, SEED);
    const char *path = scratch_path("audio_vae.safetensors");
    assert_int_equal(reel_audio_vae_save(&vae, path, REEL_F32), REEL_OK);
    assert_int_equal(reel_audio_vae_open(&again, path), REEL_OK);
    assert_memory_equal(&again.config, &vae.config, sizeof vae.config);
    assert_memory_equal(again.weights.values, vae.weights.values,
                        vae.weights.elements * sizeof(float));
    reel_audio_vae_deinit(&again);
    reel_audio_vae_deinit(&vae);
}

static void audio_vae_config_refuses_windows_that_hops_do_not_tile(void **state)
{
    (void)state;
    static const char *const bad[] = { "{\"window\": 1000}", "{\"mel_high\": 30000}",
                                       "{\"mel_low\": 20000}", "{\"hopp\": 256}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        reel_audio_vae_config config = reel_audio_vae_config_mini();
        json_t *object = json_loads(bad[i], 0, NULL);
        assert_int_equal(reel_audio_vae_config_read(&config, object), REEL_ERR_FORMAT);
        json_decref(object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audio_vae_matches_pytorch_with_all_gradients),
        cmocka_unit_test(audio_vae_encodes_and_makes_sound_as_pytorch),
        cmocka_unit_test(stft_gives_the_sound_back),
        cmocka_unit_test(a_sine_on_a_bin_has_its_amplitude_as_magnitude),
        cmocka_unit_test(no_mel_band_is_empty_and_each_sums_to_one),
        cmocka_unit_test(loudness_runs_from_minus_two_to_two_and_back),
        cmocka_unit_test(griffin_lim_comes_nearer_with_iterations_and_keeps_its_memory),
        cmocka_unit_test(phase_gradient_fits_a_tone_and_a_click),
        cmocka_unit_test(audio_vae_takes_any_number_of_samples_and_ends_in_silence),
        cmocka_unit_test(a_source_on_the_left_stays_on_the_left),
        cmocka_unit_test(audio_vae_comes_back_from_its_file),
        cmocka_unit_test(audio_vae_config_refuses_windows_that_hops_do_not_tile),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
