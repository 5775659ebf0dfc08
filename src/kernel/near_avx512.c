/* The kernels of near.h for CPUs with AVX-512; chosen only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512_VL_FMA)
#define BM_NEAR_KERNEL bm_near_avx512
#define BM_NEAR_NAME "avx512"
#define BM_NEAR_RUNS_HERE bm_cpu_avx512_vl_fma
#define WIDTH 16
#define WIDE 8
#define AT_ONCE 4
#include <stddef.h>
#include <stdint.h>

typedef __m512 lanes;
typedef __m512d wide;

BM_TARGET static inline lanes splat(float x) {
    return _mm512_set1_ps(x);
}
BM_TARGET static inline lanes fused(lanes a, lanes b, lanes c) {
    return _mm512_fmadd_ps(a, b, c);
}
BM_TARGET static inline float sum_lanes(lanes a) {
    return _mm512_reduce_add_ps(a);
}
BM_TARGET static inline unsigned within(lanes a, lanes b) {
    return (unsigned)_mm512_cmp_ps_mask(a, b, _CMP_LE_OQ);
}
BM_TARGET static inline unsigned unlike(const uint32_t *label, uint32_t own) {
    return (unsigned)_mm512_cmpneq_epi32_mask(_mm512_loadu_si512(label),
                                              _mm512_set1_epi32((int)own));
}

BM_TARGET static inline wide splat_wide(double x) {
    return _mm512_set1_pd(x);
}
BM_TARGET static inline wide fused_wide(wide a, wide b, wide c) {
    return _mm512_fmadd_pd(a, b, c);
}
BM_TARGET static inline wide most_wide(wide a, wide b) {
    return _mm512_max_pd(a, b);
}
BM_TARGET static inline unsigned within_wide(wide a, wide b) {
    return (unsigned)_mm512_cmp_pd_mask(a, b, _CMP_LE_OQ);
}

BM_TARGET static inline __m256 half(__mmask8 part, const double *x, const double *centre) {
    return _mm512_cvtpd_ps(
        _mm512_sub_pd(_mm512_maskz_loadu_pd(part, x), _mm512_maskz_loadu_pd(part, centre)));
}
BM_TARGET static inline lanes recentred(const double *x, const double *centre, size_t features) {
    unsigned part = features >= WIDTH ? 0xffffU : (1U << features) - 1;
    __m512 low = _mm512_castps256_ps512(half((__mmask8)(part & 0xff), x, centre));
    __m256 high = features > WIDTH / 2
                      ? half((__mmask8)(part >> (WIDTH / 2)), x + WIDTH / 2, centre + WIDTH / 2)
                      : _mm256_setzero_ps();
    return _mm512_insertf32x8(low, high, 1);
}

#include "kernel/near_lanes.h"
#else
typedef int bm_no_near_avx512; /* a translation unit must not be empty */
#endif
