/* Agreement with known classes: adjusted Rand index (Hubert & Arabie, J. Classification 2, 1985,
 * eq. 5) and mutual information normalized by the arithmetic mean of the entropies (Strehl & Ghosh,
 * JMLR 3, 2002; scikit-learn's default). Rows are brought together by class with a counting sort,
 * so the contingency table is met one row at a time: O(n + k + classes) time and memory. */
#include "cluster/quality.h"

#include "base/memory.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

typedef struct table {
    size_t n, classes;
    size_t *first;   /* [classes + 1] where the labels of each class begin */
    int32_t *label;  /* [n] labels by class */
    size_t *segment; /* [k] buyers of each segment */
    size_t *cell;    /* [k] one row of the contingency table; 0 between classes */
} table;

static bm_status sort_by_class(table *by, const int32_t *label, const int32_t *truth, size_t n,
                               size_t k, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t i = 0; i < n; i++) {
        by->n += truth[i] >= 0;
        if (truth[i] >= 0 && (size_t)truth[i] >= by->classes)
            by->classes = (size_t)truth[i] + 1;
    }
    BM_TRY(BM_NEW(&by->first, by->classes + 2, "classes", err));
    BM_TRY(BM_NEW(&by->label, by->n, "labels by class", err));
    BM_TRY(BM_NEW(&by->segment, k, "segment sizes", err));
    BM_TRY(BM_NEW(&by->cell, k, "segment sizes", err));
    /* Counts two places up, so that filling leaves the beginnings where they belong. */
    for (size_t i = 0; i < n; i++)
        if (truth[i] >= 0)
            by->first[truth[i] + 2]++;
    for (size_t c = 2; c <= by->classes; c++)
        by->first[c] += by->first[c - 1];
    for (size_t i = 0; i < n; i++) {
        if (truth[i] < 0)
            continue;
        by->label[by->first[truth[i] + 1]++] = label[i];
        by->segment[label[i]]++;
    }
cleanup:
    return status;
}

static double pairs(size_t n) {
    return n > 1 ? 0.5 * (double)n * (double)(n - 1) : 0;
}

static double entropy_part(size_t count, size_t n) {
    double share = (double)count / (double)n;
    return count > 0 ? -share * log(share) : 0;
}

/* What the contingency table adds up to. */
typedef struct sums {
    double pairs_both, pairs_class, pairs_segment;
    double entropy_class, entropy_segment, information;
    size_t classes, segments; /* that have buyers */
} sums;

static void add_class(table *by, size_t c, sums *total) {
    size_t begin = by->first[c], end = by->first[c + 1], size = end - begin;
    if (size == 0)
        return;
    total->classes++;
    total->pairs_class += pairs(size);
    total->entropy_class += entropy_part(size, by->n);
    for (size_t i = begin; i < end; i++)
        by->cell[by->label[i]]++;
    for (size_t i = begin; i < end; i++) {
        size_t *cell = &by->cell[by->label[i]];
        if (*cell == 0)
            continue;
        double both = (double)*cell, n = (double)by->n;
        total->pairs_both += pairs(*cell);
        total->information +=
            both / n * log(both * n / ((double)size * (double)by->segment[by->label[i]]));
        *cell = 0;
    }
}

static double rand_index(const sums *total, size_t n) {
    double expected = n > 1 ? total->pairs_class * total->pairs_segment / pairs(n) : 0;
    double most = 0.5 * (total->pairs_class + total->pairs_segment);
    /* Both are one segment, or both single buyers: the same partition. */
    return fabs(most - expected) <= 0 ? 1 : (total->pairs_both - expected) / (most - expected);
}

static double normalized_information(const sums *total) {
    if (total->classes == 1 && total->segments == 1)
        return 1;
    double mean = 0.5 * (total->entropy_class + total->entropy_segment);
    double value = total->information / (mean > DBL_EPSILON ? mean : DBL_EPSILON);
    return value < DBL_EPSILON ? 0 : value > 1 ? 1 : value;
}

bm_status bm_agreement(const int32_t *label, const int32_t *truth, size_t n, size_t k,
                       double *adjusted_rand, double *nmi, bm_error *err) {
    table by = {0};
    sums total = {0};
    bm_status status = BM_OK;
    *adjusted_rand = NAN;
    *nmi = NAN;
    BM_TRY(sort_by_class(&by, label, truth, n, k, err));
    if (by.n == 0)
        goto cleanup;
    for (size_t segment = 0; segment < k; segment++) {
        total.segments += by.segment[segment] > 0;
        total.pairs_segment += pairs(by.segment[segment]);
        total.entropy_segment += entropy_part(by.segment[segment], by.n);
    }
    for (size_t c = 0; c < by.classes; c++)
        add_class(&by, c, &total);
    *adjusted_rand = rand_index(&total, by.n);
    *nmi = normalized_information(&total);
cleanup:
    free(by.first);
    free(by.label);
    free(by.segment);
    free(by.cell);
    return status;
}
