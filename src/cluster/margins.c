/* How clearly a buyer belongs to its segment: its distance to the own centroid against that to the
 * nearest other one. O(n k d) time, no memory; ties to the lowest segment. */
#include "base/parallel.h"
#include "buyermap/context.h"
#include "cluster/cluster.h"
#include "data/rows.h"
#include "kernel/pairs.h"

#include <math.h>

enum { CHUNK_ROWS = 16 * BM_APART_ROWS };

typedef struct work {
    const bm_features *features;
    const bm_segmentation *segmentation;
    size_t first, count;
    double *distance; /* [count], and so the others */
    int32_t *second;
    double *margin;
} work;

/* A buyer on two centroids at once is of neither; one that sits on another's centroid, which only a
 * hierarchical map can have, has no finite margin. */
static double margin_of(double own, double other) {
    if (other > 0)
        return 1 - own / other;
    return other <= 0 && own <= 0 ? 0 : NAN;
}

/* Up to BM_APART_ROWS rows; `at` counts from the first that is wanted. */
static void measure_block(const work *now, size_t at, size_t count) {
    const bm_features *features = now->features;
    const bm_segmentation *map = now->segmentation;
    size_t row = now->first + at;
    bm_apart apart;
    bm_pairs_here()->apart(bm_rows_at(features, row), bm_rows_are_single(features), count,
                           features->d, map->centroid, map->k, map->label + row, 1, &apart);
    for (size_t i = 0; i < count; i++) {
        now->distance[at + i] = apart.own[i];
        now->second[at + i] = apart.second[i] + 1;
        now->margin[at + i] = margin_of(apart.own[i], apart.other[i]);
    }
}

static bm_status margins_chunk(size_t chunk, void *arg, bm_error *err) {
    const work *now = arg;
    size_t end = bm_chunk_end(chunk, CHUNK_ROWS, now->count);
    (void)err;
    for (size_t at = bm_chunk_begin(chunk, CHUNK_ROWS); at < end; at += BM_APART_ROWS)
        measure_block(now, at, end - at < BM_APART_ROWS ? end - at : BM_APART_ROWS);
    return BM_OK;
}

void bm_margins_rows(const bm_features *features, const bm_segmentation *segmentation, size_t first,
                     size_t count, double *distance, int32_t *second, double *margin) {
    work now = {features, segmentation, first, count, distance, second, margin};
    /* Its chunks cannot fail. */
    bm_status status = bm_parallel_for(bm_chunks(count, CHUNK_ROWS), margins_chunk, &now, NULL);
    (void)status;
}

static bm_status pass_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_status status = margins_chunk(chunk, arg, err);
    return status == BM_OK ? bm_check_interrupt(err) : status;
}

bm_status bm_margins(const bm_features *features, const bm_segmentation *segmentation,
                     double *distance, int32_t *second, double *margin, bm_error *err) {
    work now = {features, segmentation, 0, features->n, distance, second, margin};
    return bm_rows_pass(features, CHUNK_ROWS, pass_chunk, &now, err);
}
