/* Where tokens stand: the clock of both towers, rotations, the time map. */
#include "model/dit/rope_positions.h"

#include "check.h"

#include <math.h>

/* 16 frames per second, stride 4; sound at 8 latents per second, so that numbers are round. */
static reel_dit_config config_of_clock(void)
{
    reel_dit_config c = reel_dit_config_tiny();
    c.audio_latents_per_second = 8.0;
    return c;
}

static const reel_dit_grid film = {
    .frames = 4, .references = 1, .rows = 2, .columns = 3, .frames_per_second = 16
};
static const reel_dit_grid sound = { .frames = 7, .references = 2, .rows = 1, .columns = 1 };

static void check_values(const reel_tensor *t, const double *expected, int count)
{
    assert_int_equal(reel_count(t), count);
    for (int i = 0; i < count; i++) {
        assert_true(fabs((double)reel_f32(t)[i] - expected[i]) < 1e-5);
    }
}

static void video_tokens_stand_at_the_mean_time_of_their_pixel_frames(void **state)
{
    (void)state;
    const reel_dit_config c = config_of_clock();
    reel_rt *rt = check_rt_new();
    const reel_dit_positions p = reel_dit_positions_video(rt, &c, &film);
    /* the reference one latent frame before the clip; frame 0; frames 1..4; frames 5..8 */
    const double frames[] = { -4.0 / 16, 0.0, 2.5 / 16, 6.5 / 16 };
    double expected[24];
    for (int i = 0; i < 24; i++) {
        expected[i] = frames[i / 6];
    }
    check_values(p.seconds, expected, 24);
    check_rt_free(rt);
}

static void audio_tokens_stand_in_the_middle_of_their_samples(void **state)
{
    (void)state;
    const reel_dit_config c = config_of_clock();
    reel_rt *rt = check_rt_new();
    const double expected[] = { -1.5 / 8, -0.5 / 8, 0.5 / 8, 1.5 / 8, 2.5 / 8, 3.5 / 8, 4.5 / 8 };
    check_values(reel_dit_positions_audio(rt, &c, &sound).seconds, expected, 7);
    check_rt_free(rt);
}

static void rotations_are_time_then_height_then_width(void **state)
{
    (void)state;
    const reel_dit_config c = config_of_clock(); /* pairs: 2 of time, 1 of height, 1 of width */
    reel_rt *rt = check_rt_new();
    const reel_dit_positions p = reel_dit_positions_video(rt, &c, &film);
    /* the last token: 6.5 / 16 s; row 1 of 2, column 2 of 3; the short side has two tokens */
    const double time = 6.5 / 16 * c.rope_video_rate, unit = c.rope_space_rate / 2;
    const double expected[] = { time, time / 10.0, 0.5 * unit, 1.0 * unit };
    const reel_tensor last = { .rank = 1, .dim = { 4 }, .data = reel_f32(p.angles) + 23 * 4 };
    check_values(&last, expected, 4);
    check_rt_free(rt);
}

static void both_towers_share_the_angles_of_a_moment(void **state)
{
    (void)state;
    const reel_dit_config c = config_of_clock();
    reel_rt *rt = check_rt_new();
    const reel_dit_positions video = reel_dit_positions_video(rt, &c, &film);
    const reel_dit_positions audio = reel_dit_positions_audio(rt, &c, &sound);
    for (int side = 0; side < 2; side++) {
        const reel_dit_positions *p = side ? &audio : &video;
        for (int64_t i = 0; i < p->seconds->dim[0]; i++) {
            const float *angles = reel_f32(p->cross_angles) + 4 * i;
            const double seconds = (double)reel_f32(p->seconds)[i];
            assert_true(fabs((double)angles[0] - seconds * c.rope_cross_rate) < 1e-5);
        }
    }
    check_rt_free(rt);
}

static void position_features_have_a_mean_square_of_one_half(void **state)
{
    (void)state;
    const reel_dit_config c = config_of_clock();
    reel_rt *rt = check_rt_new();
    const reel_tensor *f = reel_dit_positions_video(rt, &c, &film).features;
    double sum = 0.0;
    for (int64_t i = 0; i < reel_count(f); i++) {
        sum += (double)reel_f32(f)[i] * (double)reel_f32(f)[i];
    }
    assert_int_equal(f->dim[1], 6 * c.position_frequencies);
    assert_true(fabs(sum / (double)reel_count(f) - 0.5) < 1e-5);
    check_rt_free(rt);
}

static void the_time_map_finds_each_other_stream_at_the_same_moment(void **state)
{
    (void)state;
    const reel_dit_config c = config_of_clock();
    reel_rt *rt = check_rt_new();
    const reel_dit_time_map map = reel_dit_time_map_build(rt, &c, &film, &sound);
    /* pixel frame n of the clip is row n + 3 + 4 (one reference); 8 latents are 16 frames, so
     * latent j is heard at frame 2 j + 1; the clip has frames 0..8 */
    const double rows[] = {
        7,  7,  7,  7,  7,  7, /* references: clamped to frame 0 */
        7,  8,  9,             /* latent 0, frames 0, 1, 2 */
        9,  10, 11, 11, 12, 13,
        13, 14, 15, 15, 15, 15, /* latent 4 is heard at frame 9, after the last */
    };
    check_values(map.of_audio, rows, 21);
    /* frame n is at n / 16 s, latent n / 2 - 0.5, after two references; clamped to latent 0 */
    const double latents[] = {
        2, 2,   2, 2, /* the reference */
        2, 2,   2, 2, /* frame 0 stands alone */
        2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5,
    };
    check_values(map.of_video, latents, 16);
    check_rt_free(rt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(video_tokens_stand_at_the_mean_time_of_their_pixel_frames),
        cmocka_unit_test(audio_tokens_stand_in_the_middle_of_their_samples),
        cmocka_unit_test(rotations_are_time_then_height_then_width),
        cmocka_unit_test(both_towers_share_the_angles_of_a_moment),
        cmocka_unit_test(position_features_have_a_mean_square_of_one_half),
        cmocka_unit_test(the_time_map_finds_each_other_stream_at_the_same_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
