/* Tokens of every head packed for the tensor cores: [B, L, H * K] f32 to [B * H, L, HEAD] bf16. */
#include "ops/cuda/attention_tile.cuh"

namespace attention
{
/* One thread makes eight numbers. */
static __global__ void pack_heads(uint16_t *to, const float *from, reel_attention_shape s,
                                  int64_t tokens, int head_size)
{
    int64_t chunks = head_size / 8, count = s.batch * tokens * s.heads * chunks;
    REEL_CUDA_EACH(n, count)
    {
        int64_t row = n / chunks, c = (n - row * chunks) * 8;
        int64_t head = row % s.heads, token = row / s.heads; /* of all clips */
        int64_t batch = token / tokens, l = token - batch * tokens;
        const float *x = from + row * s.head_width + c;
        __align__(16) float values[8] = {};
        bool whole = s.head_width % 4 == 0;
        for (int i = 0; i < 8; i += 4) {
            if (whole && c + i < s.head_width) {
                reel_store<4>(values + i, reel_load<4>(x + i));
            }
        }
        for (int i = 0; !whole && i < 8; i++) {
            values[i] = c + i < s.head_width ? x[i] : 0.0f;
        }
        uint4 packed = make_uint4(reel_pack(values[0], values[1]), reel_pack(values[2], values[3]),
                                  reel_pack(values[4], values[5]), reel_pack(values[6], values[7]));
        uint16_t *target = to + ((batch * s.heads + head) * tokens + l) * head_size + c;
        *reinterpret_cast<uint4 *>(target) = packed;
    }
}

/* Elements of one packed tensor, rounded up so that the next one is aligned. */
static size_t packed_count(const reel_attention_shape *s, int64_t tokens)
{
    int64_t count = s->batch * s->heads * tokens * packed_head(s->head_width);
    return (size_t)reel_cuda_ceil(count, 128) * 128;
}

reel_status pack(packed *out, void *scratch, const reel_attention_shape *s,
                 const float *const (&in)[4])
{
    const int64_t tokens[4] = { s->queries, s->keys, s->keys, s->queries };
    const uint16_t *made[4] = {};
    uint16_t *to = (uint16_t *)scratch;
    int head_size = packed_head(s->head_width);
    for (int i = 0; i < 4; i++) {
        if (!in[i]) {
            continue;
        }
        int64_t threads = s->batch * tokens[i] * s->heads * (head_size / 8);
        REEL_TRY(reel_cuda_run({ "attention.pack", reel_cuda_grid(threads), REEL_CUDA_BLOCK, 0 },
                               pack_heads, to, in[i], *s, tokens[i], head_size));
        made[i] = to;
        to += packed_count(s, tokens[i]);
    }
    *out = { made[0], made[1], made[2], made[3] };
    return REEL_OK;
}
} // namespace attention

size_t reel_attention_packed_size(const reel_attention_shape *s, bool grads)
{
    size_t queries = attention::packed_count(s, s->queries);
    size_t keys = attention::packed_count(s, s->keys);
    return ((grads ? 2 : 1) * queries + 2 * keys) * sizeof(uint16_t);
}
