/* Reading, checking and writing the sizes of the text encoder. */
#include "model/text_encoder/config.h"

#include "base/error.h"
#include "base/json.h"
#include "model/text_encoder/tokenizer.h"

reel_text_encoder_config reel_text_encoder_config_mini(void)
{
    return (reel_text_encoder_config){
        .vocabulary = 1024,
        .width = 192,
        .heads = 3,
        .blocks = 3,
        .hidden = 512,
        .max_tokens = 96,
        .rope_base = 1000.0,
    };
}

reel_text_encoder_config reel_text_encoder_config_tiny(void)
{
    return (reel_text_encoder_config){
        .vocabulary = 300,
        .width = 24,
        .heads = 2,
        .blocks = 2,
        .hidden = 40,
        .max_tokens = 16,
        .rope_base = 100.0,
    };
}

reel_status reel_text_encoder_config_check(const reel_text_encoder_config *c)
{
    if (c->width % (2 * c->heads) != 0) {
        return REEL_FAIL(REEL_ERR_FORMAT, "width: is %d, expected a multiple of 2 * heads = %d",
                         c->width, 2 * c->heads);
    }
    return REEL_OK;
}

reel_status reel_text_encoder_config_read(reel_text_encoder_config *out, const json_t *object)
{
    static const char *const keys[] = {
        "vocabulary", "width", "heads", "blocks", "hidden", "max_tokens", "rope_base", NULL,
    };
    reel_text_encoder_config c = reel_text_encoder_config_mini();
    REEL_TRY(reel_json_only(object, keys));
    REEL_TRY(reel_json_int(&c.vocabulary, object, "vocabulary", REEL_TOKEN_MERGES,
                           REEL_TOKENIZER_MAX_VOCABULARY));
    REEL_TRY(reel_json_int(&c.width, object, "width", 4, 16384));
    REEL_TRY(reel_json_int(&c.heads, object, "heads", 1, 64));
    REEL_TRY(reel_json_int(&c.blocks, object, "blocks", 1, 64));
    REEL_TRY(reel_json_int(&c.hidden, object, "hidden", 1, 65536));
    REEL_TRY(reel_json_int(&c.max_tokens, object, "max_tokens", 2, 4096));
    REEL_TRY(reel_json_double(&c.rope_base, object, "rope_base", 2, 1e8));
    REEL_TRY(reel_text_encoder_config_check(&c));
    *out = c;
    return REEL_OK;
}

json_t *reel_text_encoder_config_write(const reel_text_encoder_config *c)
{
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:f}", "vocabulary", c->vocabulary, "width",
                     c->width, "heads", c->heads, "blocks", c->blocks, "hidden", c->hidden,
                     "max_tokens", c->max_tokens, "rope_base", c->rope_base);
}
