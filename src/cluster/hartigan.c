/* Single moves after Lloyd (Hartigan 1975; Telgarsky & Vattani, AISTATS 2010): a row of weight w
 * leaves segment A for B when that lowers the inertia with both means moving along,
 *     W_B / (W_B + w) ‖x − c_B‖² < W_A / (W_A − w) ‖x − c_A‖².
 * Every solution without such moves is one of Lloyd's, but not the other way round: this leaves the
 * poorer ones. A scan in parallel marks the rows that would gain; these are then tried in row order
 * against the means as they stand, and Lloyd iterations follow. O(n k d) a scan; ties to the lowest
 * segment. */
#include "cluster/kmeans.h"
#include "data/rows.h"
#include "kernel/distance.h"

#include <math.h>
#include <string.h>

/* Gains below rounding are none: without this, moves could go round in circles. */
static const double LEAST_GAIN = 1e-12;

typedef struct scan {
    bm_kmeans *kmeans;
    bm_solution *solution;
    double lightest; /* weight of a segment */
} scan;

static double weight_of(const scan *now, size_t segment) {
    const bm_solution *solution = now->solution;
    return now->kmeans->features->weight == NULL
               ? (double)solution->size[segment]
               : solution->heft[2 * segment] + solution->heft[2 * segment + 1];
}

/* The segment that a row would better be in, or its own. */
static size_t better_segment(const scan *now, size_t i, const double *row) {
    const bm_kmeans *kmeans = now->kmeans;
    const bm_solution *solution = now->solution;
    size_t d = kmeans->features->d, own = (size_t)solution->label[i], best = own;
    double weight = bm_weight_of(kmeans->features->weight, i) * kmeans->weight_scale;
    double have = weight_of(now, own);
    if (solution->size[own] < 2 || have <= weight)
        return own;
    double least = have / (have - weight) * (1 - LEAST_GAIN) *
                   bm_squared_distance(row, solution->centroid + own * d, d);
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        double other = weight_of(now, segment);
        if (segment == own)
            continue;
        double cost = other / (other + weight) *
                      bm_squared_distance(row, solution->centroid + segment * d, d);
        if (cost < least) {
            least = cost;
            best = segment;
        }
    }
    return best;
}

/* Whether the proof that the row's own centroid is the nearest leaves no room for a gain: every
 * other centroid is farther by a gap, and both factors together are at most those of the lightest
 * segment. */
static int cannot_gain(const scan *now, size_t i, const double *row) {
    const bm_solution *solution = now->solution;
    size_t d = now->kmeans->features->d, own = (size_t)solution->label[i];
    double gap = (double)solution->expiry[i] - (double)solution->spent[own];
    double weight = bm_weight_of(now->kmeans->features->weight, i) * now->kmeans->weight_scale;
    double have = weight_of(now, own), lightest = now->lightest;
    if (!solution->is_bounded || !(gap > 0) || !(have > weight))
        return 0;
    double near = bm_squared_distance(row, solution->centroid + own * d, d);
    double factor = have / (have - weight) * ((lightest + weight) / lightest);
    double far = sqrt(near) * (1 - 1e-9) + gap;
    return far * far > factor * near * (1 + 1e-9);
}

/* Marks the rows that would gain by a negative expiry. */
static bm_status mark_chunk(size_t chunk, void *arg, bm_error *err) {
    const scan *now = arg;
    bm_kmeans *kmeans = now->kmeans;
    const bm_features *features = kmeans->features;
    double *buffer = kmeans->worker[bm_thread_index()].row;
    size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, features->n), marked = 0;
    for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
        const double *row = bm_rows_doubles(features, i, 1, buffer);
        if (cannot_gain(now, i, row) ||
            better_segment(now, i, row) == (size_t)now->solution->label[i])
            continue;
        now->solution->expiry[i] = -1;
        marked++;
    }
    kmeans->farthest[chunk].row = marked;
    return bm_check_interrupt(err);
}

/* The two means that a move changed. */
static void follow(const scan *now, size_t segment) {
    const bm_kmeans *kmeans = now->kmeans;
    size_t d = kmeans->features->d, padded = kmeans->grid.padded;
    const double *total = now->solution->total + segment * 2 * padded;
    for (size_t f = 0; f < d; f++)
        kmeans->mean[segment * d + f] = (total[f] + total[padded + f]) / weight_of(now, segment);
    memcpy(now->solution->centroid + segment * d, kmeans->mean + segment * d,
           d * sizeof *kmeans->mean);
}

bm_status bm_kmeans_move_rows(bm_kmeans *kmeans, bm_solution *solution, size_t *moved,
                              bm_error *err) {
    scan now = {kmeans, solution, INFINITY};
    *moved = 0;
    for (size_t segment = 0; segment < kmeans->k; segment++)
        now.lightest = fmin(now.lightest, weight_of(&now, segment));
    bm_status status = bm_rows_pass(kmeans->features, kmeans->chunk_rows, mark_chunk, &now, err);
    if (status != BM_OK)
        return status;
    for (size_t chunk = 0; chunk < kmeans->chunks; chunk++) {
        size_t end = bm_chunk_end(chunk, kmeans->chunk_rows, kmeans->features->n);
        if (kmeans->farthest[chunk].row == 0)
            continue;
        for (size_t i = bm_chunk_begin(chunk, kmeans->chunk_rows); i < end; i++) {
            if (solution->expiry[i] >= 0)
                continue;
            const double *row = bm_row(kmeans->features, i, kmeans->worker[0].row);
            size_t own = (size_t)solution->label[i], segment = better_segment(&now, i, row);
            if (segment == own)
                continue;
            bm_solution_put(solution, kmeans, i, (int32_t)segment);
            follow(&now, own);
            follow(&now, segment);
            ++*moved;
        }
    }
    if (*moved > 0)
        solution->is_bounded = 0; /* the centroids have gone without their paths */
    return BM_OK;
}
