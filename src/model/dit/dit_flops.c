/* The arithmetic of a forward pass, for schedules, logs and the share of peak. */
#include "model/dit/dit.h"

/* Matrix products of [rows, in] by [in, out]. */
static double product(double rows, double in, double out)
{
    return 2.0 * rows * in * out;
}

static double attention(double queries, double keys, double width)
{
    return 4.0 * queries * keys * width;
}

/* One tower without the coupling: L tokens, Lt of text. */
static double tower(const reel_dit_config *c, double length, double text, double channels,
                    double patch)
{
    const double d = c->width, ratio = c->mlp_ratio, cells = patch * patch;
    const int blocks = c->dual_blocks + c->single_blocks;
    double sum = product(text, c->text_width, d);
    sum += product(length, cells * (2 * channels + 1), d) + product(length, d, cells * channels);
    for (int i = 0; i < blocks; i++) {
        const double text_out = i + 1 < blocks ? text : 0.0; /* of the last, only keys and values */
        sum += product(length, d, (4 + 2 * ratio) * d);
        sum += product(text, d, 2 * d) + product(text_out, d, (2 + 2 * ratio) * d);
        sum += attention(length + text_out, length + text, d);
        if (c->text_cross_attention) {
            sum += product(length + text, d, 2 * d) + attention(length, text, d);
        }
    }
    return sum;
}

static double coupling(const reel_dit_config *c, double video, double audio)
{
    const double d = c->width, n = c->alignment_features, s = c->temporal_stride;
    double sum = 0.0;
    if (c->av_cross_attention) {
        sum += 2.0 * (product(video + audio, d, 2 * d) + attention(video, audio, d));
    }
    if (c->time_alignment) {
        sum += product(video, d, n * c->alignment_heads) + product(audio, d, n);
        sum += product(audio, 3 * n, d) + attention(1, video, n * c->alignment_heads);
        sum += product(audio, s * n, d);
    }
    return sum * (c->dual_blocks + c->single_blocks);
}

double reel_dit_flops(const reel_dit_config *config, int64_t video_tokens, int64_t audio_tokens,
                      int64_t text_tokens)
{
    const double video = (double)video_tokens, audio = (double)audio_tokens;
    const double text = (double)text_tokens;
    double sum = 0.0;
    if (video_tokens > 0) {
        sum += tower(config, video, text, config->video_channels, config->patch);
    }
    if (audio_tokens > 0) {
        sum += tower(config, audio, text, config->audio_channels, 1.0);
    }
    if (video_tokens > 0 && audio_tokens > 0) {
        sum += coupling(config, video, audio);
    }
    return sum;
}
