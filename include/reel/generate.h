/* Generating films: a loaded model, a request, a clip. */
#ifndef REEL_GENERATE_H
#define REEL_GENERATE_H

#include "reel/clip.h"
#include "reel/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A loaded model on one device. One reel_engine serves one generation at a time; a server gives
 * each of its workers its own. */
typedef struct reel_engine reel_engine;

typedef enum { REEL_VIDEO, REEL_AUDIO } reel_modality;

enum {
    REEL_PROMPT_MAX = 5120,  /* characters of a prompt */
    REEL_STEP_CACHE_MAX = 16 /* of reel_request.step_cache */
};

/* Somebody who watches a film being made. `wants` is asked after each evaluation of the network;
 * where it says non-zero, `show` receives the first frame as it would become if nothing changed any
 * more: a clip of one frame at the size of the network, borrowed until it returns. Both run on the
 * thread that called reel_generate(). */
typedef struct {
    int (*wants)(void *user);
    void (*show)(const reel_clip *frame, void *user);
    void *user;
} reel_preview;

typedef struct {
    size_t size;                 /* set by REEL_REQUEST_INIT; lets the struct grow */
    const char *prompt;          /* UTF-8, 1 .. REEL_PROMPT_MAX characters */
    const char *negative_prompt; /* UTF-8, or NULL for the empty prompt */
    const char *aspect;          /* "16:9" "9:16" "4:3" "3:4" "1:1" */
    const char *resolution;      /* "base" (as the model makes it) "480p" "720p" "1080p" */
    double seconds;              /* 3 .. 15 */
    int steps;                   /* denoising steps, 1 .. 1000; 0: the model's default */
    float cfg_video, cfg_audio;  /* guidance scales, 0 .. 100; 1 turns guidance off; negative: the
                                  * model's default */
    const char *solver;          /* "euler" "heun" */
    int audio;                   /* 0: a silent film */
    uint64_t seed;               /* same seed, same film */
    const reel_preview *preview; /* NULL: nobody watches; the film is the same */
    const char *latents_path; /* a file that keeps what denoising made; NULL: none. If it is there
                               * and was made by this model for this request, only decoding is
                               * left to do; otherwise it is written. The caller removes it */
    int step_cache;           /* N: of N evaluations of the transformer one is full, the others
                               * reuse most of it; faster, not exact. 1: all are full */
} reel_request;

#define REEL_REQUEST_INIT                                                                          \
    {                                                                                              \
        .size = sizeof(reel_request), .aspect = "16:9", .resolution = "480p", .seconds = 5.0,      \
        .cfg_video = -1.0f, .cfg_audio = -1.0f, .solver = "euler", .audio = 1, .step_cache = 1     \
    }

/* Called before the first step and after each one, on the thread that called reel_generate().
 * `phase` is one of "text", "denoise", "decode". Return non-zero to cancel. */
typedef int (*reel_progress_fn)(const char *phase, int done, int total, void *user);

/* Load the parts that `model_dir`/model.json names.
 *
 * device    "cpu" (or NULL), or "cuda[:N][,f32|tf32|bf16]": the N-th NVIDIA GPU (0) and how it
 *           computes products (tf32)
 * weights   how the transformer computes:
 *   "f32"     (or NULL) as it was trained; the one form of a GPU
 *   "stored"  the same films, but hidden matrices stay in the mapped file as it holds them (f16,
 *             bf16, f32) and are widened when they are used: half the memory, a little slower
 *   "int8"    hidden matrices in 8 bits, a quarter of the memory; several times faster on
 *             processors that multiply bytes (AVX512-VNNI), slower on others
 *   "auto"    int8 on such processors, f32 elsewhere
 *
 * Fails with REEL_ERR_NOT_FOUND (no such directory, part or GPU), REEL_ERR_FORMAT (a part is
 * damaged or parts do not fit together), REEL_ERR_INVALID (no such device or form),
 * REEL_ERR_UNSUPPORTED (a build without CUDA, or a form that the device does not know). Owned by
 * the caller, released with reel_engine_close(). */
reel_status reel_engine_open(reel_engine **out, const char *model_dir, const char *device,
                             const char *weights);
void reel_engine_close(reel_engine *engine);

/* "cpu" or "cuda:0 NVIDIA H200, tf32". Borrowed until close. */
const char *reel_engine_device(const reel_engine *engine);

/* "mini 0.1": name and version of the loaded model. Borrowed until close. */
const char *reel_engine_name(const reel_engine *engine);

/* Denoising steps of a request that names none. */
int reel_engine_steps(const reel_engine *engine);

/* Bytes of memory that this request will need beside the loaded weights; 0 with a message when
 * the request itself is refused. Costs no step, and may be asked while the engine generates. */
size_t reel_engine_memory(reel_engine *engine, const reel_request *request);

/* Generate one clip.
 *
 * out       filled on success, owned by the caller, released with reel_clip_free(); zeroed on
 *           failure
 * progress  may be NULL
 * returns   REEL_OK
 *           REEL_ERR_INVALID    a field of the request is out of range (the message names it)
 *           REEL_ERR_MEMORY     reported before the first step, never in the middle of a run
 *           REEL_ERR_CANCELLED  progress() asked to stop */
reel_status reel_generate(reel_clip *out, reel_engine *engine, const reel_request *request,
                          reel_progress_fn progress, void *user);

/* Send a base film through the codecs of the model and back: the ceiling of what it can generate.
 * The clip is replaced by one of the same frames and samples. Fails with REEL_ERR_INVALID when its
 * sides are no whole tokens or its sound is not stereo at the model's rate; it is then unchanged.
 */
reel_status reel_engine_round_trip(reel_engine *engine, reel_clip *clip);

/* What a written film says of its origin. All borrowed; any may be NULL. */
typedef struct {
    const char *model, *prompt;
    const char *request_hash; /* SHA-256 of the request in hexadecimal */
    uint64_t seed;
} reel_provenance;

/* Write a film by the ending of its name: .mp4 or .mov (H.264 and AAC), .webm (VP9 and Opus); or an
 * image of the first frame: .png or .jpg.
 *
 * quality     20 (small) .. 99 (near lossless) of the picture, 0 for 95; .png is always lossless
 * provenance  may be NULL
 *
 * Nothing is left at `path` on failure. */
reel_status reel_clip_write(const reel_clip *clip, const char *path, int quality,
                            const reel_provenance *provenance);

/* One picture of `columns` x `rows` frames (1 .. 16 each) of a film, evenly spread from the first
 * on, row by row, each `tile_width` pixels wide or as wide as the film if that is less. `out` is a
 * clip of one frame, owned by the caller, released with reel_clip_free(); zeroed on failure. Fails
 * with REEL_ERR_INVALID (a clip without frames, a number out of range), REEL_ERR_MEMORY. */
reel_status reel_clip_sheet(reel_clip *out, const reel_clip *clip, int columns, int rows,
                            int tile_width);

#ifdef __cplusplus
}
#endif
#endif
