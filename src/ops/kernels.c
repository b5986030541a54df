/* Which version of each operator runs. */
#include "ops/kernels.h"

#include "base/error.h"
#include "base/log.h"

#ifdef REEL_X86
#include <cpuid.h>
#endif
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t offset, size;
} entries[] = {
#define ENTRY(op) { #op, offsetof(reel_kernels, op), sizeof(reel_##op##_kernels) },
    REEL_KERNELS_EACH(ENTRY)
#undef ENTRY
};

void reel_kernels_init_c(reel_kernels *k)
{
#define TAKE_PLAIN(op) k->op = reel_##op##_c;
    REEL_KERNELS_EACH(TAKE_PLAIN)
#undef TAKE_PLAIN
}

void reel_kernels_init_dnnl(reel_kernels *k)
{
#ifdef REEL_DNNL
    k->attention = reel_attention_dnnl;
    k->conv = reel_conv_dnnl;
    k->linear = reel_linear_dnnl;
#else
    (void)k;
#endif
}

#ifdef REEL_X86
static int has_avx512_vnni(void)
{
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl");
}

static int has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

/* By number: not every compiler has the name. */
static int has_avx_vnni(void)
{
    enum { LEAF = 7, SUBLEAF = 1, BIT = 4 };
    unsigned eax = 0, ebx, ecx, edx;
    return has_avx2() && __get_cpuid_count(LEAF, SUBLEAF, &eax, &ebx, &ecx, &edx) &&
           (eax >> BIT & 1);
}
#endif

int reel_kernels_of_linear_int8(const reel_linear_int8_kernels *forms[REEL_LINEAR_INT8_FORMS])
{
    int count = 0;
#ifdef REEL_X86
    if (has_avx512_vnni()) {
        forms[count++] = &reel_linear_int8_vnni;
    }
    if (has_avx_vnni()) {
        forms[count++] = &reel_linear_int8_avxvnni;
    }
    if (has_avx2()) {
        forms[count++] = &reel_linear_int8_avx2;
    }
#endif
    forms[count++] = &reel_linear_int8_c;
    return count;
}

void reel_kernels_init_x86(reel_kernels *k)
{
    const reel_linear_int8_kernels *forms[REEL_LINEAR_INT8_FORMS] = { NULL };
    reel_kernels_of_linear_int8(forms);
    k->linear_int8 = *forms[0];
#ifdef REEL_X86
    if (has_avx512_vnni()) {
        k->attention_int8 = reel_attention_int8_vnni;
    }
#endif
}

/* `item` is "linear:c", `length` bytes of it. */
static reel_status force_one(reel_kernels *k, const char *item, size_t length)
{
    reel_kernels plain;
    reel_kernels_init_c(&plain);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        size_t name = strlen(entries[i].name);
        if (length == name + 2 && memcmp(item, entries[i].name, name) == 0 &&
            memcmp(item + name, ":c", 2) == 0) {
            memcpy((char *)k + entries[i].offset, (const char *)&plain + entries[i].offset,
                   entries[i].size);
            return REEL_OK;
        }
    }
    return REEL_FAIL(REEL_ERR_INVALID, "kernels: \"%.*s\" is not OPERATOR:c with a known operator",
                     (int)(length < 64 ? length : 64), item);
}

reel_status reel_kernels_force(reel_kernels *k, const char *list)
{
    while (*list) {
        size_t length = strcspn(list, ",");
        REEL_TRY(force_one(k, list, length));
        list += length + (list[length] == ',');
    }
    return REEL_OK;
}

int reel_kernels_multiply_bytes(const reel_kernels *k)
{
#ifdef REEL_X86
    /* without an instruction for sums of bytes AVX2 is ahead of f32 on AVX2 alone */
    return k->linear_int8.forward != reel_linear_int8_c.forward &&
           (k->linear_int8.forward != reel_linear_int8_avx2.forward ||
            !__builtin_cpu_supports("avx512f"));
#else
    (void)k;
    return 0;
#endif
}

int reel_kernels_attend_in_bytes(void)
{
#ifdef REEL_X86
    return has_avx512_vnni();
#else
    return 0;
#endif
}

static reel_kernels of_cpu, of_cuda;

static void build_tables(void)
{
    reel_kernels_init_c(&of_cpu);
    reel_kernels_init_dnnl(&of_cpu);
    reel_kernels_init_x86(&of_cpu);
    const char *list = getenv("REEL_KERNELS");
    if (list && reel_kernels_force(&of_cpu, list) < 0) {
        reel_log(REEL_LOG_ERROR, "REEL_KERNELS: %s", reel_error_message());
    }
    reel_kernels_init_cuda(&of_cuda);
}

const reel_kernels *reel_kernels_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, build_tables);
    return reel_device_current()->kind == REEL_DEVICE_CUDA ? &of_cuda : &of_cpu;
}
