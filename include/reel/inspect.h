/* What a file holds: a part of a model, a whole model, a film; and what a film will cost. */
#ifndef REEL_INSPECT_H
#define REEL_INSPECT_H

#include "reel/generate.h"
#include "reel/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A JSON object about `path`, owned by the caller, released with free(). Its "kind" is
 *
 *   "part"   a .safetensors file: part, config, parameters, bytes (of the file),
 *            tensors [{name, dtype, shape}]
 *   "model"  a model directory: name, version, parts [{part, file, parameters, bytes}],
 *            parameters, bytes, defaults, about (licence, scores: whatever else model.json says)
 *   "film", "sound", "image"  any other file: container, seconds, tracks, video {codec, width,
 *            height, fps, frames}, audio {codec, channels, sampleRate}, tags (title, comment);
 *            what the file does not say is left out
 *
 * Only headers are read. Members keep this order.
 * Fails with REEL_ERR_NOT_FOUND, REEL_ERR_FORMAT, REEL_ERR_UNSUPPORTED, REEL_ERR_IO. */
reel_status reel_inspect(char **out, const char *path);

/* The memory that a film takes, as the JSON object {kind: "memory", model, seconds, aspect,
 * resolution, audio, weightBytes, requestBytes, bytes}; bytes is the sum. The prompt may be NULL.
 * Fails as reel_engine_open() and reel_generate() do. */
reel_status reel_inspect_memory(char **out, const char *model_dir, const reel_request *request);

#ifdef __cplusplus
}
#endif
#endif
