/* The kernel of Gower's dissimilarity, written once: gower.c, gower_avx2.c and gower_avx512.c
 * define BM_GOWER(name) as the name in their variant, BM_WIDTH as the doubles of a register and
 * BM_TARGET as what their CPU can do, and include this file.
 *
 * One row a lane, variable after variable into sums that the nearest cache holds. What a row misses
 * is masked out of both sums, which leaves them as they are. No fused multiply-adds. */
#include "kernel/gower.h"

#include <stdint.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

enum { STRETCH = 256 };

typedef double lanes __attribute__((vector_size(BM_WIDTH * 8)));
typedef int64_t masks __attribute__((vector_size(BM_WIDTH * 8)));

/* Adds a variable that `own` is the row's value of. */
BM_TARGET static void add(const bm_gower_column *column, const double *value, double own, size_t n,
                          double *sum, double *total) {
    const lanes zero = {0}, weight = column->weight + zero;
    const masks magnitude = INT64_MAX + (masks){0};
    for (size_t j = 0; j < n; j += BM_WIDTH) {
        lanes other, to, of;
        memcpy(&other, value + j, sizeof other);
        memcpy(&to, sum + j, sizeof to);
        lanes part = column->is_category ? (lanes)((masks)weight & (other != own + zero))
                                         : weight * (lanes)((masks)(other - own) & magnitude);
        if (column->is_partial) {
            masks known = other == other;
            memcpy(&of, total + j, sizeof of);
            of += (lanes)((masks)weight & known);
            memcpy(total + j, &of, sizeof of);
            part = (lanes)((masks)part & known);
        }
        to += part;
        memcpy(sum + j, &to, sizeof to);
    }
}

BM_TARGET static void divide(size_t n, double *sum, const double *total) {
    for (size_t j = 0; j < n; j += BM_WIDTH) {
        lanes above, below;
        memcpy(&above, sum + j, sizeof above);
        memcpy(&below, total + j, sizeof below);
        above /= below;
        memcpy(sum + j, &above, sizeof above);
    }
}

BM_TARGET void BM_GOWER(bm_gower)(const bm_gower_table *table, size_t row, size_t first, size_t n,
                                  double *out) {
    double sum[STRETCH], total[STRETCH];
    for (size_t begin = 0; begin < n; begin += STRETCH) {
        size_t count = n - begin < STRETCH ? n - begin : STRETCH;
        size_t padded = (count + BM_WIDTH - 1) / BM_WIDTH * BM_WIDTH;
        for (size_t j = 0; j < STRETCH; j++) {
            sum[j] = 0;
            total[j] = table->complete;
        }
        for (size_t v = 0; v < table->columns; v++) {
            const bm_gower_column *column = &table->column[v];
            double own = column->value[row];
            if (own == own)
                add(column, column->value + first + begin, own, padded, sum, total);
        }
        divide(padded, sum, total);
        memcpy(out + begin, sum, count * sizeof *out);
    }
}
