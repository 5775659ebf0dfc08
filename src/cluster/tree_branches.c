#include "cluster/tree_branches.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "buyermap/context.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>

enum { BRANCHES_A_CHUNK = 256 };

bm_status bm_branches_add(bm_branches *branches, int32_t first, int32_t segments, bm_error *err) {
    size_t wanted = branches->count + 1;
    bm_status status;
    BM_TRY(BM_GROW(&branches->first, &branches->first_reserved, wanted, "branches", err));
    BM_TRY(BM_GROW(&branches->segments, &branches->segments_reserved, wanted, "branches", err));
    branches->first[branches->count] = first;
    branches->segments[branches->count++] = segments;
cleanup:
    return status;
}

typedef struct settling {
    const bm_branches *branches;
    const bm_features *features;
    double *mean;  /* [segments × d] */
    size_t *begin; /* [branches + 1] of the rows of each */
    size_t *row;
    int32_t *place; /* [branches] */
} settling;

/* Means of the segments, without branches. */
static bm_status find_means(settling *now, const int32_t *label, size_t segments, bm_error *err) {
    size_t n = now->features->n, d = now->features->d;
    double *weight = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&weight, segments, "segments", err));
    BM_TRY(BM_NEW(&now->mean, segments * d, "segments", err));
    for (size_t i = 0; i < n; i++) {
        if (label[i] < 0)
            continue;
        double own = bm_weight_of(now->features->weight, i);
        double *mean = now->mean + (size_t)label[i] * d;
        weight[label[i]] += own;
        for (size_t f = 0; f < d; f++)
            mean[f] += own * now->features->x[i * d + f];
    }
    for (size_t s = 0; s < segments; s++)
        for (size_t f = 0; f < d; f++)
            now->mean[s * d + f] /= weight[s];
cleanup:
    free(weight);
    return status;
}

/* The rows of each branch, side by side. */
static bm_status list_rows(settling *now, const int32_t *label, bm_error *err) {
    size_t n = now->features->n, branches = now->branches->count;
    bm_status status;
    BM_TRY(BM_NEW(&now->begin, branches + 2, "branches", err));
    for (size_t i = 0; i < n; i++)
        if (label[i] < 0)
            now->begin[-1 - label[i] + 2]++;
    for (size_t b = 2; b < branches + 2; b++)
        now->begin[b] += now->begin[b - 1];
    BM_TRY(BM_NEW(&now->row, now->begin[branches + 1], "branches", err));
    for (size_t i = 0; i < n; i++)
        if (label[i] < 0)
            now->row[now->begin[-1 - label[i] + 1]++] = i;
cleanup:
    return status;
}

static void find_mean(const settling *now, size_t branch, double *mean) {
    size_t d = now->features->d;
    double weight = 0;
    for (size_t f = 0; f < d; f++)
        mean[f] = 0;
    for (size_t at = now->begin[branch]; at < now->begin[branch + 1]; at++) {
        size_t i = now->row[at];
        double own = bm_weight_of(now->features->weight, i);
        weight += own;
        for (size_t f = 0; f < d; f++)
            mean[f] += own * now->features->x[i * d + f];
    }
    for (size_t f = 0; f < d; f++)
        mean[f] /= weight;
}

static int32_t nearest(const settling *now, size_t branch, const double *mean) {
    size_t d = now->features->d;
    int32_t first = now->branches->first[branch], found = first;
    double least = INFINITY;
    if (now->branches->segments[branch] == 1)
        return first;
    for (int32_t s = first; s < first + now->branches->segments[branch]; s++) {
        double square = bm_squared_distance(mean, now->mean + (size_t)s * d, d);
        if (square < least) {
            least = square;
            found = s;
        }
    }
    return found;
}

static bm_status settle_chunk(size_t chunk, void *arg, bm_error *err) {
    const settling *now = arg;
    size_t end = bm_chunk_end(chunk, BRANCHES_A_CHUNK, now->branches->count);
    double *mean = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&mean, now->features->d, "branches", err));
    for (size_t b = bm_chunk_begin(chunk, BRANCHES_A_CHUNK); b < end; b++) {
        if (now->branches->segments[b] > 1)
            find_mean(now, b, mean);
        now->place[b] = nearest(now, b, mean);
    }
    status = bm_check_interrupt(err);
cleanup:
    free(mean);
    return status;
}

bm_status bm_branches_settle(const bm_branches *branches, const bm_features *features,
                             int32_t *label, size_t segments, bm_error *err) {
    settling now = {.branches = branches, .features = features};
    bm_status status;
    if (branches->count == 0)
        return BM_OK;
    BM_TRY(BM_NEW(&now.place, branches->count, "branches", err));
    BM_TRY(find_means(&now, label, segments, err));
    BM_TRY(list_rows(&now, label, err));
    BM_TRY(bm_parallel_for(bm_chunks(branches->count, BRANCHES_A_CHUNK), settle_chunk, &now, err));
    for (size_t i = 0; i < features->n; i++)
        if (label[i] < 0)
            label[i] = now.place[-1 - label[i]];
cleanup:
    free(now.place);
    free(now.mean);
    free(now.begin);
    free(now.row);
    return status;
}

void bm_branches_free(bm_branches *branches) {
    free(branches->first);
    free(branches->segments);
    *branches = (bm_branches){0};
}
