/* Tables of numbers and categories with missing values, as features and for other tools. */
#ifndef BM_TEST_CLUSTER_MIXED_H
#define BM_TEST_CLUSTER_MIXED_H

#include "dataset.h"

/* What one is made of: numbers first, then an indicator a value of each category. */
typedef struct mixed {
    size_t n, numbers, categories;
    size_t values; /* of a category */
    double missing;
    int weighted; /* features have weights */
} mixed;

static inline size_t mixed_columns(const mixed *of) {
    return of->numbers + of->categories;
}

/* Above one half: daisy takes pairs of less for pairs without a variable in common. */
static inline double mixed_weight(const mixed *of, size_t column) {
    return of->weighted ? 0.75 * (double)(1 + column % 7) : 1;
}

/* cell[i × columns + c]: a number, or a category's value from 0; NaN: missing. The first column
 * misses none; the second number, where there is one, is all the same. */
static inline double *mixed_cells(const mixed *of, uint64_t seed) {
    size_t columns = mixed_columns(of);
    uint64_t state = seed;
    double *cell = malloc(of->n * columns * sizeof *cell);
    assert_non_null(cell);
    for (size_t i = 0; i < of->n; i++)
        for (size_t c = 0; c < columns; c++) {
            double x = next_random(&state), y = next_random(&state);
            double value = c >= of->numbers ? floor(x * (double)of->values)
                           : c == 1         ? 4.2
                           : c % 2          ? exp(8 * x)
                                            : floor(x * 100) / 8 - 3;
            cell[i * columns + c] = c > 0 && y < of->missing ? NAN : value;
        }
    return cell;
}

static inline void mixed_features(const mixed *of, const double *cell, bm_features *features) {
    size_t columns = mixed_columns(of), d = of->numbers + of->categories * of->values;
    char name[32], source[32];
    assert_int_equal(bm_features_init(features, of->n, d, NULL), BM_OK);
    for (size_t j = 0; j < d; j++) {
        size_t c = j < of->numbers ? j : of->numbers + (j - of->numbers) / of->values;
        size_t value = (j - of->numbers) % of->values;
        int is_number = j < of->numbers;
        snprintf(source, sizeof source, "v%zu", c);
        snprintf(name, sizeof name, is_number ? "v%zu" : "v%zu=%zu", c, value);
        assert_int_equal(bm_feature_set(&features->feature[j], name, source,
                                        is_number ? BM_FEATURE_NUMBER : BM_FEATURE_INDICATOR, NULL),
                         BM_OK);
        features->feature[j].weight = mixed_weight(of, c);
        for (size_t i = 0; i < of->n; i++) {
            double x = cell[i * columns + c];
            features->x[i * d + j] = is_number || isnan(x) ? x : (double)((size_t)x == value);
        }
    }
}

#endif
