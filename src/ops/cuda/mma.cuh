/* The instructions of the tensor cores, and the copies that feed them (sm_80 and later). A warp
 * multiplies [16, 16] by [16, 8]; lane l, with g = l / 4 and t = l % 4, holds
 *
 *     a[0] (g, 2t)  a[1] (g + 8, 2t)  a[2] (g, 2t + 8)  a[3] (g + 8, 2t + 8)     two bf16 each,
 *     b0 (2t, g)  b1 (2t + 8, g)                                 the second one column, one row on
 *     d[0] (g, 2t)  d[1] (g, 2t + 1)  d[2] (g + 8, 2t)  d[3] (g + 8, 2t + 1)
 *
 * as (row, column) of A, B and D: a D is the A of the next product once it is packed. */
#ifndef REEL_OPS_CUDA_MMA_CUH
#define REEL_OPS_CUDA_MMA_CUH

#include <cstdint>
#include <cuda_bf16.h>

/* d += a b */
static __device__ inline void reel_mma(float (&d)[4], const uint32_t (&a)[4], uint32_t b0,
                                       uint32_t b1)
{
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

static __device__ inline uint32_t reel_shared_address(const void *p)
{
    return (uint32_t)__cvta_generic_to_shared(p);
}

/* Four [8, 8] matrices of bf16 from shared memory: lanes 8i .. 8i+7 give the addresses of the rows
 * of matrix i (16 bytes each, aligned), of which r[i] receives elements (g, 2t) and (g, 2t + 1). */
static __device__ inline void reel_load_matrices(uint32_t (&r)[4], const void *row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(reel_shared_address(row))
                 : "memory");
}

/* The same, transposed: r[i] receives elements (2t, g) and (2t + 1, g). */
static __device__ inline void reel_load_transposed(uint32_t (&r)[4], const void *row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
                 : "r"(reel_shared_address(row))
                 : "memory");
}

/* Two numbers as bf16, the first in the low half. */
static __device__ inline uint32_t reel_pack(float low, float high)
{
    __nv_bfloat162 pair = __floats2bfloat162_rn(low, high);
    return *reinterpret_cast<uint32_t *>(&pair);
}

/* 2^x */
static __device__ inline float reel_exp2(float x)
{
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

/* 16 bytes of device memory to shared memory, or zeros where `exists` is false (the address must be
 * valid all the same), while the thread goes on. */
static __device__ inline void reel_copy_async(void *shared, const void *global, bool exists)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :
                 : "r"(reel_shared_address(shared)), "l"(global), "r"(exists ? 16 : 0)
                 : "memory");
}

/* Close a group of copies; wait until at most `LATER` groups are under way. */
static __device__ inline void reel_copy_commit()
{
    asm volatile("cp.async.commit_group;" : : : "memory");
}

template <int LATER> static __device__ inline void reel_copy_wait()
{
    asm volatile("cp.async.wait_group %0;" : : "n"(LATER) : "memory");
}

#endif
