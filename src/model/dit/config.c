/* Reading, checking and writing the sizes of the diffusion transformer. */
#include "model/dit/config.h"

#include "base/error.h"
#include "base/json.h"

reel_dit_config reel_dit_config_mini(void)
{
    return (reel_dit_config){
        .width = 192,
        .heads = 3,
        .text_width = 192,
        .mlp_ratio = 4,
        .dual_blocks = 2,
        .single_blocks = 4,
        .video_channels = 12,
        .audio_channels = 32,
        .patch = 2,
        .frames_per_second = 16.0,
        .temporal_stride = 4,
        .audio_latents_per_second = 44100.0 / 2048.0,
        .rope_split = { 24, 20, 20 },
        .rope_base = 100.0,
        .rope_video_rate = 4.0,
        .rope_audio_rate = 16.0,
        .rope_cross_rate = 8.0,
        .rope_space_rate = 8.0,
        .position_frequencies = 12,
        .text_cross_attention = 1,
        .av_cross_attention = 1,
        .av_sigma_count = 3,
        .av_sigma = { 0.1, 0.3, 0.8 },
        .time_alignment = 1,
        .alignment_heads = 4,
        .alignment_features = 32,
        .velocity_skip = 1,
    };
}

reel_dit_config reel_dit_config_tiny(void)
{
    reel_dit_config c = reel_dit_config_mini();
    c.width = 16;
    c.heads = 2;
    c.text_width = 8;
    c.mlp_ratio = 1;
    c.dual_blocks = 1;
    c.single_blocks = 1;
    c.video_channels = 2;
    c.audio_channels = 3;
    c.rope_split[0] = 4;
    c.rope_split[1] = 2;
    c.rope_split[2] = 2;
    c.position_frequencies = 2;
    c.av_sigma_count = 2;
    c.alignment_heads = 2;
    c.alignment_features = 4;
    return c;
}

reel_status reel_dit_config_check(const reel_dit_config *c)
{
    if (c->width % (2 * c->heads) != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "width: is %d, expected a multiple of 2 * heads = %d",
                         c->width, 2 * c->heads);
    }
    int head = c->width / c->heads, split = 0;
    for (int axis = 0; axis < 3; axis++) {
        split += c->rope_split[axis];
        if (c->rope_split[axis] % 2 != 0) {
            return REEL_FAIL(REEL_ERR_FORMAT, "rope_split[%d]: is %d, expected an even number",
                             axis, c->rope_split[axis]);
        }
    }
    if (split != head) {
        return REEL_FAIL(REEL_ERR_FORMAT, "rope_split: sums to %d, expected width / heads = %d",
                         split, head);
    }
    if (c->av_sigma_count != 0 && c->av_sigma_count != c->heads) {
        return REEL_FAIL(REEL_ERR_FORMAT, "av_sigma: has %d values, expected none or heads = %d",
                         c->av_sigma_count, c->heads);
    }
    if (c->video_std_count != 0 && c->video_std_count != c->video_channels) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "video_std: has %d values, expected none or video_channels = %d",
                         c->video_std_count, c->video_channels);
    }
    if (c->audio_std_count != 0 && c->audio_std_count != c->audio_channels) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "audio_std: has %d values, expected none or audio_channels = %d",
                         c->audio_std_count, c->audio_channels);
    }
    if (c->dual_blocks + c->single_blocks < 1) {
        return REEL_FAIL(REEL_ERR_FORMAT,
                         "dual_blocks, single_blocks: expected at least one block");
    }
    return REEL_OK;
}

/* A list of numbers from 0.001 to 1000, `most` at most. */
static reel_status read_list(double *out, int *count, const json_t *object, const char *key,
                             int most)
{
    const json_t *list = json_object_get(object, key);
    if (!list) {
        return REEL_OK;
    }
    if (!json_is_array(list) || json_array_size(list) > (size_t)most) {
        return REEL_FAIL(REEL_ERR_FORMAT, "%s: expected a list of up to %d numbers", key, most);
    }
    *count = (int)json_array_size(list);
    for (int i = 0; i < *count; i++) {
        const json_t *item = json_array_get(list, (size_t)i);
        double value = json_number_value(item);
        if (!json_is_number(item) || !(value >= 0.001 && value <= 1000.0)) {
            return REEL_FAIL(REEL_ERR_FORMAT, "%s[%d]: expected a number from 0.001 to 1000", key,
                             i);
        }
        out[i] = value;
    }
    return REEL_OK;
}

static reel_status read_sizes(reel_dit_config *c, const json_t *o)
{
    REEL_TRY(reel_json_int(&c->width, o, "width", 4, 16384));
    REEL_TRY(reel_json_int(&c->heads, o, "heads", 1, REEL_DIT_MAX_HEADS));
    REEL_TRY(reel_json_int(&c->text_width, o, "text_width", 1, 65536));
    REEL_TRY(reel_json_int(&c->mlp_ratio, o, "mlp_ratio", 1, 16));
    REEL_TRY(reel_json_int(&c->dual_blocks, o, "dual_blocks", 0, REEL_DIT_MAX_BLOCKS / 2));
    REEL_TRY(reel_json_int(&c->single_blocks, o, "single_blocks", 0, REEL_DIT_MAX_BLOCKS / 2));
    REEL_TRY(reel_json_int(&c->video_channels, o, "video_channels", 1, REEL_DIT_MAX_CHANNELS));
    REEL_TRY(reel_json_int(&c->audio_channels, o, "audio_channels", 1, REEL_DIT_MAX_CHANNELS));
    REEL_TRY(reel_json_int(&c->patch, o, "patch", 1, 16));
    REEL_TRY(reel_json_double(&c->frames_per_second, o, "frames_per_second", 1, 240));
    REEL_TRY(reel_json_int(&c->temporal_stride, o, "temporal_stride", 1, 64));
    return reel_json_double(&c->audio_latents_per_second, o, "audio_latents_per_second", 1, 4096);
}

static reel_status read_positions(reel_dit_config *c, const json_t *o)
{
    REEL_TRY(reel_json_ints(c->rope_split, 3, o, "rope_split", 0, 16384));
    REEL_TRY(reel_json_double(&c->rope_base, o, "rope_base", 2, 1e8));
    REEL_TRY(reel_json_double(&c->rope_video_rate, o, "rope_video_rate", 0.001, 10000));
    REEL_TRY(reel_json_double(&c->rope_audio_rate, o, "rope_audio_rate", 0.001, 10000));
    REEL_TRY(reel_json_double(&c->rope_cross_rate, o, "rope_cross_rate", 0.001, 10000));
    REEL_TRY(reel_json_double(&c->rope_space_rate, o, "rope_space_rate", 0.001, 10000));
    return reel_json_int(&c->position_frequencies, o, "position_frequencies", 2, 256);
}

reel_status reel_dit_config_read(reel_dit_config *out, const json_t *object)
{
    static const char *const keys[] = {
        "width",
        "heads",
        "text_width",
        "mlp_ratio",
        "dual_blocks",
        "single_blocks",
        "video_channels",
        "audio_channels",
        "patch",
        "frames_per_second",
        "temporal_stride",
        "audio_latents_per_second",
        "rope_split",
        "rope_base",
        "rope_video_rate",
        "rope_audio_rate",
        "rope_cross_rate",
        "rope_space_rate",
        "position_frequencies",
        "text_cross_attention",
        "av_cross_attention",
        "av_sigma",
        "time_alignment",
        "alignment_heads",
        "alignment_features",
        "velocity_skip",
        "video_std",
        "audio_std",
        NULL,
    };
    reel_dit_config c = reel_dit_config_mini();
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(read_sizes(&c, object));
    REEL_TRY(read_positions(&c, object));
    REEL_TRY(reel_json_bool(&c.text_cross_attention, object, "text_cross_attention"));
    REEL_TRY(reel_json_bool(&c.av_cross_attention, object, "av_cross_attention"));
    REEL_TRY(read_list(c.av_sigma, &c.av_sigma_count, object, "av_sigma", REEL_DIT_MAX_HEADS));
    REEL_TRY(reel_json_bool(&c.time_alignment, object, "time_alignment"));
    REEL_TRY(reel_json_int(&c.alignment_heads, object, "alignment_heads", 1, 64));
    REEL_TRY(reel_json_int(&c.alignment_features, object, "alignment_features", 1, 1024));
    REEL_TRY(reel_json_bool(&c.velocity_skip, object, "velocity_skip"));
    REEL_TRY(
        read_list(c.video_std, &c.video_std_count, object, "video_std", REEL_DIT_MAX_CHANNELS));
    REEL_TRY(
        read_list(c.audio_std, &c.audio_std_count, object, "audio_std", REEL_DIT_MAX_CHANNELS));
    REEL_TRY(reel_dit_config_check(&c));
    *out = c;
    return REEL_OK;
}

static json_t *write_list(const double *values, int count)
{
    json_t *list = json_array();
    for (int i = 0; list && i < count; i++) {
        json_array_append_new(list, json_real(values[i]));
    }
    return list;
}

json_t *reel_dit_config_write(const reel_dit_config *c)
{
    return json_pack(
        "{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:f, s:i, s:f,"
        " s:[i, i, i], s:f, s:f, s:f, s:f, s:f, s:i, s:b, s:b, s:o, s:b, s:i, s:i, s:b, s:o, s:o}",
        "width", c->width, "heads", c->heads, "text_width", c->text_width, "mlp_ratio",
        c->mlp_ratio, "dual_blocks", c->dual_blocks, "single_blocks", c->single_blocks,
        "video_channels", c->video_channels, "audio_channels", c->audio_channels, "patch", c->patch,
        "frames_per_second", c->frames_per_second, "temporal_stride", c->temporal_stride,
        "audio_latents_per_second", c->audio_latents_per_second, "rope_split", c->rope_split[0],
        c->rope_split[1], c->rope_split[2], "rope_base", c->rope_base, "rope_video_rate",
        c->rope_video_rate, "rope_audio_rate", c->rope_audio_rate, "rope_cross_rate",
        c->rope_cross_rate, "rope_space_rate", c->rope_space_rate, "position_frequencies",
        c->position_frequencies, "text_cross_attention", c->text_cross_attention,
        "av_cross_attention", c->av_cross_attention, "av_sigma",
        write_list(c->av_sigma, c->av_sigma_count), "time_alignment", c->time_alignment,
        "alignment_heads", c->alignment_heads, "alignment_features", c->alignment_features,
        "velocity_skip", c->velocity_skip, "video_std",
        write_list(c->video_std, c->video_std_count), "audio_std",
        write_list(c->audio_std, c->audio_std_count));
}
