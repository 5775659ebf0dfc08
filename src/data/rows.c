#include "data/rows.h"

#include "base/memory.h"

#include <stdlib.h>

bm_status bm_rows_pass(const bm_features *features, size_t rows, bm_chunk_fn fn, void *arg,
                       bm_error *err) {
    return bm_parallel_for(bm_chunks(features->n, rows), fn, arg, err);
}

const double *bm_rows_doubles(const bm_features *features, size_t first, size_t count,
                              double *buffer) {
    if (features->x != NULL)
        return features->x + first * features->d;
    const float *value = features->single + first * features->d;
    for (size_t i = 0; i < count * features->d; i++)
        buffer[i] = (double)value[i];
    return buffer;
}

const void *bm_rows_at(const bm_features *features, size_t first) {
    size_t at = first * features->d;
    return features->x != NULL ? (const void *)(features->x + at)
                               : (const void *)(features->single + at);
}

int bm_rows_are_single(const bm_features *features) {
    return features->x == NULL;
}

const double *bm_row(const bm_features *features, size_t i, double *buffer) {
    return bm_rows_doubles(features, i, 1, buffer);
}

bm_status bm_features_make_single(bm_features *features, bm_error *err) {
    size_t cells = features->n * features->d;
    bm_status status = BM_NEW_ALIGNED(&features->single, cells, "the feature matrix", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < cells; i++)
        features->single[i] = (float)features->x[i];
    free(features->x);
    features->x = NULL;
    return BM_OK;
}
