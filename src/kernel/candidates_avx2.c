/* Candidates for the nearest neighbour on CPUs with AVX2 and FMA. */
#include "kernel/candidates.h"

#include "kernel/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define BM_TARGET BM_COMPILED_FOR(BM_AVX2_FMA)
enum { WIDTH = 8 };
typedef __m256 lanes;

BM_TARGET static inline lanes load(const float *from) {
    return _mm256_loadu_ps(from);
}

BM_TARGET static inline lanes spread(float value) {
    return _mm256_set1_ps(value);
}

BM_TARGET static inline lanes fused(lanes a, lanes b, lanes c) {
    return _mm256_fmadd_ps(a, b, c);
}

BM_TARGET static inline lanes larger(lanes a, lanes b) {
    return _mm256_max_ps(a, b);
}

BM_TARGET static inline uint64_t not_past(lanes a, lanes b) {
    return (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_NGE_UQ));
}

#include "kernel/candidates_lanes.h"

const bm_candidate_kernel bm_candidates_avx2 = {"avx2", bm_cpu_avx2_fma, points, boxes, queries};
#endif
