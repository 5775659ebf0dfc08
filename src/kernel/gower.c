/* Gower's dissimilarity for any CPU, the plain one, and the choice between these and faster ones.
 */
#define BM_GOWER(name) name##_generic
#define BM_WIDTH 2
#define BM_TARGET
#include "kernel/gower_lanes.h"

#include "kernel/cpu.h"

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

const bm_gower_variant bm_gower_variants[] = {
#if defined(__x86_64__)
    {"avx512", bm_cpu_avx512_dq, bm_gower_avx512},
    {"avx2", bm_cpu_avx2, bm_gower_avx2},
#endif
    {"generic", bm_cpu_any, bm_gower_generic},
    {NULL, NULL, NULL},
};

bm_gower_kernel bm_gower_here(void) {
    const bm_gower_variant *variant = bm_gower_variants;
    while (!variant->runs_here())
        variant++;
    return variant->row;
}
