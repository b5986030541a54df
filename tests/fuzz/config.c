/* Fuzz target: any bytes as the config in a part's metadata. What a reader accepts, it must write
 * and accept again as the same thing. */
#include "model/audio_vae/config.h"
#include "base/json.h"
#include "model/dit/config.h"
#include "model/text_encoder/attribute_head.h"
#include "model/text_encoder/config.h"
#include "model/video_vae/config.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define ROUND_TRIP(network, first)                                                                 \
    do {                                                                                           \
        reel_##network##_config config = first, again = first;                                     \
        if (reel_##network##_config_read(&config, object) == REEL_OK) {                            \
            json_t *one = reel_##network##_config_write(&config);                                  \
            if (one && reel_##network##_config_read(&again, one) != REEL_OK) {                     \
                abort();                                                                           \
            }                                                                                      \
            json_t *two = reel_##network##_config_write(&again);                                   \
            if (one && two && !json_equal(one, two)) {                                             \
                abort();                                                                           \
            }                                                                                      \
            json_decref(one);                                                                      \
            json_decref(two);                                                                      \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    json_t *object;
    if (reel_json_parse(&object, (const char *)bytes, size, "fuzz") != REEL_OK) {
        return 0;
    }
    ROUND_TRIP(dit, reel_dit_config_mini());
    ROUND_TRIP(video_vae, reel_video_vae_config_mini());
    ROUND_TRIP(audio_vae, reel_audio_vae_config_mini());
    ROUND_TRIP(text_encoder, reel_text_encoder_config_mini());
    ROUND_TRIP(attribute_head, (reel_attribute_head_config){ 0 });
    json_decref(object);
    return 0;
}
