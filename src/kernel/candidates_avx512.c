/* Candidates for the nearest neighbour on CPUs with AVX-512. */
#include "kernel/candidates.h"

#include "kernel/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define BM_TARGET BM_COMPILED_FOR(BM_AVX512)
enum { WIDTH = 16 };
typedef __m512 lanes;

BM_TARGET static inline lanes load(const float *from) {
    return _mm512_loadu_ps(from);
}

BM_TARGET static inline lanes spread(float value) {
    return _mm512_set1_ps(value);
}

BM_TARGET static inline lanes fused(lanes a, lanes b, lanes c) {
    return _mm512_fmadd_ps(a, b, c);
}

BM_TARGET static inline lanes larger(lanes a, lanes b) {
    return _mm512_max_ps(a, b);
}

BM_TARGET static inline uint64_t not_past(lanes a, lanes b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_NGE_UQ);
}

#include "kernel/candidates_lanes.h"

const bm_candidate_kernel bm_candidates_avx512 = {"avx512", bm_cpu_avx512, points, boxes, queries};
#endif
