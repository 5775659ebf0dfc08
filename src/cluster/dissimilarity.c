/* Euclidean distances as a dissimilarity: rows packed eight side by side, and one row after the
 * other held against a stretch of them. O(d) a pair; O(n d) memory. */
#include "cluster/dissimilarity.h"

#include "base/memory.h"
#include "kernel/distance.h"

#include <stdlib.h>
#include <string.h>

enum { STRETCH = 512 }; /* columns at a time, which the caches hold beside their distances */

typedef struct euclidean {
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
            own->distances(self->features->x + (row + i) * d, own->packed + begin * d, last - begin,
                           d, distance);
            memcpy(tile + i * stride + (first - column), distance + (first - begin),
                   (last - first) * sizeof *tile);
        }
    }
}

static void release(void *data) {
    euclidean *own = data;
    free(own->packed);
    free(own);
}

bm_status bm_euclidean(const bm_features *features, bm_dissimilarity *dissimilarity,
                       bm_error *err) {
    euclidean *own = NULL;
    bm_status status;
    *dissimilarity = (bm_dissimilarity){.n = features->n,
                                        .name = "euclidean",
                                        .tile = tile_of,
                                        .features = features,
                                        .release = release};
    BM_TRY(BM_NEW(&own, 1, "distances", err));
    dissimilarity->data = own;
    own->distances = bm_distances();
    BM_TRY(
        BM_NEW_ALIGNED(&own->packed, bm_packed_length(features->n, features->d), "distances", err));
    bm_pack_rows(features->x, features->n, features->d, own->packed);
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
