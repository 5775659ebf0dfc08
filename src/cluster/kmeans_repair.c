/* Repair of empty segments, the rule of scikit-learn's _relocate_empty_clusters: the centroid of an
 * empty segment moves to the row that is farthest from its own centroid, and that row leaves the
 * segment it was in. Ties go to the lowest row. Beyond scikit-learn: of several empty segments each
 * takes a row of another value, and a row alone in its segment stays, so that a repair never makes
 * another segment empty. O(n d) an empty segment.
 *
 * While there are at least k distinct rows this always finds one: if every row apart from its
 * centroid were alone in its segment, each segment would hold one value, and with one empty there
 * would be fewer than k values. */
#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/distinct.h"
#include "cluster/kmeans.h"
#include "kernel/distance.h"

#include <string.h>

static bm_status distance_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_kmeans *kmeans = arg;
    const bm_features *features = kmeans->features;
    size_t d = features->d, end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n);
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++)
        kmeans->distance[i] = bm_squared_distance(
            features->x + i * d, kmeans->centroid + (size_t)kmeans->label[i] * d, d);
    return bm_check_interrupt(err);
}

/* The farthest row that may leave its segment, or n. */
static size_t farthest_row(const bm_kmeans *kmeans) {
    size_t n = kmeans->features->n, farthest = n;
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        if (kmeans->distance[i] > most && kmeans->size[kmeans->label[i]] > 1) {
            most = kmeans->distance[i];
            farthest = i;
        }
    }
    return farthest;
}

/* Moves one centroid; its row and those of equal value are not to be taken again. */
static void move_to_row(bm_kmeans *kmeans, size_t segment, size_t row) {
    const bm_features *features = kmeans->features;
    size_t d = features->d, donor = (size_t)kmeans->label[row];
    const double *x = features->x + row * d;
    double weight = bm_weight_of(features->weight, row);
    double *from = kmeans->sum + donor * (d + 1), *to = kmeans->sum + segment * (d + 1);
    for (size_t f = 0; f < d; f++) {
        from[f] -= weight * x[f];
        to[f] = x[f];
    }
    from[d] -= weight;
    to[d] = 1; /* its mean is the row itself, without rounding */
    kmeans->size[donor]--;
    kmeans->size[segment] = 1;
    kmeans->filled[segment] = row;
    for (size_t i = row; i < features->n; i++)
        if (bm_same_row(features->x + i * d, x, d))
            kmeans->distance[i] = 0;
}

bm_status bm_kmeans_repair(bm_kmeans *kmeans, size_t *repaired, bm_error *err) {
    size_t empty = 0;
    *repaired = 0;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        kmeans->filled[segment] = SIZE_MAX;
        empty += kmeans->size[segment] == 0;
    }
    if (empty == 0)
        return BM_OK;
    bm_status status = bm_parallel_for(kmeans->chunks, distance_chunk, kmeans, err);
    if (status != BM_OK)
        return status;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        if (kmeans->size[segment] > 0)
            continue;
        size_t row = farthest_row(kmeans);
        if (row == kmeans->features->n)
            break;
        move_to_row(kmeans, segment, row);
        ++*repaired;
        status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
    }
    if (*repaired == 0)
        return bm_fail(err, BM_DEGENERATE,
                       "k = %zu segments cannot be told apart: the buyers differ by less than "
                       "rounding; ask for fewer segments",
                       kmeans->k);
    return BM_OK;
}
