/* How much the category columns of a matrix count beside its numbers. */
#ifndef BM_NORMALIZE_CATEGORIES_H
#define BM_NORMALIZE_CATEGORIES_H

#include "buyermap/features.h"
#include "buyermap/scaling.h"

/* One category column: all its clustered indicators. */
typedef struct bm_category {
    const char *source; /* borrowed from the features */
    size_t values;      /* indicators */
    double variance;    /* of its indicators together: 1 − Σp² where the shares p add up to 1 */
    double weighted;    /* the same, each indicator's times its feature weight */
    double differ;      /* probability that two buyers differ in it; ≥ variance */
} bm_category;

typedef struct bm_categories {
    bm_category *category; /* [count], by their first indicators */
    size_t count;
    size_t *of; /* [d] the category of each feature; SIZE_MAX: not a clustered indicator */
} bm_categories;

/* Measures the category columns of features in the buyers' units: the clustered ones of all, or
 * those of a matrix that is not normalized yet; missing values count as their fill, buyers as their
 * weight. Shares are summed with compensation, in the order of rows. O(n d). BM_NOMEM. */
bm_status bm_categories_measure(const bm_features *features, bm_categories *categories,
                                bm_error *err) BM_MUST_CHECK;
/* What two buyers are apart, in standard deviations of a number, where they differ in the category:
 * the root of the mean square over such pairs; 0 where nobody differs. */
double bm_category_difference(const bm_category *category);

/* Scales the indicators: `variance` is what the numbers vary on average, > 0. BM_DATA when that
 * leaves a category no scale. */
bm_status bm_categories_scale(const bm_categories *categories, double variance, bm_scaling *scaling,
                              bm_error *err) BM_MUST_CHECK;
void bm_categories_free(bm_categories *categories);

#endif
