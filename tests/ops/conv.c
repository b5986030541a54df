/* Convolution in one, two and three dimensions. */
#include "ops/conv.h"

#include "check.h"

static reel_tensor *conv_of(reel_rt *rt, reel_tensor **in, reel_conv_options o)
{
    return reel_conv(rt, in[0], &(reel_conv_params){ .weight = in[1], .bias = in[2] }, &o);
}

static reel_tensor *bare(reel_rt *rt, reel_tensor **in)
{
    return reel_conv(rt, in[0], &(reel_conv_params){ .weight = in[1] }, &(reel_conv_options){ 0 });
}

/* 3x3 in space, frame by frame */
static reel_tensor *spatial(reel_rt *rt, reel_tensor **in)
{
    return conv_of(rt, in,
                   (reel_conv_options){ .pad_front = { 0, 1, 1 }, .pad_back = { 0, 1, 1 } });
}

static reel_tensor *spatial_stride_two(reel_rt *rt, reel_tensor **in)
{
    return conv_of(rt, in,
                   (reel_conv_options){
                       .stride = { 1, 2, 2 }, .pad_front = { 0, 1, 1 }, .pad_back = { 0, 0, 0 } });
}

/* three frames, the present one the last of them */
static reel_tensor *causal(reel_rt *rt, reel_tensor **in)
{
    return conv_of(rt, in,
                   (reel_conv_options){
                       .pad_front = { 2, 1, 1 }, .pad_back = { 0, 1, 1 }, .replicate_time = 1 });
}

static reel_tensor *causal_stride_two(reel_rt *rt, reel_tensor **in)
{
    return conv_of(rt, in,
                   (reel_conv_options){ .stride = { 2, 2, 2 },
                                        .pad_front = { 2, 1, 1 },
                                        .pad_back = { 0, 1, 1 },
                                        .replicate_time = 1 });
}

static reel_tensor *along_tokens(reel_rt *rt, reel_tensor **in)
{
    return conv_of(rt, in,
                   (reel_conv_options){ .pad_front = { 2, 0, 0 }, .pad_back = { 2, 0, 0 } });
}

static reel_tensor *wide_pads(reel_rt *rt, reel_tensor **in)
{
    return conv_of(rt, in,
                   (reel_conv_options){
                       .stride = { 3, 1, 2 }, .pad_front = { 4, 5, 0 }, .pad_back = { 1, 2, 3 } });
}

static reel_tensor *negative_pad(reel_rt *rt, reel_tensor **in)
{
    return conv_of(rt, in, (reel_conv_options){ .pad_front = { 0, -1, 0 } });
}

typedef struct {
    check_operator op;
    int64_t x[5], kernel[3], out;
} conv_case;

static void shapes_of(const conv_case *c, check_shape in[3])
{
    in[0] = (check_shape){ 5, { c->x[0], c->x[1], c->x[2], c->x[3], c->x[4] } };
    in[1] = (check_shape){ 5, { c->out, c->kernel[0], c->kernel[1], c->kernel[2], c->x[4] } };
    in[2] = (check_shape){ 1, { c->out } };
}

static void conv_gives_the_same_answer_on_every_device(void **state)
{
    (void)state;
    static const conv_case cases[] = {
        { spatial, { 2, 3, 9, 7, 48 }, { 1, 3, 3 }, 48 },
        { spatial, { 1, 2, 5, 21, 33 }, { 1, 3, 3 }, 17 },
        { spatial, { 1, 2, 6, 4, 3 }, { 1, 3, 3 }, 50 },
        { spatial, { 1, 1, 18, 40, 96 }, { 1, 3, 3 }, 3 },
        { spatial_stride_two, { 2, 2, 8, 12, 48 }, { 1, 3, 3 }, 96 },
        { spatial_stride_two, { 1, 2, 9, 7, 20 }, { 1, 3, 3 }, 31 },
        { causal, { 2, 5, 6, 5, 32 }, { 3, 3, 3 }, 32 },
        { causal, { 1, 1, 6, 5, 16 }, { 3, 3, 3 }, 16 },
        { causal_stride_two, { 2, 5, 6, 8, 24 }, { 3, 3, 3 }, 40 },
        { along_tokens, { 2, 130, 1, 1, 192 }, { 5, 1, 1 }, 192 },
        { along_tokens, { 1, 1, 1, 1, 5 }, { 5, 1, 1 }, 4 },
        { wide_pads, { 2, 3, 4, 5, 19 }, { 2, 4, 3 }, 18 },
        { bare, { 2, 3, 5, 7, 64 }, { 1, 1, 1 }, 32 },
        { bare, { 2, 4, 8, 6, 16 }, { 2, 2, 2 }, 16 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_shape in[3];
        shapes_of(&cases[i], in);
        check_agrees_everywhere(cases[i].op, in, cases[i].op == bare ? 2 : 3, 1e-6);
    }
}

static void conv_backward_matches_finite_differences(void **state)
{
    (void)state;
    static const conv_case cases[] = {
        { spatial, { 1, 2, 3, 4, 2 }, { 1, 3, 3 }, 3 },
        { spatial_stride_two, { 1, 1, 4, 5, 2 }, { 1, 3, 3 }, 2 },
        { causal_stride_two, { 1, 3, 3, 2, 2 }, { 3, 3, 3 }, 2 },
        { along_tokens, { 2, 6, 1, 1, 3 }, { 5, 1, 1 }, 2 },
        { wide_pads, { 1, 3, 2, 3, 2 }, { 2, 4, 3 }, 2 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_shape in[3];
        shapes_of(&cases[i], in);
        check_gradient(cases[i].op, in, 3);
    }
}

static void conv_matches_pytorch(void **state)
{
    (void)state;
    check_golden("ops/conv_spatial", spatial, 1e-6);
    check_golden("ops/conv_spatial_stride_two", spatial_stride_two, 1e-6);
    check_golden("ops/conv_causal", causal, 1e-6);
    check_golden("ops/conv_along_tokens", along_tokens, 1e-6);
}

static void conv_refuses_what_does_not_fit(void **state)
{
    (void)state;
    check_shape in[] = { { 5, { 1, 2, 6, 6, 4 } }, { 5, { 8, 1, 3, 3, 5 } }, { 1, { 8 } } };
    check_refuses(spatial, in, 3, REEL_ERR_SHAPE, "conv: weight is [8, 1, 3, 3, 5] f32");
    in[1].dim[4] = 4;
    in[2].dim[0] = 7;
    check_refuses(spatial, in, 3, REEL_ERR_SHAPE, "bias is [7] f32");
    in[2].dim[0] = 8;
    in[1].dim[1] = 3;
    check_refuses(spatial, in, 3, REEL_ERR_SHAPE, "x is [1, 2, 6, 6, 4] f32");
    check_refuses(negative_pad, in, 3, REEL_ERR_INVALID, "negative");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conv_gives_the_same_answer_on_every_device),
        cmocka_unit_test(conv_backward_matches_finite_differences),
        cmocka_unit_test(conv_matches_pytorch),
        cmocka_unit_test(conv_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
