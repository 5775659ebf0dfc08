/* The potential kernel of floats for CPUs with AVX-512; potential.c chooses it only there. */
#if defined(__x86_64__)
#include "kernel/cpu.h"
#define BM_POTENTIAL bm_potential_float_avx512
#define BM_SINGLE 1
#define BM_BYTES 64
#define BM_TARGET BM_COMPILED_FOR(BM_AVX512_DQ)
#include "kernel/potential_lanes.h"
#else
typedef int bm_no_potential_float_avx512; /* a translation unit must not be empty */
#endif
