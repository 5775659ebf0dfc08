/* Euclidean distances as a dissimilarity: rows packed eight side by side, and one row after the
 * other held against a stretch of them. O(d) a pair; O(n d) memory. */
#include "cluster/dissimilarity.h"

#include "base/memory.h"
#include "kernel/distance.h"

#include <stdlib.h>
#include <string.h>

const char *const bm_distance_names[] = {"euclidean", "gower", NULL};
const char *const bm_distance_meanings[] = {
    "of the normalized features", "of numbers and categories, missing values skipped pairwise"};

enum { STRETCH = 512 }; /* columns at a time, which the caches hold beside their distances */

typedef struct euclidean {
    const double *x; /* [n × d] the features', or own copies of selected rows */
    double *copy;
    double *packed;
    bm_distances_kernel distances;
} euclidean;

static void tile_of(const bm_dissimilarity *self, size_t row, size_t rows, size_t column,
                    size_t columns, size_t stride, double *tile) {
    const euclidean *own = self->data;
    size_t d = self->features->d, end = column + columns;
    double distance[STRETCH];
    for (size_t begin = column / BM_PACKED * BM_PACKED; begin < end; begin += STRETCH) {
        size_t first = begin > column ? begin : column;
        size_t last = end - begin < STRETCH ? end : begin + STRETCH;
        for (size_t i = 0; i < rows; i++) {
            own->distances(own->x + (row + i) * d, own->packed + begin * d, last - begin, d,
                           distance);
            memcpy(tile + i * stride + (first - column), distance + (first - begin),
                   (last - first) * sizeof *tile);
        }
    }
}

static void release(void *data) {
    euclidean *own = data;
    free(own->packed);
    free(own->copy);
    free(own);
}

static bm_status pack(const double *x, size_t n, size_t d, euclidean *own, bm_error *err) {
    own->x = x;
    own->distances = bm_distances();
    bm_status status = BM_NEW_ALIGNED(&own->packed, bm_packed_length(n, d), "distances", err);
    if (status == BM_OK)
        bm_pack_rows(x, n, d, own->packed);
    return status;
}

static bm_status select_rows(const bm_dissimilarity *self, const size_t *row, size_t n,
                             bm_dissimilarity *out, bm_error *err) {
    const euclidean *from = self->data;
    euclidean *own = NULL;
    size_t d = self->features->d;
    bm_status status;
    *out = *self;
    out->n = n;
    out->data = NULL;
    BM_TRY(BM_NEW(&own, 1, "distances", err));
    out->data = own;
    BM_TRY(BM_NEW_ALIGNED(&own->copy, n * d, "distances", err));
    for (size_t i = 0; i < n; i++)
        memcpy(own->copy + i * d, from->x + row[i] * d, d * sizeof *own->copy);
    BM_TRY(pack(own->copy, n, d, own, err));
cleanup:
    if (status != BM_OK)
        bm_dissimilarity_free(out);
    return status;
}

bm_status bm_euclidean(const bm_features *features, bm_dissimilarity *dissimilarity,
                       bm_error *err) {
    euclidean *own = NULL;
    bm_status status;
    *dissimilarity = (bm_dissimilarity){.n = features->n,
                                        .name = "euclidean",
                                        .tile = tile_of,
                                        .select = select_rows,
                                        .features = features,
                                        .release = release};
    BM_TRY(BM_NEW(&own, 1, "distances", err));
    dissimilarity->data = own;
    BM_TRY(pack(features->x, features->n, features->d, own, err));
cleanup:
    if (status != BM_OK)
        bm_dissimilarity_free(dissimilarity);
    return status;
}

size_t bm_euclidean_memory(size_t n, size_t d) {
    size_t bytes;
    return n <= SIZE_MAX - BM_PACKED && bm_multiply(n + BM_PACKED, d, &bytes) &&
                   bm_multiply(bytes, sizeof(double), &bytes)
               ? bytes
               : SIZE_MAX;
}

void bm_dissimilarity_free(bm_dissimilarity *dissimilarity) {
    if (dissimilarity->data != NULL)
        dissimilarity->release(dissimilarity->data);
    *dissimilarity = (bm_dissimilarity){0};
}
