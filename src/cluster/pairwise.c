/* Euclidean distances between rows: O(n² d) time, rows read where they are.
 *
 * Four distances at a time, each summed over its features in order: the four sums do not wait for
 * one another, and each is what a plain loop gives. */
#include "cluster/agglomeration.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "kernel/distance.h"

#include <stdlib.h>

enum { ROWS_A_CHUNK = 32 };

void bm_squared_distances(const double *x, size_t d, const double *point, const size_t *row,
                          size_t count, double *out) {
    size_t q = 0;
    for (; q + 4 <= count; q += 4) {
        const double *a = x + row[q] * d, *b = x + row[q + 1] * d;
        const double *c = x + row[q + 2] * d, *e = x + row[q + 3] * d;
        double to_a = 0, to_b = 0, to_c = 0, to_e = 0;
        for (size_t f = 0; f < d; f++) {
            double p = point[f];
            to_a += (a[f] - p) * (a[f] - p);
            to_b += (b[f] - p) * (b[f] - p);
            to_c += (c[f] - p) * (c[f] - p);
            to_e += (e[f] - p) * (e[f] - p);
        }
        out[q] = to_a, out[q + 1] = to_b, out[q + 2] = to_c, out[q + 3] = to_e;
    }
    for (; q < count; q++)
        out[q] = bm_squared_distance(point, x + row[q] * d, d);
}

typedef struct fill {
    const bm_features *features;
    const bm_linkage *linkage;
    const size_t *row; /* 0 … n − 1 */
    double *distance;
} fill;

/* From squared distances to what the linkage starts from; 0 when one is not finite. */
static int start_row(const fill *job, size_t i, double *distance) {
    const double *weight = job->linkage->scaled ? job->features->weight : NULL;
    int finite = 1;
    for (size_t q = 0; q < i; q++) {
        double value = distance[q];
        if (weight != NULL) {
            double v = weight[i], w = weight[q];
            value *= 2 * v * w / (v + w);
        }
        if (!job->linkage->squared)
            value = sqrt(value);
        distance[q] = value;
        finite &= isfinite(value) != 0;
    }
    return finite;
}

static bm_status fill_chunk(size_t chunk, void *arg, bm_error *err) {
    const fill *job = arg;
    size_t n = job->features->n, d = job->features->d;
    size_t end = bm_chunk_end(chunk, ROWS_A_CHUNK, n);
    for (size_t i = bm_chunk_begin(chunk, ROWS_A_CHUNK); i < end; i++) {
        const double *x = job->features->x;
        double *distance = job->distance + i * (i - 1) / 2;
        bm_squared_distances(x, d, x + i * d, job->row, i, distance);
        if (!start_row(job, i, distance))
            return bm_distance_overflow(err);
    }
    return bm_check_interrupt(err);
}

bm_status bm_fill_distances(const bm_features *features, const bm_linkage *linkage,
                            double *distance, bm_error *err) {
    size_t *row = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&row, features->n, "row numbers", err));
    for (size_t i = 0; i < features->n; i++)
        row[i] = i;
    fill job = {features, linkage, row, distance};
    BM_TRY(bm_parallel_for(bm_chunks(features->n, ROWS_A_CHUNK), fill_chunk, &job, err));
cleanup:
    free(row);
    return status;
}
