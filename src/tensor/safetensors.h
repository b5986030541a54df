/* Reading and writing safetensors files (https://github.com/huggingface/safetensors: 8 bytes of
 * header length, a JSON header, then the data).
 *
 * A file is hostile until checked: the header is bounded, every range lies inside the file, none
 * overlap, sizes agree with shapes, names are unique. */
#ifndef REEL_TENSOR_SAFETENSORS_H
#define REEL_TENSOR_SAFETENSORS_H

#include "base/file.h"
#include "tensor/weights.h"

typedef struct {
    char *name;
    reel_tensor tensor; /* data points into the mapping, aligned for its type; read-only */
} reel_safetensor;

/* An open file: owned by the caller, released with reel_safetensors_close(). */
typedef struct {
    reel_mapping mapping;
    reel_safetensor *items; /* in the order of their data */
    int count;
    struct json_t *metadata; /* "__metadata__": an object of strings; never NULL */
} reel_safetensors;

/* Fails with REEL_ERR_FORMAT where the file contradicts itself, and with REEL_ERR_UNSUPPORTED where
 * it is well-formed but holds another type, more than REEL_MAX_RANK dimensions, or data that is
 * not aligned for its type (no usual writer makes such files). */
reel_status reel_safetensors_open(reel_safetensors *out, const char *path);
void reel_safetensors_close(reel_safetensors *file);

/* NULL when there is none. Borrowed until close. */
const reel_tensor *reel_safetensors_find(const reel_safetensors *file, const char *name);
/* A metadata string, or NULL. Borrowed until close. */
const char *reel_safetensors_meta(const reel_safetensors *file, const char *key);

/* Check bytes already in memory (the fuzz target's way in); `bytes` must outlive the result. */
reel_status reel_safetensors_parse(reel_safetensors *out, const unsigned char *bytes, size_t size);

/* Fill every declared weight of an allocated set from the file. What the file holds as f16 or bf16
 * is widened; a hidden matrix may be i8 with its scales, [O] f32, beside it as "NAME.scale"
 * (tensor/int8_matrix.h), and becomes whatever form the set was allocated for. For
 * REEL_WEIGHTS_STORED, which i8 is refused for, matrices stay in the mapping and the set takes it.
 * Fails, changing nothing, when one is missing or of another shape, or when the file has one more,
 * naming it: "block.17.to_q.weight: is [1536, 1024] f32, expected [1536, 1536]". */
reel_status reel_weights_load(reel_weights *set, reel_safetensors *file);

/* One tensor to write. */
typedef struct {
    const char *name;
    const reel_tensor *tensor; /* data on the host */
    reel_dtype stored; /* f32 tensors may be stored as f16 or bf16 (round to nearest even) */
} reel_safetensors_entry;

/* Write the entries atomically, those of wider elements first and otherwise in the order given;
 * the data of the file begins at a multiple of 64 bytes. `metadata` is an object of strings, or
 * NULL. Fails with REEL_ERR_INVALID when a finite value is beyond the range of the stored type. */
reel_status reel_safetensors_write(const char *path, const reel_safetensors_entry *entries,
                                   int count, const struct json_t *metadata);

/* All weights of a set, stored as `stored`; REEL_I8 is for hidden matrices, with f16 for the rest.
 * Constants are stored as f32.
 * `values` replaces set->values (an EMA buffer with the same offsets), or NULL. */
reel_status reel_weights_save(const reel_weights *set, const float *values, const char *path,
                              reel_dtype stored, const struct json_t *metadata);

/* Conversions of the storage types (IEEE half and bfloat16), round to nearest even; infinities and
 * NaN stay what they are. */
float reel_f16_to_f32(uint16_t h);
uint16_t reel_f32_to_f16(float x);
float reel_bf16_to_f32(uint16_t h);
uint16_t reel_f32_to_bf16(float x);

#endif
