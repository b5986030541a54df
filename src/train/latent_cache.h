/* Clips as latents on disk: what the diffusion transformer is trained on.
 *
 * A cache is a folder for clips of one geometry, made by one pair of codecs:
 *
 *     cache.json                what it holds, see reel_cache_spec
 *     blank.safetensors         "video" and "audio" of a black and silent clip
 *     shard_000000.safetensors  up to 256 clips: "video" f16 [N, Fl, Hl, Wl, C], "audio" f16
 *                               [N, La, Ca] (absent for still images), "captions" u8: short, long
 *                               and structured caption of each clip, each ended by 0
 *
 * All shards but the last are full. Shards appear whole, so a cache may be read while it grows, and
 * making it goes on where it was stopped. */
#ifndef REEL_TRAIN_LATENT_CACHE_H
#define REEL_TRAIN_LATENT_CACHE_H

#include "base/json.h"
#include "tensor/safetensors.h"

enum {
    REEL_CACHE_SHARD = 256,
    REEL_CACHE_SHARDS_MAX = 16384,
    REEL_CAPTIONS = 3 /* short, long, structured */
};

typedef struct {
    int width, height; /* pixels */
    int frames;        /* 1 + n * temporal stride of the VAE; 1: still images, without sound */
    int fps;
    char data[1024];                   /* "world" or a folder */
    char video_vae[24], audio_vae[24]; /* fingerprints of the codecs */
    uint64_t seed;                     /* of the world */
} reel_cache_spec;

reel_status reel_cache_spec_read(reel_cache_spec *out, const json_t *object);
json_t *reel_cache_spec_write(const reel_cache_spec *spec);

/* One clip. Everything is borrowed from the cache until it is closed. */
typedef struct {
    const uint16_t *video; /* f16 [Fl, Hl, Wl, C] */
    const uint16_t *audio; /* f16 [La, Ca], NULL without sound */
    const char *caption[REEL_CAPTIONS];
} reel_cache_clip;

typedef struct {
    reel_safetensors file;
    const uint16_t *video, *audio;
    const char **captions; /* [count * REEL_CAPTIONS] */
    int count;
} reel_cache_shard;

typedef struct {
    char *dir;
    reel_cache_spec spec;
    int latent_frames, latent_height, latent_width, channels; /* of the video */
    int audio_latents, audio_channels;                        /* 0 without sound */
    float *blank_video, *blank_audio; /* [Fl, Hl, Wl, C], [La, Ca] or NULL */
    reel_cache_shard **shards;
    int shard_count;
    int64_t count; /* clips */
} reel_latent_cache;

/* Owned by the caller, released with reel_latent_cache_close(). REEL_ERR_NOT_FOUND when there is
 * none, REEL_ERR_FORMAT. A cache may hold no clips yet. */
reel_status reel_latent_cache_open(reel_latent_cache *out, const char *dir);
void reel_latent_cache_close(reel_latent_cache *cache);

/* Take in the shards that appeared since; what was borrowed stays. */
reel_status reel_latent_cache_refresh(reel_latent_cache *cache);

/* index in 0 .. count-1 */
reel_cache_clip reel_latent_cache_get(const reel_latent_cache *cache, int64_t index);

/* "DIR/shard_000012.safetensors". Owned by the caller, released with free(); NULL without memory.
 */
char *reel_cache_shard_path(const char *dir, int shard);

#endif
