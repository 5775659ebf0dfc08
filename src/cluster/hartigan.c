/* Single moves after Lloyd (Hartigan 1975; Telgarsky & Vattani, AISTATS 2010): a row of weight w
 * leaves segment A for B when that lowers the inertia with both means moving along,
 *     W_B / (W_B + w) ‖x − c_B‖² < W_A / (W_A − w) ‖x − c_A‖².
 * Every solution without such moves is one of Lloyd's, but not the other way round: this leaves the
 * poorer ones. A scan in parallel marks the rows that would gain; these are then tried in row order
 * against the means as they stand, and Lloyd iterations follow. O(n k d) a scan; ties to the lowest
 * segment. */
#include "base/parallel.h"
#include "cluster/kmeans.h"
#include "kernel/distance.h"

#include <math.h>

/* Gains below rounding are none: without this, moves could go round in circles. */
static const double LEAST_GAIN = 1e-12;

/* The segment that a row would better be in, or its own. */
static size_t better_segment(const bm_kmeans *kmeans, size_t i) {
    size_t d = kmeans->features->d, own = (size_t)kmeans->label[i], best = own;
    const double *row = kmeans->features->x + i * d;
    double weight = bm_weight_of(kmeans->features->weight, i);
    double have = kmeans->sum[own * (d + 1) + d];
    if (kmeans->size[own] < 2 || have <= weight)
        return own;
    double least = have / (have - weight) * (1 - LEAST_GAIN) *
                   bm_squared_distance(row, kmeans->centroid + own * d, d);
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        double other = kmeans->sum[segment * (d + 1) + d];
        if (segment == own)
            continue;
        double cost =
            other / (other + weight) * bm_squared_distance(row, kmeans->centroid + segment * d, d);
        if (cost < least) {
            least = cost;
            best = segment;
        }
    }
    return best;
}

static bm_status mark_chunk(size_t chunk, void *arg, bm_error *err) {
    bm_kmeans *kmeans = arg;
    size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, kmeans->features->n);
    kmeans->tally[chunk].moved = 0;
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
        int gains = better_segment(kmeans, i) != (size_t)kmeans->label[i];
        kmeans->distance[i] = gains; /* the array is free between starts and repairs */
        kmeans->tally[chunk].moved += (size_t)gains;
    }
    return bm_check_interrupt(err);
}

/* Moves a row, and the two means with it. */
static void move_row(bm_kmeans *kmeans, size_t i, size_t segment) {
    size_t d = kmeans->features->d, own = (size_t)kmeans->label[i];
    const double *row = kmeans->features->x + i * d;
    double weight = bm_weight_of(kmeans->features->weight, i);
    double *from = kmeans->centroid + own * d, *to = kmeans->centroid + segment * d;
    double *left = &kmeans->sum[own * (d + 1) + d], *joined = &kmeans->sum[segment * (d + 1) + d];
    *left -= weight;
    *joined += weight;
    for (size_t f = 0; f < d; f++) {
        from[f] -= weight / *left * (row[f] - from[f]);
        to[f] += weight / *joined * (row[f] - to[f]);
    }
    kmeans->size[own]--;
    kmeans->size[segment]++;
    kmeans->label[i] = (int32_t)segment;
}

bm_status bm_kmeans_move_rows(bm_kmeans *kmeans, size_t *moved, bm_error *err) {
    *moved = 0;
    bm_status status = bm_parallel_for(kmeans->chunks, mark_chunk, kmeans, err);
    if (status != BM_OK)
        return status;
    for (size_t chunk = 0; chunk < kmeans->chunks; chunk++) {
        size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, kmeans->features->n);
        if (kmeans->tally[chunk].moved == 0)
            continue;
        for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
            size_t segment = (size_t)kmeans->label[i];
            if (kmeans->distance[i] > 0)
                segment = better_segment(kmeans, i);
            if (segment == (size_t)kmeans->label[i])
                continue;
            move_row(kmeans, i, segment);
            ++*moved;
        }
    }
    return BM_OK;
}
