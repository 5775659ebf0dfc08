/* The kernels of near.h for CPUs with AVX2 and FMA; chosen only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2_FMA)
#define BM_NEAR_KERNEL bm_near_avx2
#define BM_NEAR_NAME "avx2"
#define BM_NEAR_RUNS_HERE bm_cpu_avx2_fma
#define WIDTH 8
#define WIDE 4
#define AT_ONCE 2
#include <stddef.h>
#include <stdint.h>

typedef __m256 lanes;
typedef __m256d wide;

BM_TARGET static inline lanes splat(float x) {
    return _mm256_set1_ps(x);
}
BM_TARGET static inline lanes fused(lanes a, lanes b, lanes c) {
    return _mm256_fmadd_ps(a, b, c);
}
BM_TARGET static inline float sum_lanes(lanes a) {
    float sum = 0;
    for (size_t i = 0; i < WIDTH; i++)
        sum += a[i];
    return sum;
}
BM_TARGET static inline unsigned within(lanes a, lanes b) {
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LE_OQ));
}
BM_TARGET static inline unsigned unlike(const uint32_t *label, uint32_t own) {
    __m256i same = _mm256_cmpeq_epi32(_mm256_loadu_si256((const __m256i *)(const void *)label),
                                      _mm256_set1_epi32((int)own));
    return ~(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(same)) & 0xffU;
}

BM_TARGET static inline wide splat_wide(double x) {
    return _mm256_set1_pd(x);
}
BM_TARGET static inline wide fused_wide(wide a, wide b, wide c) {
    return _mm256_fmadd_pd(a, b, c);
}
BM_TARGET static inline wide most_wide(wide a, wide b) {
    return _mm256_max_pd(a, b);
}
BM_TARGET static inline unsigned within_wide(wide a, wide b) {
    return (unsigned)_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LE_OQ));
}

BM_TARGET static inline lanes recentred(const double *x, const double *centre, size_t features) {
    lanes part = _mm256_setzero_ps();
    if (features == WIDTH) {
        __m128 low = _mm256_cvtpd_ps(_mm256_sub_pd(_mm256_loadu_pd(x), _mm256_loadu_pd(centre)));
        __m128 high =
            _mm256_cvtpd_ps(_mm256_sub_pd(_mm256_loadu_pd(x + 4), _mm256_loadu_pd(centre + 4)));
        return _mm256_set_m128(high, low);
    }
    for (size_t f = 0; f < features; f++)
        part[f] = (float)(x[f] - centre[f]);
    return part;
}

#include "kernel/near_lanes.h"
#else
typedef int bm_no_near_avx2; /* a translation unit must not be empty */
#endif
