/* Whether this CPU has what kernels need. */
#include "kernel/cpu.h"

int bm_cpu_any(void) {
    return 1;
}

#if defined(__x86_64__)
#define ALL_OF(list) (list(__builtin_cpu_supports, &&))

int bm_cpu_avx2(void) {
    return ALL_OF(BM_AVX2);
}

int bm_cpu_avx2_fma(void) {
    return ALL_OF(BM_AVX2_FMA);
}

int bm_cpu_avx2_bits(void) {
    return ALL_OF(BM_AVX2_BITS);
}

int bm_cpu_avx512(void) {
    return ALL_OF(BM_AVX512);
}

int bm_cpu_avx512_dq(void) {
    return ALL_OF(BM_AVX512_DQ);
}

int bm_cpu_avx512_vl_fma(void) {
    return ALL_OF(BM_AVX512_VL_FMA);
}

int bm_cpu_avx512_vbmi(void) {
    return ALL_OF(BM_AVX512_VBMI);
}

int bm_cpu_avx512_vbmi2(void) {
    return ALL_OF(BM_AVX512_VBMI2);
}
#endif
