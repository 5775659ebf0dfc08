/* Screening for CPUs with AVX-512; chosen only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"

#include <immintrin.h>
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512_VL_FMA)
#define BM_SCREEN_KERNEL bm_screen_avx512
#define BM_SCREEN_NAME "avx512"
#define BM_SCREEN_RUNS_HERE bm_cpu_avx512_vl_fma
#define ROUNDINGS 1
#define WIDTH 16
#define AT_ONCE 4
#include <stddef.h>
#include <stdint.h>

typedef __m512 lanes;

BM_TARGET static inline lanes splat(float x) {
    return _mm512_set1_ps(x);
}
BM_TARGET static inline lanes fused(lanes a, lanes b, lanes c) {
    return _mm512_fmadd_ps(a, b, c);
}
BM_TARGET static inline lanes least(lanes a, lanes b) {
    return _mm512_min_ps(a, b);
}
BM_TARGET static inline lanes most(lanes a, lanes b) {
    return _mm512_max_ps(a, b);
}
BM_TARGET static inline lanes root(lanes a) {
    return _mm512_sqrt_ps(a);
}
/* a < b ? yes : no, lane by lane. */
BM_TARGET static inline lanes choose_less(lanes a, lanes b, lanes yes, lanes no) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), no, yes);
}

/* table[label], lane by lane. */
BM_TARGET static inline lanes gather(const float *table, lanes label) {
    return _mm512_i32gather_ps(_mm512_castps_si512(label), table, 4);
}
/* Lanes whose label changed or whose gap proves nothing, a bit each. */
BM_TARGET static inline unsigned uncertain(lanes now, lanes before, lanes gap) {
    return (unsigned)_mm512_cmpneq_epi32_mask(_mm512_castps_si512(now),
                                              _mm512_castps_si512(before)) |
           (unsigned)_mm512_cmp_ps_mask(gap, _mm512_setzero_ps(), _CMP_NGT_UQ);
}

/* Lanes 0 … count − 1 of those there are. */
BM_TARGET static inline __mmask16 first_lanes(size_t count) {
    return (__mmask16)(count < WIDTH ? (1U << count) - 1 : 0xffffU);
}

BM_TARGET static inline lanes load_single(const float *row, const float *origin, size_t features) {
    if (features >= WIDTH)
        return _mm512_sub_ps(_mm512_loadu_ps(row), _mm512_loadu_ps(origin));
    __mmask16 part = first_lanes(features);
    return _mm512_sub_ps(_mm512_maskz_loadu_ps(part, row), _mm512_maskz_loadu_ps(part, origin));
}

BM_TARGET static inline __m256 half_double(__mmask8 part, const double *row, const float *origin) {
    __m512d centre = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(part, origin));
    return _mm512_cvtpd_ps(_mm512_sub_pd(_mm512_maskz_loadu_pd(part, row), centre));
}

BM_TARGET static inline lanes load_double(const double *row, const float *origin, size_t features) {
    unsigned part = features >= WIDTH ? 0xffffU : (1U << features) - 1;
    __m256 low = half_double((__mmask8)(part & 0xff), row, origin);
    __m256 high = half_double((__mmask8)(part >> 8), row + WIDTH / 2, origin + WIDTH / 2);
    return _mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
}

/* Turns 16 × 16: pairs, quadruples, then quarters of registers. */
BM_TARGET static inline void turn(lanes r[WIDTH]) {
    __m512 t[WIDTH];
#pragma GCC unroll 16
    for (int i = 0; i < WIDTH; i += 2) {
        t[i] = _mm512_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_ps(r[i], r[i + 1]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < WIDTH; i += 4) {
        r[i] = _mm512_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm512_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm512_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_f32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_f32x4(r[i + 8], r[i + 12], 0xdd);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_f32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_f32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

BM_TARGET static size_t expired(const float *expiry, const int32_t *label, const float *spent,
                                size_t k, size_t n, uint32_t *index) {
    const __m512i step = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    /* A table of up to two registers is looked up in them, a larger one in memory. */
    __mmask16 low = first_lanes(k);
    __mmask16 high = first_lanes(k > WIDTH ? k - WIDTH : 0);
    __m512 first = _mm512_maskz_loadu_ps(low, spent);
    __m512 second = _mm512_maskz_loadu_ps(high, spent + (k > WIDTH ? WIDTH : 0));
    size_t found = 0;
    for (size_t i = 0; i < n; i += WIDTH) {
        __mmask16 part = first_lanes(n - i);
        __m512i own = _mm512_maskz_loadu_epi32(part, label + i);
        __m512 limit = k <= 2 * WIDTH
                           ? _mm512_permutex2var_ps(first, own, second)
                           : _mm512_mask_i32gather_ps(_mm512_setzero_ps(), part, own, spent, 4);
        __mmask16 out = _mm512_mask_cmp_ps_mask(part, _mm512_maskz_loadu_ps(part, expiry + i),
                                                limit, _CMP_NGT_UQ);
        _mm512_storeu_si512(
            index + found,
            _mm512_maskz_compress_epi32(out, _mm512_add_epi32(step, _mm512_set1_epi32((int)i))));
        found += (size_t)__builtin_popcount(out);
    }
    return found;
}

#include "kernel/screen_lanes.h"
#else
typedef int bm_no_screen_avx512; /* a translation unit must not be empty */
#endif
