#include "buyermap/features.h"

#include "base/memory.h"
#include "data/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bm_status bm_features_init(bm_features *features, size_t n, size_t d, bm_error *err) {
    bm_status status;
    size_t cells;
    *features = (bm_features){.n = n, .d = d};
    if (!bm_multiply(n, d, &cells))
        return bm_fail(err, BM_NOMEM, "out of memory: %zu buyers × %zu features", n, d);
    BM_TRY(BM_NEW_ALIGNED(&features->x, cells, "the feature matrix", err));
    BM_TRY(BM_NEW(&features->feature, d, "features", err));
    BM_TRY(BM_NEW(&features->row_of, n, "the feature matrix", err));
    for (size_t i = 0; i < n; i++)
        features->row_of[i] = i;
    return BM_OK;
cleanup:
    features->d = 0;
    bm_features_free(features);
    return status;
}

bm_status bm_feature_set(bm_feature *feature, const char *name, const char *source,
                         bm_feature_kind kind, bm_error *err) {
    bm_status status = bm_copy_string(&feature->name, name, err);
    if (status == BM_OK)
        status = bm_copy_string(&feature->source, source, err);
    feature->kind = kind;
    feature->clustered = 1;
    feature->weight = 1;
    feature->fill = NAN;
    feature->low = -INFINITY;
    feature->high = INFINITY;
    feature->missing = 0;
    return status;
}

static bm_status copy_feature(const bm_feature *from, bm_feature *to, bm_error *err) {
    bm_status status = bm_feature_set(to, from->name, from->source, from->kind, err);
    to->weight = from->weight;
    to->fill = from->fill;
    to->low = from->low;
    to->high = from->high;
    to->missing = from->missing;
    return status;
}

double bm_feature_settle(const bm_feature *feature, double value) {
    if (isnan(value))
        return feature->fill;
    return value < feature->low ? feature->low : value > feature->high ? feature->high : value;
}

bm_status bm_features_select(const bm_features *all, bm_features *clustered, bm_error *err) {
    bm_status status;
    size_t d = 0;
    *clustered = (bm_features){.n = all->n, .is_settled = 1};
    for (size_t j = 0; j < all->d; j++)
        d += all->feature[j].clustered != 0;
    BM_TRY(BM_NEW(&clustered->feature, d, "features", err));
    BM_TRY(BM_NEW(&clustered->values, d, "features", err));
    for (size_t j = 0; j < all->d; j++) {
        if (!all->feature[j].clustered)
            continue;
        clustered->values[clustered->d] = all->values[j];
        BM_TRY(copy_feature(&all->feature[j], &clustered->feature[clustered->d++], err));
    }
    if (all->row_of != NULL) {
        BM_TRY(BM_NEW(&clustered->row_of, all->n, "the feature matrix", err));
        memcpy(clustered->row_of, all->row_of, all->n * sizeof *all->row_of);
    }
    if (all->weight != NULL) {
        BM_TRY(BM_NEW(&clustered->weight, all->n, "buyer weights", err));
        memcpy(clustered->weight, all->weight, all->n * sizeof *all->weight);
    }
    return BM_OK;
cleanup:
    bm_features_free(clustered);
    return status;
}

void bm_features_free(bm_features *features) {
    for (size_t j = 0; features->feature != NULL && j < features->d; j++) {
        free(features->feature[j].name);
        free(features->feature[j].source);
    }
    free(features->feature);
    free(features->x);
    free(features->single);
    free(features->values);
    bm_stored_free(features->stored);
    free(features->row_of);
    free(features->weight);
    *features = (bm_features){0};
}
