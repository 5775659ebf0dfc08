/* The kernels of linkage.h, written once: linkage.c, linkage_avx2.c and linkage_avx512.c define
 * BM_LINKAGE(name) as the name in their variant, BM_WIDTH as the doubles of a register, BM_SOME as
 * whether a register of comparisons has one that holds, and BM_TARGET as what their CPU can do, and
 * include this file. Without fused multiply-adds, whose bits a CPU without them could only give
 * slowly. */
#include "kernel/linkage.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

typedef double lanes __attribute__((vector_size(BM_WIDTH * 8)));
typedef float halves __attribute__((vector_size(BM_WIDTH * 4)));
typedef int64_t places __attribute__((vector_size(BM_WIDTH * 8)));

BM_TARGET static inline lanes load(const double *from) {
    lanes value;
    memcpy(&value, from, sizeof value);
    return value;
}

BM_TARGET static inline void store(double *to, lanes value) {
    memcpy(to, &value, sizeof value);
}

BM_TARGET static inline lanes choose(places mask, lanes yes, lanes no) {
    return (lanes)((mask & (places)yes) | (~mask & (places)no));
}

BM_TARGET void BM_LINKAGE(bm_larger)(const double *a, const double *b, const double *gone, size_t n,
                                     double *out) {
    for (size_t i = 0; i < n; i += BM_WIDTH) {
        lanes x = load(a + i), y = load(b + i);
        store(out + i, choose(x > y, x, y) + load(gone + i));
    }
}

BM_TARGET void BM_LINKAGE(bm_smaller)(const double *a, const double *b, const double *gone,
                                      size_t n, double *out) {
    for (size_t i = 0; i < n; i += BM_WIDTH) {
        lanes x = load(a + i), y = load(b + i);
        store(out + i, choose(x < y, x, y) + load(gone + i));
    }
}

BM_TARGET void BM_LINKAGE(bm_mean)(double p, const double *a, double q, const double *b, double r,
                                   const double *gone, size_t n, double *out) {
    for (size_t i = 0; i < n; i += BM_WIDTH)
        store(out + i, (p * load(a + i) + q * load(b + i)) / r + load(gone + i));
}

BM_TARGET void BM_LINKAGE(bm_add_scaled)(double p, const double *a, size_t n, double *out) {
    for (size_t i = 0; i < n; i += BM_WIDTH)
        store(out + i, load(out + i) + p * load(a + i));
}

static inline int is_close(const double *value, const bm_close *close, size_t i) {
    return value[i] <= close->limit[i] || value[i] <= close->most ||
           close->nearest[i] == close->x || close->nearest[i] == close->y;
}

BM_TARGET size_t BM_LINKAGE(bm_find_close)(const double *value, const bm_close *close, size_t from,
                                           size_t n) {
    const places x = (places){0} + close->x, y = (places){0} + close->y;
    const lanes most = (lanes){0} + close->most;
    size_t i = from;
    for (; i % BM_WIDTH != 0 && i < n; i++) {
        if (is_close(value, close, i))
            return i;
    }
    for (; i < n; i += BM_WIDTH) {
        lanes here = load(value + i);
        places nearest;
        memcpy(&nearest, close->nearest + i, sizeof nearest);
        places some =
            (here <= load(close->limit + i)) | (here <= most) | (nearest == x) | (nearest == y);
        if (BM_SOME(some))
            break;
    }
    while (i < n && !is_close(value, close, i))
        i++;
    return i;
}

/* The least of all, then where it stands first: the second pass ends there. */
BM_TARGET size_t BM_LINKAGE(bm_first_least)(const double *value, const double *gone, size_t from,
                                            size_t n, double *least) {
    double most = __builtin_inf();
    lanes lowest = (lanes){0} + most;
    size_t first = from, i;
    for (; first % BM_WIDTH != 0 && first < n; first++)
        most = value[first] + gone[first] < most ? value[first] + gone[first] : most;
    for (i = first; i < n; i += BM_WIDTH) {
        lanes here = load(value + i) + load(gone + i);
        lowest = choose(here < lowest, here, lowest);
    }
    for (size_t lane = 0; lane < BM_WIDTH; lane++)
        most = lowest[lane] < most ? lowest[lane] : most;
    *least = most;
    if (!(most < __builtin_inf()))
        return n;
    for (i = from; i < first; i++) {
        if (value[i] + gone[i] == most)
            return i;
    }
    while (!BM_SOME((places)(load(value + i) + load(gone + i) == most)))
        i += BM_WIDTH;
    while (value[i] + gone[i] != most)
        i++;
    return i;
}

BM_TARGET void BM_LINKAGE(bm_narrow)(double *value, size_t n, float *out) {
    for (size_t i = 0; i < n; i += BM_WIDTH) {
        halves narrow = __builtin_convertvector(load(value + i), halves);
        memcpy(out + i, &narrow, sizeof narrow);
        store(value + i, __builtin_convertvector(narrow, lanes));
    }
}

BM_TARGET void BM_LINKAGE(bm_widen)(const float *value, size_t n, double *out) {
    for (size_t i = 0; i < n; i += BM_WIDTH) {
        halves narrow;
        memcpy(&narrow, value + i, sizeof narrow);
        store(out + i, __builtin_convertvector(narrow, lanes));
    }
}
