/* Screening for CPUs with AVX2 and FMA; chosen only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_TARGET BM_COMPILED_FOR(BM_AVX2_FMA)
#define BM_SCREEN_KERNEL bm_screen_avx2
#define BM_SCREEN_NAME "avx2"
#define BM_SCREEN_RUNS_HERE bm_cpu_avx2_fma
#define ROUNDINGS 1
#define WIDTH 8
#define AT_ONCE 2
#include <stddef.h>
#include <stdint.h>

typedef __m256 lanes;

BM_TARGET static inline lanes splat(float x) {
    return _mm256_set1_ps(x);
}
BM_TARGET static inline lanes fused(lanes a, lanes b, lanes c) {
    return _mm256_fmadd_ps(a, b, c);
}
BM_TARGET static inline lanes least(lanes a, lanes b) {
    return _mm256_min_ps(a, b);
}
BM_TARGET static inline lanes most(lanes a, lanes b) {
    return _mm256_max_ps(a, b);
}
BM_TARGET static inline lanes root(lanes a) {
    return _mm256_sqrt_ps(a);
}
/* a < b ? yes : no, lane by lane. */
BM_TARGET static inline lanes choose_less(lanes a, lanes b, lanes yes, lanes no) {
    return _mm256_blendv_ps(no, yes, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}

/* table[label], lane by lane. */
BM_TARGET static inline lanes gather(const float *table, lanes label) {
    return _mm256_i32gather_ps(table, _mm256_castps_si256(label), 4);
}
/* Lanes whose label changed or whose gap proves nothing, a bit each. */
BM_TARGET static inline unsigned uncertain(lanes now, lanes before, lanes gap) {
    __m256i same = _mm256_cmpeq_epi32(_mm256_castps_si256(now), _mm256_castps_si256(before));
    __m256 proven = _mm256_cmp_ps(gap, _mm256_setzero_ps(), _CMP_GT_OQ);
    return ~(unsigned)_mm256_movemask_ps(_mm256_and_ps(_mm256_castsi256_ps(same), proven)) & 0xff;
}

/* Lanes 0 … features − 1. */
BM_TARGET static inline __m256i first_lanes(size_t features) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)features), lane);
}

BM_TARGET static inline lanes load_single(const float *row, const float *origin, size_t features) {
    if (features >= WIDTH)
        return _mm256_sub_ps(_mm256_loadu_ps(row), _mm256_loadu_ps(origin));
    __m256i part = first_lanes(features);
    return _mm256_sub_ps(_mm256_maskload_ps(row, part), _mm256_maskload_ps(origin, part));
}

BM_TARGET static inline lanes load_double(const double *row, const float *origin, size_t features) {
    __m256i part = first_lanes(features < WIDTH ? features : WIDTH);
    __m256i low = _mm256_cvtepi32_epi64(_mm256_castsi256_si128(part));
    __m256i high = _mm256_cvtepi32_epi64(_mm256_extracti128_si256(part, 1));
    __m256 centre = _mm256_maskload_ps(origin, part);
    __m256d first = _mm256_sub_pd(_mm256_maskload_pd(row, low),
                                  _mm256_cvtps_pd(_mm256_castps256_ps128(centre)));
    __m256d last = _mm256_sub_pd(_mm256_maskload_pd(row + 4, high),
                                 _mm256_cvtps_pd(_mm256_extractf128_ps(centre, 1)));
    return _mm256_set_m128(_mm256_cvtpd_ps(last), _mm256_cvtpd_ps(first));
}

/* Turns 8 × 8: pairs, quadruples, halves. */
BM_TARGET static inline void turn(lanes r[WIDTH]) {
    __m256 t[WIDTH];
#pragma GCC unroll 8
    for (int i = 0; i < WIDTH; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    __m256 q[WIDTH];
#pragma GCC unroll 8
    for (int i = 0; i < WIDTH; i += 4) {
        q[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        q[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        q[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        q[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 4; i++) {
        r[i] = _mm256_permute2f128_ps(q[i], q[i + 4], 0x20);
        r[i + 4] = _mm256_permute2f128_ps(q[i], q[i + 4], 0x31);
    }
}

BM_TARGET static size_t expired(const float *expiry, const int32_t *label, const float *spent,
                                size_t k, size_t n, uint32_t *index) {
    size_t found = 0, i = 0;
    (void)k;
    for (; i + WIDTH <= n; i += WIDTH) {
        __m256i own = _mm256_loadu_si256((const __m256i *)(const void *)(label + i));
        __m256 limit = _mm256_i32gather_ps(spent, own, 4);
        int out =
            _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(expiry + i), limit, _CMP_NGT_UQ));
        for (; out != 0; out &= out - 1)
            index[found++] = (uint32_t)(i + (size_t)__builtin_ctz((unsigned)out));
    }
    for (; i < n; i++)
        if (!(expiry[i] > spent[label[i]]))
            index[found++] = (uint32_t)i;
    return found;
}

#include "kernel/screen_lanes.h"
#else
typedef int bm_no_screen_avx2; /* a translation unit must not be empty */
#endif
