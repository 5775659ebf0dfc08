/* Screening for any CPU. */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/cpu.h"
#define BM_TARGET
#define BM_SCREEN_KERNEL bm_screen_generic
#define BM_SCREEN_NAME "generic"
#define BM_SCREEN_RUNS_HERE bm_cpu_any
#define ROUNDINGS 2
#define WIDTH 4
#define AT_ONCE 2

typedef float lanes __attribute__((vector_size(16)));
typedef int32_t places __attribute__((vector_size(16)));

static inline lanes splat(float x) {
    return (lanes){x, x, x, x};
}
static inline lanes fused(lanes a, lanes b, lanes c) {
    return a * b + c;
}
/* a < b ? yes : no, lane by lane. */
static inline lanes choose_less(lanes a, lanes b, lanes yes, lanes no) {
    places less = a < b;
    return (lanes)((less & (places)yes) | (~less & (places)no));
}
static inline lanes least(lanes a, lanes b) {
    return choose_less(a, b, a, b);
}
static inline lanes most(lanes a, lanes b) {
    return choose_less(b, a, a, b);
}
static inline lanes root(lanes a) {
    return (lanes){sqrtf(a[0]), sqrtf(a[1]), sqrtf(a[2]), sqrtf(a[3])};
}

/* table[label], lane by lane. */
static inline lanes gather(const float *table, lanes label) {
    places own = (places)label;
    return (lanes){table[own[0]], table[own[1]], table[own[2]], table[own[3]]};
}
/* Lanes whose label changed or whose gap proves nothing, a bit each. */
static inline unsigned uncertain(lanes now, lanes before, lanes gap) {
    places certain = ((places)now == (places)before) & (gap > splat(0));
    unsigned rows = 0;
    for (unsigned r = 0; r < WIDTH; r++)
        rows |= (certain[r] == 0 ? 1U : 0U) << r;
    return rows;
}

static inline lanes load_single(const float *row, const float *origin, size_t features) {
    lanes part = {0};
    for (size_t f = 0; f < features && f < WIDTH; f++)
        part[f] = row[f] - origin[f];
    return part;
}

static inline lanes load_double(const double *row, const float *origin, size_t features) {
    lanes part = {0};
    for (size_t f = 0; f < features && f < WIDTH; f++)
        part[f] = (float)(row[f] - (double)origin[f]);
    return part;
}

static inline void turn(lanes r[WIDTH]) {
    for (int i = 0; i < WIDTH; i++) {
        for (int j = i + 1; j < WIDTH; j++) {
            float one = r[i][j];
            r[i][j] = r[j][i];
            r[j][i] = one;
        }
    }
}

static size_t expired(const float *expiry, const int32_t *label, const float *spent, size_t k,
                      size_t n, uint32_t *index) {
    size_t found = 0;
    (void)k;
    for (size_t i = 0; i < n; i++) {
        index[found] = (uint32_t)i;
        found += !(expiry[i] > spent[label[i]]);
    }
    return found;
}

#include "kernel/screen_lanes.h"
