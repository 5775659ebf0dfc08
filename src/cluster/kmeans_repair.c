/* Repair of empty segments, the rule of scikit-learn's _relocate_empty_clusters: the centroid of an
 * empty segment moves to the row that is farthest from its own centroid, and that row leaves the
 * segment it was in. Ties go to the lowest row. Beyond scikit-learn: of several empty segments each
 * takes a row of another value, and a row alone in its segment stays, so that a repair never makes
 * another segment empty. O(n d) an empty segment.
 *
 * While there are at least k distinct rows this always finds one: if every row apart from its
 * centroid were alone in its segment, each segment would hold one value, and with one empty there
 * would be fewer than k values. */
#include "cluster/distinct.h"
#include "cluster/kmeans.h"
#include "data/rows.h"
#include "kernel/distance.h"

#include <string.h>

typedef struct search {
    bm_kmeans *kmeans;
    const bm_solution *solution;
} search;

/* Whether a row has the value of one that an empty segment took in this repair. */
static int is_taken(const search *now, const double *row) {
    const bm_kmeans *kmeans = now->kmeans;
    size_t d = kmeans->features->d;
    for (size_t segment = 0; segment < kmeans->k; segment++)
        if (kmeans->filled[segment] != SIZE_MAX && bm_same_row(kmeans->mean + segment * d, row, d))
            return 1;
    return 0;
}

static bm_status farthest_chunk(size_t chunk, void *arg, bm_error *err) {
    const search *now = arg;
    bm_kmeans *kmeans = now->kmeans;
    const bm_solution *solution = now->solution;
    const bm_features *features = kmeans->features;
    double *buffer = kmeans->worker[bm_thread_index()].row;
    bm_farthest farthest = {0, SIZE_MAX};
    size_t d = features->d, end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n);
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
        size_t segment = (size_t)solution->label[i];
        const double *row = bm_rows_doubles(features, i, 1, buffer);
        double square = bm_squared_distance(row, solution->centroid + segment * d, d);
        if (square > farthest.square && solution->size[segment] > 1 && !is_taken(now, row))
            farthest = (bm_farthest){square, i};
    }
    kmeans->farthest[chunk] = farthest;
    return bm_check_interrupt(err);
}

/* The farthest row that may leave its segment, or SIZE_MAX. */
static bm_status farthest_row(const search *now, size_t *row, bm_error *err) {
    bm_kmeans *kmeans = now->kmeans;
    bm_farthest farthest = {0, SIZE_MAX};
    bm_status status =
        bm_rows_pass(kmeans->features, kmeans->chunk_rows, farthest_chunk, (void *)now, err);
    for (size_t chunk = 0; status == BM_OK && chunk < kmeans->chunks; chunk++)
        if (kmeans->farthest[chunk].square > farthest.square)
            farthest = kmeans->farthest[chunk];
    *row = farthest.row;
    return status;
}

bm_status bm_kmeans_repair(bm_kmeans *kmeans, bm_solution *solution, double *mean, size_t *repaired,
                           bm_error *err) {
    search now = {kmeans, solution};
    size_t empty = 0, d = kmeans->features->d;
    *repaired = 0;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        kmeans->filled[segment] = SIZE_MAX;
        empty += solution->size[segment] == 0;
    }
    for (size_t segment = 0; segment < kmeans->k && empty > 0; segment++) {
        size_t row;
        if (solution->size[segment] > 0)
            continue;
        bm_status status = farthest_row(&now, &row, err);
        if (status != BM_OK)
            return status;
        if (row == SIZE_MAX)
            break;
        bm_solution_put(solution, kmeans, row, (int32_t)segment);
        kmeans->filled[segment] = row;
        bm_solution_means(solution, kmeans, mean);
        /* Of one row the mean is the row itself, without rounding. */
        for (size_t filled = 0; filled <= segment; filled++)
            if (kmeans->filled[filled] != SIZE_MAX)
                memcpy(mean + filled * d,
                       bm_row(kmeans->features, kmeans->filled[filled], kmeans->worker[0].row),
                       d * sizeof *mean);
        ++*repaired;
    }
    if (empty > 0 && *repaired == 0)
        return bm_fail(err, BM_DEGENERATE,
                       "k = %zu segments cannot be told apart: the buyers differ by less than "
                       "rounding; ask for fewer segments",
                       kmeans->k);
    return BM_OK;
}
