/* How much the category columns of a matrix count beside its numbers. */
#ifndef BM_NORMALIZE_CATEGORIES_H
#define BM_NORMALIZE_CATEGORIES_H

#include "buyermap/features.h"
#include "buyermap/scaling.h"

enum { BM_CATEGORIES_TEXT = 1000 };

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
    double variance; /* mean of theirs, of those that vary; 0: none does */
    size_t *of;      /* [d] the category of each feature; SIZE_MAX: not a clustered indicator */
} bm_categories;

/* Measures the category columns of features in the buyers' units: the clustered ones of all, or
 * those of a matrix that is not normalized yet; missing values count as their fill, buyers as their
 * weight. Shares are summed with compensation, in the order of rows. O(n d). BM_NOMEM. */
bm_status bm_categories_measure(const bm_features *features, bm_categories *categories,
                                bm_error *err) BM_MUST_CHECK;
/* What two buyers of different values are apart, in standard deviations of a number, in any
 * category whose feature weight is 1: √2 s / √V. 0 where no category varies. */
double bm_categories_difference(const bm_categories *categories);
/* The same for one category as it is weighted, filled and listed: the root of the mean square over
 * the pairs that differ in it. */
double bm_category_difference(const bm_categories *categories, const bm_category *category);
/* One line for people that says so, naming the categories that vary; empty where none does.
 * variance: as below, and the line begins with the estimated weight 2 s²; 0 where it is not known
 * yet, and it does not. beside: there are numbers to compare with. */
void bm_categories_tell(const bm_categories *categories, double variance, int beside,
                        char text[BM_CATEGORIES_TEXT]);

/* Scales the indicators: `variance` is what the numbers vary on average, > 0. BM_DATA when that
 * leaves the categories no scale. */
bm_status bm_categories_scale(const bm_categories *categories, double variance, bm_scaling *scaling,
                              bm_error *err) BM_MUST_CHECK;
void bm_categories_free(bm_categories *categories);

#endif
