/* Category columns beside numbers: one scale for all indicators of a column, so that the column as
 * a whole varies as much as a number does on average.
 *
 * A category column is an indicator (0 or 1) a value, values having shares p. Its indicators vary
 * by Σ p (1 − p) = 1 − Σp² together, from near 0 to near 1: plain indicators give columns a weight
 * by the number and evenness of their values, and beside numbers a weight that hangs on what the
 * normalizer makes of those. Here all indicators of a column are multiplied by s,
 *
 *     s² = V / (1 − Σp²),
 *
 * where V is the mean variance of the normalized numbers (1 after zscore; 1 without numbers). Each
 * column then adds V to the total variance, a number and a category alike, and two buyers of
 * different values are 2 s² apart, squared. A column of two values counts exactly as the same
 * column written as a number 0 or 1 and z-scored does. Feature weights multiply squared differences
 * after that. The s is kept as the scale 1/s, so that centroids in the buyers' units are shares.
 *
 * Source: Hennig & Liao (2013), How to find an appropriate clustering for mixed-type variables,
 * J. R. Stat. Soc. C 62:309-369 (their q is 1 here; they prefer 1/2 for nominal columns, which a
 * feature weight of 0.5 gives). That each variable counts alike is the idea of Gower (1971,
 * Biometrics 27:857-871), here with squared Euclidean distances. Beside it:
 * - k-prototypes (Huang 1998, Data Min. Knowl. Discov. 2:283-304) adds γ for each column in which a
 *   buyer differs from the mode of the segment, one γ for all columns. 2 s² is such a γ, estimated
 *   for each column. Segments have shares here where they have modes there, so that means stay
 *   least-squares centres, and every method, index and distance that knows numbers works as it is.
 * - FAMD (Pagès 2004, Rev. Stat. Appl. 52(4):93-111) divides each indicator by √p, so that a column
 *   of m values varies by m − 1: columns of many values weigh more, and rare values most. */
#include "normalize/categories.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/sum.h"
#include "buyermap/context.h"
#include "data/values.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 4096 };

/* Weighted sums over rows of x, 1 − x and x (1 − x). Of the first two the variance of zeros and
 * ones follows without cancellation; the third is what fills between 0 and 1 take off. */
typedef struct tally {
    double ones, zeros, between;
} tally;

typedef struct measuring {
    const bm_features *features;
    const size_t *column; /* [m] the features that are indicators */
    size_t m;
    tally *tally; /* [chunks × m] */
} measuring;

static bm_status tally_chunk(size_t chunk, void *arg, bm_error *err) {
    const measuring *w = arg;
    const bm_features *features = w->features;
    size_t first = bm_chunk_begin(chunk, ROWS);
    size_t count = bm_chunk_end(chunk, ROWS, features->n) - first;
    double value[ROWS];
    for (size_t c = 0; c < w->m; c++) {
        tally *sums = &w->tally[chunk * w->m + c];
        bm_status status = bm_features_column(features, w->column[c], first, count, value, err);
        if (status != BM_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            double weight = bm_weight_of(features->weight, first + i), x = value[i];
            if (isnan(x))
                x = features->feature[w->column[c]].fill;
            sums->ones += weight * x;
            sums->zeros += weight * (1 - x);
            sums->between += weight * (x * (1 - x));
        }
    }
    return bm_check_interrupt(err);
}

static tally add_up(const measuring *w, size_t c, size_t chunks) {
    bm_sum ones = {0}, zeros = {0}, between = {0};
    for (size_t chunk = 0; chunk < chunks; chunk++) {
        const tally *part = &w->tally[chunk * w->m + c];
        bm_sum_add(&ones, part->ones);
        bm_sum_add(&zeros, part->zeros);
        bm_sum_add(&between, part->between);
    }
    return (tally){bm_sum_value(&ones), bm_sum_value(&zeros), bm_sum_value(&between)};
}

/* The category of that source, a new one where it is the first indicator. The one before is asked
 * first, since indicators of a source stand together unless the job lists them otherwise. */
static size_t category_of(bm_categories *categories, const char *source) {
    for (size_t c = categories->count; c > 0; c--) {
        if (strcmp(categories->category[c - 1].source, source) == 0)
            return c - 1;
    }
    categories->category[categories->count] = (bm_category){.source = source};
    return categories->count++;
}

static bm_status list_indicators(const bm_features *features, bm_categories *categories,
                                 size_t *column, size_t *m, bm_error *err) {
    bm_status status;
    BM_TRY(BM_NEW(&categories->of, features->d, "categories", err));
    BM_TRY(BM_NEW(&categories->category, features->d, "categories", err));
    *m = 0;
    for (size_t j = 0; j < features->d; j++) {
        const bm_feature *feature = &features->feature[j];
        categories->of[j] = SIZE_MAX;
        if (feature->kind != BM_FEATURE_INDICATOR || !feature->clustered)
            continue;
        categories->of[j] = category_of(categories, feature->source);
        categories->category[categories->of[j]].values++;
        column[(*m)++] = j;
    }
cleanup:
    return status;
}

/* Buyers of none of the listed values, if there are any, are alike. */
static void settle(bm_categories *categories, const measuring *w, size_t chunks) {
    for (size_t i = 0; i < categories->count; i++) {
        bm_category *category = &categories->category[i];
        double listed = 0, alike = 0;
        for (size_t c = 0; c < w->m; c++) {
            const bm_feature *feature = &w->features->feature[w->column[c]];
            if (categories->of[w->column[c]] != i)
                continue;
            tally sums = add_up(w, c, chunks);
            double total = sums.ones + sums.zeros, share = sums.ones / total;
            double variance = share * (sums.zeros / total) - sums.between / total;
            category->variance += variance > 0 ? variance : 0;
            category->weighted += variance > 0 ? feature->weight * variance : 0;
            listed += share;
            alike += share * share;
        }
        double others = listed < 1 ? 1 - listed : 0;
        category->differ = 1 - alike - others * others;
    }
}

bm_status bm_categories_measure(const bm_features *features, bm_categories *categories,
                                bm_error *err) {
    size_t chunks = bm_chunks(features->n, ROWS), cells;
    size_t *column = NULL;
    measuring w = {.features = features};
    bm_status status;
    *categories = (bm_categories){0};
    BM_TRY(BM_NEW(&column, features->d, "categories", err));
    BM_TRY(list_indicators(features, categories, column, &w.m, err));
    if (w.m == 0 || features->n == 0)
        goto cleanup;
    w.column = column;
    if (!bm_multiply(chunks, w.m, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&w.tally, cells, "categories", err));
    BM_TRY(bm_parallel_for(chunks, tally_chunk, &w, err));
    settle(categories, &w, chunks);
cleanup:
    free(column);
    free(w.tally);
    if (status != BM_OK)
        bm_categories_free(categories);
    return status;
}

double bm_category_difference(const bm_category *category) {
    if (!(category->variance > 0))
        return 0;
    double mean_weight = category->weighted / category->variance;
    return sqrt(2 * mean_weight / category->differ);
}

bm_status bm_categories_scale(const bm_categories *categories, double variance, bm_scaling *scaling,
                              bm_error *err) {
    for (size_t j = 0; j < scaling->d; j++) {
        if (categories->of[j] == SIZE_MAX)
            continue;
        const bm_category *category = &categories->category[categories->of[j]];
        if (!(category->variance > 0)) /* one segment is wanted, and nobody differs */
            continue;
        double scale = sqrt(category->variance / variance);
        if (!(scale > 0) || !isfinite(scale))
            return bm_fail(err, BM_DATA,
                           "the numbers vary too much or too little for the category \"%s\" to be "
                           "weighed beside them: normalize them, or give them in other units",
                           category->source);
        scaling->feature[j].scale = scale;
    }
    return BM_OK;
}

void bm_categories_free(bm_categories *categories) {
    free(categories->category);
    free(categories->of);
    *categories = (bm_categories){0};
}
