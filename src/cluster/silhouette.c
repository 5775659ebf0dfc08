/* Silhouettes (Rousseeuw, J. Comput. Appl. Math. 20, 1987) of all buyers: O(n² d) time, memory
 * linear in n. */
#include "cluster/silhouette.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/quality.h"

#include <math.h>
#include <stdlib.h>

/* Of the sums of all partitions that are computed together: they stay well below the 64 MiB from
 * which on each distance would be computed twice. */
static const size_t MOST_TOGETHER = (size_t)32 << 17;

double bm_width_value(const bm_width *width) {
    double greater = width->within > width->other ? width->within : width->other;
    return greater > 0 ? (width->other - width->within) / greater : 0;
}

/* The (weighted) mean over all buyers; NaN where the index is not defined. */
static double mean_of(const bm_silhouette *s, size_t p, const bm_width *width) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < s->n; i++) {
        double weight = bm_weight_of(s->features->weight, i);
        sum += weight * bm_width_value(&width[p * s->n + i]);
        total += weight;
        if (width[p * s->n + i].nearest < 0)
            return NAN;
    }
    return s->k[p] < s->n ? sum / total : NAN;
}

static bm_status compute(bm_silhouette *s, double *value, bm_error *err) {
    bm_width *width = NULL;
    size_t widths = 0;
    bm_status status = BM_OK;
    if (!bm_multiply(s->partitions, s->n, &widths))
        return bm_fail(err, BM_NOMEM, "out of memory: silhouettes");
    BM_TRY(bm_silhouette_sort(s, err));
    BM_TRY(BM_NEW(&width, widths, "silhouettes", err));
    BM_TRY(bm_silhouette_widths(s, width, err));
    for (size_t p = 0; p < s->partitions; p++)
        value[p] = mean_of(s, p, width);
cleanup:
    free(width);
    bm_silhouette_free(s);
    return status;
}

bm_status bm_silhouettes(const bm_features *features, size_t partitions, int32_t *const *label,
                         const size_t *k, double *value, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t p = 0, together; p < partitions; p += together) {
        size_t slots = k[p];
        for (together = 1; p + together < partitions; together++) {
            if (slots + k[p + together] > MOST_TOGETHER / features->n)
                break;
            slots += k[p + together];
        }
        bm_silhouette s = {.features = features,
                           .n = features->n,
                           .partitions = together,
                           .label = label + p,
                           .k = k + p};
        BM_TRY(compute(&s, value + p, err));
    }
cleanup:
    return status;
}

bm_status bm_silhouette_of(const bm_partition *partition, uint64_t seed, double *value, double *se,
                           bm_error *err) {
    *value = *se = NAN;
    if (partition->k < 2 || partition->k >= partition->features->n)
        return BM_OK;
    if (partition->features->n > BM_SILHOUETTE_EXACT)
        return bm_silhouette_sampled(partition, seed, value, se, err);
    return bm_silhouettes(partition->features, 1, (int32_t *const *)&partition->label,
                          &partition->k, value, err);
}

/* Rows of a sample: each segment may add its least, or a row by rounding. */
static size_t most_rows(size_t n, size_t k_high) {
    size_t rows = 2 * (size_t)BM_SILHOUETTE_SAMPLE;
    rows = k_high < rows ? rows + 3 * k_high : 4 * rows;
    if (n <= BM_SILHOUETTE_EXACT)
        rows = BM_SILHOUETTE_EXACT;
    return n < rows ? n : rows;
}

size_t bm_silhouette_memory(size_t n, size_t d, size_t partitions, size_t k_high) {
    size_t rows = most_rows(n, k_high) + BM_TILE_COLUMNS, threads = (size_t)bm_threads();
    size_t together = n <= BM_SILHOUETTE_EXACT ? partitions : 3; /* a sample and its halves */
    size_t each = 0, of_partitions = 0, slots = 0, sums = 0, own_sums = 0, total = 0;
    /* Of a row: packed values, places, figures; in each partition a label, a width and a slot. */
    int fits = bm_multiply(d, 2 * sizeof(double), &each) &&
               bm_multiply(together, sizeof(bm_width) + 2 * sizeof(int32_t), &of_partitions) &&
               bm_add(each, of_partitions + 8 * sizeof(double), &each) &&
               bm_multiply(rows, each, &total) && bm_multiply(together, k_high, &slots) &&
               bm_multiply(k_high, 3 * threads * BM_TILE_COLUMNS * sizeof(double), &own_sums);
    if (!fits)
        return SIZE_MAX;
    /* Sums of all rows, with copies of small ones; or of a thread's. */
    if (!bm_multiply(slots, rows * sizeof(double), &sums) ||
        sums > 2 * MOST_TOGETHER * sizeof(double))
        sums = 2 * MOST_TOGETHER * sizeof(double);
    sums = sums > own_sums ? sums : own_sums;
    return bm_add(total, sums + ((size_t)8 << 20), &total) ? total : SIZE_MAX;
}
