/* Lane kernels for CPUs with AVX512; choose.c calls them only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"
#define BM_LANES(name) name##_avx512
#define BM_WIDTH 8
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512)
#include "kernel/lanes.h"
#else
typedef int bm_no_avx512; /* a translation unit must not be empty */
#endif
