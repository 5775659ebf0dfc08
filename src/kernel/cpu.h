/* What kernels need of a CPU. Each of the lists below names the instruction sets of one kind of
 * kernel, once: a kernel is compiled with BM_COMPILED_FOR of a list, and runs where the list's
 * question is answered by 1. So no kernel is chosen on a CPU that lacks a set it was compiled for.
 * `is` is put around each name, `and` between two of them. */
#ifndef BM_KERNEL_CPU_H
#define BM_KERNEL_CPU_H

#define BM_AVX2(is, and) is("avx2")
#define BM_AVX2_FMA(is, and) is("avx2") and is("fma")
#define BM_AVX2_BITS(is, and) is("avx2") and is("bmi") and is("popcnt") and is("pclmul")
#define BM_AVX512(is, and) is("avx512f")
#define BM_AVX512_DQ(is, and) is("avx512f") and is("avx512dq")
#define BM_AVX512_VL_FMA(is, and)                                                                  \
    BM_AVX512_DQ(is, and) and is("avx512bw") and is("avx512vl") and is("fma")
/* Every CPU with one of these two has 512-bit shuffles that are as fast as the 256-bit ones. */
#define BM_AVX512_VBMI(is, and)                                                                    \
    BM_AVX512_DQ(is, and) and is("avx512bw") and is("avx512vl") and is("avx512vbmi") and           \
        is("avx2") and is("popcnt")
#define BM_AVX512_VBMI2(is, and)                                                                   \
    BM_AVX512(is, and) and is("avx512bw") and is("avx512vbmi2") and BM_AVX2_BITS(is, and)

/* "avx2,fma" of a list, and the attribute of functions that are compiled for it. */
#define BM_CPU_SET(name) name
#define BM_CPU_SETS(list) list(BM_CPU_SET, ",")
#define BM_COMPILED_FOR(list) __attribute__((target(BM_CPU_SETS(list))))

/* Whether this CPU, and its operating system, has all sets of a list. Asking costs a load and a few
 * tests, so there is no state to keep. */
int bm_cpu_any(void);
#if defined(__x86_64__)
int bm_cpu_avx2(void);
int bm_cpu_avx2_fma(void);
int bm_cpu_avx2_bits(void);
int bm_cpu_avx512(void);
int bm_cpu_avx512_dq(void);
int bm_cpu_avx512_vl_fma(void);
int bm_cpu_avx512_vbmi(void);
int bm_cpu_avx512_vbmi2(void);
#endif

#endif
