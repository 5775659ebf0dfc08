/* Random starts: k rows of distinct values. Rows are drawn at random, and those whose value is
 * taken are passed over. Where that happens too often (k near n, many equal rows), the rows are
 * drawn without replacement instead, by the Fisher–Yates shuffle of their numbers; both ways every
 * row whose value is not taken is as likely to be next. */
#include "cluster/kmeans_start.h"

#include "buyermap/context.h"
#include "cluster/row_set.h"
#include "data/rows.h"

#include <string.h>

enum { MISSES = 64 };

/* Takes the row unless its value is taken. */
static void consider(const bm_starter *starter, size_t row, bm_row_set *taken, double *centroid) {
    const double *value = bm_row(starter->features, row, starter->row);
    if (bm_row_set_add(taken, value))
        memcpy(centroid + (taken->count - 1) * taken->d, value, taken->d * sizeof *value);
}

/* All rows in random order, as far as it is needed; their numbers stand where labels do. */
static bm_status shuffle(const bm_starter *starter, size_t k, gsl_rng *rng, bm_row_set *taken,
                         double *centroid, bm_error *err) {
    size_t n = starter->features->n;
    int32_t *row = starter->label;
    if (n > INT32_MAX)
        return bm_fail(err, BM_LIMIT,
                       "too many buyers for a random start of k = %zu; start with "
                       "kmeans++",
                       k);
    for (size_t i = 0; i < n; i++)
        row[i] = (int32_t)i;
    for (size_t i = 0; i < n && taken->count < k; i++) {
        size_t other = i + (size_t)(gsl_rng_uniform(rng) * (double)(n - i));
        size_t drawn = (size_t)row[other];
        row[other] = row[i];
        consider(starter, drawn, taken, centroid);
    }
    return bm_check_interrupt(err);
}

bm_status bm_starter_random(bm_starter *starter, size_t k, gsl_rng *rng, double *centroid,
                            bm_error *err) {
    const bm_features *features = starter->features;
    bm_row_set taken = {0};
    bm_status status = BM_OK;
    BM_TRY(bm_row_set_init(&taken, centroid, k, features->d, err));
    for (size_t drawn = 0; taken.count < k && drawn - taken.count < k + MISSES; drawn++)
        consider(starter, (size_t)(gsl_rng_uniform(rng) * (double)features->n), &taken, centroid);
    if (taken.count < k)
        BM_TRY(shuffle(starter, k, rng, &taken, centroid, err));
    BM_TRY(bm_rows_check(features, err));
    if (taken.count < k)
        BM_TRY(bm_starter_too_few(taken.count, k, err));
cleanup:
    bm_row_set_free(&taken);
    return status;
}
