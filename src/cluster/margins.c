/* How clearly a buyer belongs to its segment: its distance to the own centroid against that to the
 * nearest other one. O(n k d) time, no memory; ties to the lowest segment. */
#include "base/parallel.h"
#include "cluster/cluster.h"
#include "cluster/partition.h"
#include "kernel/distance.h"

#include <math.h>

typedef struct work {
    const bm_features *features;
    const bm_segmentation *segmentation;
    double *distance;
    int32_t *second;
    double *margin;
} work;

static void measure_row(const work *now, size_t i) {
    size_t d = now->features->d, k = now->segmentation->k;
    size_t own = (size_t)now->segmentation->label[i] - 1, second = k;
    const double *row = now->features->x + i * d, *centroid = now->segmentation->centroid;
    double least = INFINITY;
    for (size_t j = 0; j < k; j++) {
        if (j == own)
            continue;
        double square = bm_squared_distance(row, centroid + j * d, d);
        if (second == k || square < least) {
            least = square;
            second = j;
        }
    }
    now->distance[i] = sqrt(bm_squared_distance(row, centroid + own * d, d));
    now->second[i] = second == k ? 0 : (int32_t)second + 1;
    now->margin[i] = NAN;
    if (second == k)
        return;
    /* A buyer on two centroids at once is of neither; one that sits on another's centroid, which
     * only a hierarchical map can have, has no finite margin. */
    if (least > 0)
        now->margin[i] = 1 - now->distance[i] / sqrt(least);
    else if (now->distance[i] <= 0)
        now->margin[i] = 0;
}

static bm_status margins_chunk(size_t chunk, void *arg, bm_error *err) {
    const work *now = arg;
    size_t rows = bm_cluster_chunk_rows(now->features->n, 1);
    size_t end = bm_chunk_end(chunk, rows, now->features->n);
    for (size_t i = bm_chunk_begin(chunk, rows); i < end; i++)
        measure_row(now, i);
    return bm_check_interrupt(err);
}

bm_status bm_margins(const bm_features *features, const bm_segmentation *segmentation,
                     double *distance, int32_t *second, double *margin, bm_error *err) {
    work now = {.features = features,
                .segmentation = segmentation,
                .distance = distance,
                .second = second,
                .margin = margin};
    size_t rows = bm_cluster_chunk_rows(features->n, 1);
    return bm_parallel_for(bm_chunks(features->n, rows), margins_chunk, &now, err);
}
