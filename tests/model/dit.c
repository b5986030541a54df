/* The diffusion transformer: against PyTorch, and what its construction promises. */
#include "model/dit/dit.h"

#include "base/error.h"
#include "base/rng.h"
#include "golden_network.h"
#include "scratch.h"

#include <omp.h>

enum { BATCH = 2, FRAMES = 3, ROWS = 4, COLUMNS = 6, SOUNDS = 9, WORDS = 5 };
static const size_t STEP = (size_t)64 << 20;

/* A tiny network, every weight random (or as at the start of training). */
static void network(reel_dit *dit, int is_fresh)
{
    const reel_dit_config config = reel_dit_config_tiny();
    assert_int_equal(reel_dit_init(dit, &config), REEL_OK);
    reel_weights_randomise(&dit->weights, 1);
    for (int i = 0; !is_fresh && i < dit->weights.count; i++) {
        const reel_tensor *t = dit->weights.items[i].tensor;
        reel_rng_fill_normal(t->data, (size_t)reel_count(t), 7, (uint64_t)i);
        for (int64_t j = 0; j < reel_count(t); j++) {
            reel_f32(t)[j] *= 0.3f;
        }
    }
}

/* The deviations of the golden file. */
static void set_deviations(reel_dit_config *config)
{
    config->video_std_count = 2;
    config->video_std[0] = 1.5;
    config->video_std[1] = 0.25;
    config->audio_std_count = 3;
    config->audio_std[0] = 2.0;
    config->audio_std[1] = 0.5;
    config->audio_std[2] = 0.125;
}

static const float sigma_video[BATCH] = { 0.9f, 0.3f }, sigma_audio[BATCH] = { 0.6f, 0.0f };

/* Random inputs of the usual sizes; `words` of text, the last `padding` of them masked. */
static reel_dit_input inputs(reel_rt *rt, int words, int padding)
{
    static const float ones[BATCH * 64] = { 0 };
    reel_dit_input in = {
        .video = check_random(rt, (check_shape){ 5, { BATCH, FRAMES, ROWS, COLUMNS, 5 } }, 1),
        .audio = check_random(rt, (check_shape){ 3, { BATCH, SOUNDS, 7 } }, 2),
        .sigma_video = sigma_video,
        .sigma_audio = sigma_audio,
        .text = REEL_NEW(rt, REEL_F32, BATCH, words, 8),
        .text_mask = reel_add_scalar(rt, REEL_FROM_HOST(rt, REEL_F32, ones, BATCH, words), 1.0f),
    };
    for (int b = 0; b < BATCH && in.text->data; b++) {
        for (int i = 0; i < words; i++) {
            reel_rng_fill_normal(reel_f32(in.text) + (b * words + i) * 8, 8, 3,
                                 (uint64_t)(100 * b + i));
            if (i >= words - padding) {
                reel_f32(in.text_mask)[b * words + i] = 0.0f;
            }
        }
    }
    return in;
}

static void assert_same(const reel_tensor *a, const reel_tensor *b, double tolerance)
{
    assert_true(reel_same_shape(a, b));
    assert_true(check_distance(reel_f32(a), reel_f32(b), reel_count(b)) <= tolerance);
}

static void velocities_and_all_gradients_match_pytorch(void **state)
{
    (void)state;
    reel_safetensors file;
    reel_dit dit;
    golden_open(&file, "dit");
    network(&dit, 0);
    set_deviations(&dit.config);
    golden_fill(&dit.weights, &file);
    assert_int_equal(reel_weights_alloc_grads(&dit.weights), REEL_OK);
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    const reel_dit_input in = {
        .video = golden_input(rt, &file, "video"),
        .audio = golden_input(rt, &file, "audio"),
        .video_references = 1,
        .audio_references = 2,
        .video_mask = golden_input(rt, &file, "video_mask"),
        .audio_mask = golden_input(rt, &file, "audio_mask"),
        .sigma_video = golden_values(&file, "sigma_video"),
        .sigma_audio = golden_values(&file, "sigma_audio"),
        .text = golden_input(rt, &file, "text"),
        .text_mask = golden_input(rt, &file, "text_mask"),
    };
    in.text->wants_grad = 1;
    const reel_dit_output out = reel_dit_forward(rt, &dit, &in);
    reel_tensor *loss =
        reel_add(rt, reel_mse(rt, out.video, golden_input(rt, &file, "video_target"), NULL),
                 reel_mse(rt, out.audio, golden_input(rt, &file, "audio_target"), NULL));
    if (reel_backward(rt, loss, 1.0f) < 0) {
        fail_msg("%s", reel_error_message());
    }
    golden_compare("video_velocity", out.video, &file, 1e-5);
    golden_compare("audio_velocity", out.audio, &file, 1e-5);
    golden_compare("d_text", in.text->grad, &file, 1e-5);
    golden_compare_grads(&dit.weights, &file, 1e-5);
    check_rt_free(rt);
    reel_dit_deinit(&dit);
    reel_safetensors_close(&file);
}

static void padding_text_tokens_do_not_change_the_velocities(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 0);
    reel_rt *rt = check_rt_new();
    const reel_dit_input plain = inputs(rt, WORDS, 0), padded = inputs(rt, WORDS + 4, 4);
    const reel_dit_output a = reel_dit_forward(rt, &dit, &plain);
    const reel_dit_output b = reel_dit_forward(rt, &dit, &padded);
    assert_int_equal(rt->status, REEL_OK);
    assert_same(b.video, a.video, 1e-6);
    assert_same(b.audio, a.audio, 1e-6);
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

/* A full step keeps; a short one with the same input gives the same, up to rounding; with another
 * it runs the first block alone. */
static void a_short_step_adds_what_the_full_one_has_kept(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 0);
    reel_rt *rt = check_rt_new();
    reel_dit_step_cache cache = { 0 };
    reel_dit_input in = inputs(rt, WORDS, 1);
    const reel_dit_output exact = reel_dit_forward(rt, &dit, &in);
    in.step_cache = &cache;
    cache.is_short = 1; /* nothing is kept yet: a full one all the same */
    const reel_dit_output full = reel_dit_forward(rt, &dit, &in);
    assert_int_equal(rt->status, REEL_OK);
    assert_same(full.video, exact.video, 0);
    assert_same(full.audio, exact.audio, 0);
    assert_int_equal(reel_dit_step_cache_bytes(&cache),
                     sizeof(float) * BATCH * (FRAMES * ROWS * COLUMNS / 4 + SOUNDS) * 16);
    const reel_dit_output same = reel_dit_forward(rt, &dit, &in);
    assert_same(same.video, exact.video, 1e-5);
    assert_same(same.audio, exact.audio, 1e-5);

    static const float other[BATCH] = { 0.8f, 0.2f };
    in.sigma_video = other;
    const reel_dit_output near = reel_dit_forward(rt, &dit, &in);
    in.step_cache = NULL;
    const reel_dit_output right = reel_dit_forward(rt, &dit, &in);
    assert_int_equal(rt->status, REEL_OK);
    assert_true(check_distance(reel_f32(near.video), reel_f32(right.video),
                               reel_count(right.video)) > 1e-5);
    in.step_cache = &cache;
    in.audio = NULL; /* another network: what is kept of the sound stays unused */
    reel_dit_forward(rt, &dit, &in);
    assert_int_equal(rt->status, REEL_OK);
    reel_dit_step_cache_deinit(&cache);
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

/* A fresh head gives zeros; random blocks and heads show what the coupling adds. */
static void uncouple(reel_dit *dit)
{
    static const char *const outputs[] = { "video_to_audio.out", "audio_to_video.out", ".to_audio.",
                                           ".to_video.", "timestep.other" };
    int zeroed = 0;
    for (int i = 0; i < dit->weights.count; i++) {
        const reel_weight *w = &dit->weights.items[i];
        for (size_t j = 0; j < sizeof outputs / sizeof *outputs; j++) {
            if (strstr(w->name, outputs[j])) {
                assert_int_equal(w->init, REEL_INIT_ZERO); /* as a fresh model has it */
                memset(w->tensor->data, 0, reel_size_bytes(w->tensor));
                zeroed++;
                break;
            }
        }
    }
    assert_int_equal(zeroed, 4 * 2 + 2);
}

static void one_modality_alone_equals_the_joint_pass_before_the_coupling_has_learned(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 0);
    uncouple(&dit);
    reel_rt *rt = check_rt_new();
    reel_dit_input in = inputs(rt, WORDS, 1);
    const reel_dit_output joint = reel_dit_forward(rt, &dit, &in);
    reel_dit_input silent = in, blind = in;
    silent.audio = NULL;
    blind.video = NULL;
    const reel_dit_output video = reel_dit_forward(rt, &dit, &silent);
    const reel_dit_output audio = reel_dit_forward(rt, &dit, &blind);
    assert_int_equal(rt->status, REEL_OK);
    assert_null(video.audio);
    assert_null(audio.video);
    assert_same(video.video, joint.video, 1e-6);
    assert_same(audio.audio, joint.audio, 1e-6);
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

/* What reaches one stream when the other changes. */
static void video_reads_the_sound_after_the_sound_has_read_the_video(void **state)
{
    (void)state;
    reel_dit_config config = reel_dit_config_tiny();
    config.time_alignment = 0;
    reel_dit dit;
    assert_int_equal(reel_dit_init(&dit, &config), REEL_OK);
    reel_weights_randomise(&dit.weights, 3);
    reel_coupling *p = &dit.couplings[0];
    reel_rng_fill_normal(p->video_to_audio.out.weight->data, 16 * 16, 5, 0);
    reel_rng_fill_normal(p->audio_to_video.out.weight->data, 16 * 16, 5, 1);
    reel_rt *rt = check_rt_new();
    const reel_dit_grid film = { .frames = 3, .rows = 1, .columns = 2, .frames_per_second = 16 };
    const reel_dit_grid sound = { .frames = 5, .rows = 1, .columns = 1 };
    const reel_coupling_clock clock = {
        .video = reel_dit_positions_video(rt, &config, &film),
        .audio = reel_dit_positions_audio(rt, &config, &sound),
        .grid = &film,
    };
    reel_streams h = { check_random(rt, (check_shape){ 3, { 1, 6, 16 } }, 1),
                       check_random(rt, (check_shape){ 3, { 1, 5, 16 } }, 2) };
    const reel_streams given = { check_random(rt, (check_shape){ 3, { 1, 6, 16 } }, 1),
                                 check_random(rt, (check_shape){ 3, { 1, 5, 16 } }, 2) };
    const reel_streams both = reel_coupling_forward(rt, p, given, &clock);
    /* the updated sound, given to a video that reads first, brings the same picture */
    const reel_av_side video = { reel_rms_norm(rt, h.video, NULL, 1e-6f), &clock.video, NULL };
    const reel_av_side heard = { reel_rms_norm(rt, both.audio, NULL, 1e-6f), &clock.audio, NULL };
    const reel_av_side unheard = { reel_rms_norm(rt, h.audio, NULL, 1e-6f), &clock.audio, NULL };
    reel_tensor *after = reel_add(
        rt, h.video, reel_av_cross_attention_forward(rt, &p->audio_to_video, &video, &heard, NULL));
    reel_tensor *before =
        reel_add(rt, h.video,
                 reel_av_cross_attention_forward(rt, &p->audio_to_video, &video, &unheard, NULL));
    assert_int_equal(rt->status, REEL_OK);
    assert_same(both.video, after, 1e-6);
    assert_true(check_distance(reel_f32(both.video), reel_f32(before), reel_count(before)) > 1e-2);
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

static size_t step_bytes(const reel_dit *dit, size_t capacity)
{
    reel_rt rt;
    assert_int_equal(reel_rt_init(&rt, reel_kernels_get(), capacity), REEL_OK);
    rt.recording = 1;
    const reel_dit_input in = {
        .video = reel_zeros(&rt, REEL_F32, 5, (int64_t[]){ BATCH, FRAMES, ROWS, COLUMNS, 5 }),
        .audio = reel_zeros(&rt, REEL_F32, 3, (int64_t[]){ BATCH, SOUNDS, 7 }),
        .sigma_video = sigma_video,
        .sigma_audio = sigma_audio,
        .text = reel_zeros(&rt, REEL_F32, 3, (int64_t[]){ BATCH, WORDS, 8 }),
        .text_mask = reel_zeros(&rt, REEL_F32, 2, (int64_t[]){ BATCH, WORDS }),
    };
    const reel_dit_output out = reel_dit_forward(&rt, dit, &in);
    reel_tensor *loss =
        reel_add(&rt, reel_mean_square(&rt, out.video), reel_mean_square(&rt, out.audio));
    if (reel_backward(&rt, loss, 1.0f) < 0) {
        fail_msg("%s", reel_error_message());
    }
    const size_t peak = rt.arena.peak;
    reel_rt_deinit(&rt);
    return peak;
}

static void a_dry_pass_counts_the_memory_of_a_step(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 0);
    assert_int_equal(reel_weights_alloc_grads(&dit.weights), REEL_OK);
    const size_t counted = step_bytes(&dit, 0);
    assert_true(counted > 0);
    assert_true(step_bytes(&dit, STEP) == counted);
    assert_true(step_bytes(&dit, counted) == counted);
    reel_dit_deinit(&dit);
}

static float descend(reel_dit *dit, const reel_tensor *video, const reel_tensor *audio, float rate)
{
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    const reel_dit_input in = inputs(rt, WORDS, 0);
    const reel_dit_output out = reel_dit_forward(rt, dit, &in);
    reel_tensor *v = reel_from_host(rt, REEL_F32, video->data, video->rank, video->dim);
    reel_tensor *a = reel_from_host(rt, REEL_F32, audio->data, audio->rank, audio->dim);
    reel_tensor *loss =
        reel_add(rt, reel_mse(rt, out.video, v, NULL), reel_mse(rt, out.audio, a, NULL));
    reel_weights_zero_grads(&dit->weights);
    assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK);
    for (size_t i = 0; i < dit->weights.elements; i++) {
        dit->weights.values[i] -= rate * dit->weights.grads[i];
    }
    const float value = *reel_f32(loss);
    check_rt_free(rt);
    return value;
}

static void thirty_gradient_steps_from_a_fresh_model_take_a_fifth_off_the_loss(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 1);
    assert_int_equal(reel_weights_alloc_grads(&dit.weights), REEL_OK);
    reel_rt *rt = check_rt_new();
    const reel_tensor *video =
        check_random(rt, (check_shape){ 5, { BATCH, FRAMES, ROWS, COLUMNS, 2 } }, 21);
    const reel_tensor *audio = check_random(rt, (check_shape){ 3, { BATCH, SOUNDS, 3 } }, 22);
    const float first = descend(&dit, video, audio, 0.2f);
    float last = first;
    for (int i = 0; i < 30; i++) {
        last = descend(&dit, video, audio, 0.2f);
    }
    if (!(last < 0.8f * first)) {
        fail_msg("loss went from %g to %g", (double)first, (double)last);
    }
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

/* Gradients of a step; returns the bytes it took. */
static size_t step_with(reel_dit *dit, int threads, int recompute, float *grads)
{
    omp_set_num_threads(threads);
    reel_rt *rt = check_rt_new();
    rt->recording = 1;
    reel_dit_input in = inputs(rt, WORDS, 1);
    in.recompute = recompute;
    const reel_dit_output out = reel_dit_forward(rt, dit, &in);
    reel_tensor *loss =
        reel_add(rt, reel_mean_square(rt, out.video), reel_mean_square(rt, out.audio));
    reel_weights_zero_grads(&dit->weights);
    assert_int_equal(reel_backward(rt, loss, 1.0f), REEL_OK);
    memcpy(grads, dit->weights.grads, dit->weights.elements * sizeof *grads);
    const size_t peak = rt->arena.peak;
    check_rt_free(rt);
    return peak;
}

static void one_thread_and_two_give_the_same_gradients_to_the_byte(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 0);
    assert_int_equal(reel_weights_alloc_grads(&dit.weights), REEL_OK);
    const size_t size = dit.weights.elements * sizeof(float);
    float *one = malloc(size), *two = malloc(size);
    assert_non_null(one);
    assert_non_null(two);
    step_with(&dit, 1, 0, one);
    step_with(&dit, 2, 0, two);
    assert_memory_equal(one, two, size);
    free(one);
    free(two);
    reel_dit_deinit(&dit);
}

static void blocks_that_run_again_give_the_same_gradients_in_less_memory(void **state)
{
    (void)state;
    reel_dit dit;
    reel_dit_config config = reel_dit_config_tiny();
    config.dual_blocks = 2;
    config.single_blocks = 3;
    assert_int_equal(reel_dit_init(&dit, &config), REEL_OK);
    reel_weights_randomise(&dit.weights, 1);
    for (int i = 0; i < dit.weights.count; i++) {
        const reel_tensor *t = dit.weights.items[i].tensor;
        for (int64_t j = 0; j < reel_count(t); j++) {
            reel_f32(t)[j] += 0.01f * (float)(j % 5 - 2);
        }
    }
    assert_int_equal(reel_weights_alloc_grads(&dit.weights), REEL_OK);
    const size_t size = dit.weights.elements * sizeof(float);
    float *kept = malloc(size), *again = malloc(size);
    assert_non_null(kept);
    assert_non_null(again);
    size_t peak_kept = step_with(&dit, 2, 0, kept), peak_again = step_with(&dit, 2, 1, again);
    for (size_t i = 0; i < dit.weights.elements; i++) {
        assert_true(kept[i] == again[i]);
    }
    assert_true(2 * peak_again < peak_kept);
    free(kept);
    free(again);
    reel_dit_deinit(&dit);
}

static void an_image_is_a_video_of_one_frame_without_sound(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 0);
    reel_rt *rt = check_rt_new();
    reel_dit_input in = inputs(rt, WORDS, 1);
    in.video = check_random(rt, (check_shape){ 5, { BATCH, 1, ROWS, COLUMNS, 5 } }, 1);
    const reel_dit_output joint = reel_dit_forward(rt, &dit, &in);
    in.audio = NULL;
    const reel_dit_output image = reel_dit_forward(rt, &dit, &in);
    assert_int_equal(rt->status, REEL_OK);
    assert_true(reel_same_shape(image.video, joint.video));
    assert_int_equal(image.video->dim[1], 1);
    assert_int_equal(image.video->dim[4], 2);
    /* the random coupling does matter where there is sound */
    assert_true(check_distance(reel_f32(image.video), reel_f32(joint.video),
                               reel_count(image.video)) > 1e-3);
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

static void a_model_without_coupling_or_text_cross_attention_runs(void **state)
{
    (void)state;
    reel_dit_config config = reel_dit_config_tiny();
    config.av_cross_attention = config.time_alignment = config.text_cross_attention = 0;
    config.av_sigma_count = 0;
    config.velocity_skip = 0;
    config.dual_blocks = 0;
    reel_dit dit;
    assert_int_equal(reel_dit_init(&dit, &config), REEL_OK);
    reel_weights_randomise(&dit.weights, 1);
    reel_rt *rt = check_rt_new();
    const reel_dit_input in = inputs(rt, WORDS, 0);
    const reel_dit_output out = reel_dit_forward(rt, &dit, &in);
    if (rt->status < 0) {
        fail_msg("%s", reel_error_message());
    }
    /* no skip and a fresh head: nothing yet */
    for (int64_t i = 0; i < reel_count(out.video); i++) {
        assert_true(reel_f32(out.video)[i] == 0.0f);
    }
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

static void inputs_that_do_not_fit_are_refused_by_name(void **state)
{
    (void)state;
    reel_dit dit;
    network(&dit, 1);
    reel_rt *rt = check_rt_new();
    reel_dit_input in = inputs(rt, WORDS, 0);
    in.video = check_random(rt, (check_shape){ 5, { BATCH, FRAMES, ROWS, 5, 5 } }, 1);
    reel_dit_forward(rt, &dit, &in);
    assert_int_equal(rt->status, REEL_ERR_SHAPE);
    assert_string_equal(reel_error_message(),
                        "dit: video is [2, 3, 4, 5, 5] f32, expected [B, F, H, W, 5] with H and W "
                        "multiples of 2");
    reel_rt_reset(rt);
    in = inputs(rt, WORDS, 0);
    in.audio_references = SOUNDS;
    reel_dit_forward(rt, &dit, &in);
    assert_int_equal(rt->status, REEL_ERR_INVALID);
    assert_string_equal(reel_error_message(), "dit: references leave nothing to generate");
    check_rt_free(rt);
    reel_dit_deinit(&dit);
}

static void a_saved_model_opens_with_the_same_config_and_weights(void **state)
{
    (void)state;
    reel_dit dit, back;
    network(&dit, 0);
    set_deviations(&dit.config);
    const char *path = scratch_path("dit.safetensors");
    assert_int_equal(reel_dit_save(&dit, path, REEL_F32), REEL_OK);
    if (reel_dit_open(&back, path) < 0) {
        fail_msg("%s", reel_error_message());
    }
    assert_memory_equal(&back.config, &dit.config, sizeof dit.config);
    assert_memory_equal(back.weights.values, dit.weights.values,
                        dit.weights.elements * sizeof(float));
    reel_dit_deinit(&back);
    reel_dit_deinit(&dit);
}

static void a_config_larger_than_its_file_is_refused_before_memory_is_taken(void **state)
{
    (void)state;
    reel_dit dit, back;
    network(&dit, 1);
    const char *path = scratch_path("dit.safetensors");
    dit.config.mlp_ratio = 16;
    dit.config.dual_blocks = 64;
    assert_int_equal(reel_dit_save(&dit, path, REEL_F32), REEL_OK);
    assert_int_equal(reel_dit_open(&back, path), REEL_ERR_FORMAT);
    assert_non_null(strstr(reel_error_message(), "config: describes "));
    assert_null(back.weights.values);
    reel_dit_deinit(&dit);
}

static void check_config(const char *text, const char *message)
{
    reel_dit_config config;
    json_t *object = json_loads(text, 0, NULL);
    assert_int_equal(reel_dit_config_read(&config, object), REEL_ERR_FORMAT);
    assert_string_equal(reel_error_message(), message);
    json_decref(object);
}

static void configs_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    check_config("{\"depth\": 3}", "depth: is no known key");
    check_config("{\"width\": 190}", "width: is 190, expected a multiple of 2 * heads = 6");
    check_config("{\"rope_split\": [24, 20, 24]}",
                 "rope_split: sums to 68, expected width / heads = 64");
    check_config("{\"av_sigma\": [0.1, 0]}", "av_sigma[1]: expected a number from 0.001 to 1000");
    check_config("{\"video_std\": [1, 0]}", "video_std[1]: expected a number from 0.001 to 1000");
    check_config("{\"video_std\": [1, 1]}",
                 "video_std: has 2 values, expected none or video_channels = 12");
    check_config("{\"audio_std\": [1]}",
                 "audio_std: has 1 values, expected none or audio_channels = 32");
    check_config("{\"audio_std\": 1}", "audio_std: expected a list of up to 1024 numbers");
    check_config("{\"dual_blocks\": 0, \"single_blocks\": 0}",
                 "dual_blocks, single_blocks: expected at least one block");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(velocities_and_all_gradients_match_pytorch),
        cmocka_unit_test(padding_text_tokens_do_not_change_the_velocities),
        cmocka_unit_test(a_short_step_adds_what_the_full_one_has_kept),
        cmocka_unit_test(one_modality_alone_equals_the_joint_pass_before_the_coupling_has_learned),
        cmocka_unit_test(video_reads_the_sound_after_the_sound_has_read_the_video),
        cmocka_unit_test(a_dry_pass_counts_the_memory_of_a_step),
        cmocka_unit_test(thirty_gradient_steps_from_a_fresh_model_take_a_fifth_off_the_loss),
        cmocka_unit_test(one_thread_and_two_give_the_same_gradients_to_the_byte),
        cmocka_unit_test(blocks_that_run_again_give_the_same_gradients_in_less_memory),
        cmocka_unit_test(an_image_is_a_video_of_one_frame_without_sound),
        cmocka_unit_test(a_model_without_coupling_or_text_cross_attention_runs),
        cmocka_unit_test(inputs_that_do_not_fit_are_refused_by_name),
        cmocka_unit_test_setup_teardown(a_saved_model_opens_with_the_same_config_and_weights,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            a_config_larger_than_its_file_is_refused_before_memory_is_taken, scratch_setup,
            scratch_teardown),
        cmocka_unit_test(configs_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
