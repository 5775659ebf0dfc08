/* The kernels of near.h for any CPU: what the others are tested against. */
#include <stddef.h>
#include <stdint.h>

#include "kernel/cpu.h"
#define BM_TARGET
#define BM_NEAR_KERNEL bm_near_generic
#define BM_NEAR_NAME "generic"
#define BM_NEAR_RUNS_HERE bm_cpu_any
#define WIDTH 4
#define WIDE 2
#define AT_ONCE 2

typedef float lanes __attribute__((vector_size(16)));
typedef int32_t places __attribute__((vector_size(16)));
typedef double wide __attribute__((vector_size(16)));
typedef int64_t wide_places __attribute__((vector_size(16)));

static inline lanes splat(float x) {
    return (lanes){x, x, x, x};
}
static inline lanes fused(lanes a, lanes b, lanes c) {
    return a * b + c;
}
static inline float sum_lanes(lanes a) {
    return (a[0] + a[1]) + (a[2] + a[3]);
}
static inline unsigned within(lanes a, lanes b) {
    places yes = a <= b;
    return (unsigned)((yes[0] & 1) | (yes[1] & 2) | (yes[2] & 4) | (yes[3] & 8));
}
static inline unsigned unlike(const uint32_t *label, uint32_t own) {
    return (label[0] != own ? 1U : 0U) | (label[1] != own ? 2U : 0U) | (label[2] != own ? 4U : 0U) |
           (label[3] != own ? 8U : 0U);
}

static inline wide splat_wide(double x) {
    return (wide){x, x};
}
static inline wide fused_wide(wide a, wide b, wide c) {
    return a * b + c;
}
static inline wide most_wide(wide a, wide b) {
    wide_places less = a < b;
    return (wide)((less & (wide_places)b) | (~less & (wide_places)a));
}
static inline unsigned within_wide(wide a, wide b) {
    wide_places yes = a <= b;
    return (unsigned)((yes[0] & 1) | (yes[1] & 2));
}

static inline lanes recentred(const double *x, const double *centre, size_t features) {
    lanes part = {0};
    for (size_t f = 0; f < features && f < WIDTH; f++)
        part[f] = (float)(x[f] - centre[f]);
    return part;
}

#include "kernel/near_lanes.h"

const bm_near_kernel *bm_near_kernel_at(size_t index) {
    static const bm_near_kernel *const kernels[] = {
#if defined(__x86_64__)
        &bm_near_avx512,
        &bm_near_avx2,
#endif
        &bm_near_generic,
    };
    return index < sizeof kernels / sizeof kernels[0] ? kernels[index] : NULL;
}

const bm_near_kernel *bm_near_kernel_here(void) {
    size_t index = 0;
    while (!bm_near_kernel_at(index)->runs_here())
        index++;
    return bm_near_kernel_at(index);
}
