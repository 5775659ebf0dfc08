/* Gower's dissimilarity for any CPU, the plain one, and the choice between these and faster ones.
 */
#define BM_GOWER(name) name##_generic
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/gower_lanes.h"

#include <math.h>

double bm_gower_pair(const bm_gower_table *table, size_t a, size_t b) {
    double sum = 0, total = table->complete;
    for (size_t v = 0; v < table->columns; v++) {
        const bm_gower_column *column = &table->column[v];
        double x = column->value[a], y = column->value[b];
        if (isnan(x) || isnan(y))
            continue;
        sum += column->weight * (column->is_category ? (double)(x < y || x > y) : fabs(y - x));
        if (column->is_partial)
            total += column->weight;
    }
    return sum / total;
}

static int anywhere(void) {
    return 1;
}

#if defined(__x86_64__)
static int with_avx2(void) {
    return __builtin_cpu_supports("avx2");
}

static int with_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq");
}
#endif

const bm_gower_variant bm_gower_variants[] = {
#if defined(__x86_64__)
    {"avx512", with_avx512, bm_gower_avx512},
    {"avx2", with_avx2, bm_gower_avx2},
#endif
    {"generic", anywhere, bm_gower_generic},
    {NULL, NULL, NULL},
};

/* Asking the CPU costs a load and a test, so there is no state to keep. */
bm_gower_kernel bm_gower_here(void) {
    const bm_gower_variant *variant = bm_gower_variants;
    while (!variant->runs_here())
        variant++;
    return variant->row;
}
