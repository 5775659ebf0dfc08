/* Candidates for the nearest neighbour on CPUs with AVX-512. */
#include "kernel/candidates.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define BM_TARGET __attribute__((target("avx512f")))
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

static int runs_here(void) {
    return __builtin_cpu_supports("avx512f");
}

const bm_candidate_kernel bm_candidates_avx512 = {"avx512", runs_here, points, boxes, queries};
#endif
