/* The first merges of a tree, in rounds without a matrix.
 *
 * Equal rows are merged first, into the lowest of them. Then each round computes the
 * dissimilarities of all pairs of clusters from their rows (cluster_groups.c), keeps who is nearest
 * to whom, and merges all that are each other's nearest. A round is O(n² d) time, whatever is left,
 * and O(n d) memory; about 30 % of the clusters are gone after a round in few dimensions, and after
 * three of 16 features. What is saved is the matrix: a square of three quarters of the rows takes
 * no more memory than their triangle, and fresh memory is slow (2 to 3 GB/s where arithmetic makes
 * up a distance of 16 features in less than a nanosecond). With more rows than the largest matrix
 * has room for, rounds go on until it has.
 *
 * Cost model, in operations: a distance is d + 10, a value of the square 350 (writing it for the
 * first time, and what is done with it until the end).
 *
 * Ties: the lowest rows. Reciprocal neighbours merge whatever else there is (reducible linkages),
 * so rounds give the tree of the definition; the caller puts merges in order. */
#include "cluster/early_merges.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/agglomeration.h"
#include "cluster/distinct.h"
#include "cluster/square.h"
#include "cluster/triangle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OF_A_DISTANCE = 10, OF_A_VALUE = 350, FEW = 64 };

size_t bm_early_memory(size_t n, size_t d) {
    size_t bytes = bm_groups_memory(n, d), near = bm_nearest_memory(n), lists;
    size_t row = 3 * sizeof(size_t) + 3 * sizeof(double) + sizeof(bm_merge);
    return bm_multiply(n, row, &lists) && bm_add(bytes, lists, &bytes) &&
                   bm_add(bytes, near, &bytes)
               ? bytes
               : SIZE_MAX;
}

void bm_early_free(bm_early *early) {
    bm_groups_free(&early->groups);
    free(early->lowest);
    free(early->share);
    free(early->size);
    free(early->own);
    free(early->merge);
    *early = (bm_early){0};
}

static uint64_t hash_row(const double *x, size_t d) {
    uint64_t hash = d;
    for (size_t f = 0; f < d; f++) {
        double value = x[f] + 0.0; /* one zero */
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return hash;
}

static void merge_equal_row(bm_early *early, size_t first, size_t i) {
    early->merge[early->merges++] = (bm_merge){.left = first, .right = i, .height = 0};
    early->lowest[i] = BM_LEFT_OUT;
    early->size[first] += early->size[i];
}

/* Each row that equals an earlier one is merged into it; expected O(n d) time. */
static bm_status merge_equal_rows(bm_early *early, bm_error *err) {
    const bm_features *features = early->features;
    size_t n = features->n, d = features->d, places = 4;
    uint32_t *met = NULL; /* the row plus one, by its hash */
    bm_status status;
    while (places < 2 * n)
        places *= 2;
    BM_TRY(BM_NEW(&met, places, "equal rows", err));
    for (size_t i = 0; i < n; i++) {
        const double *x = features->x + i * d;
        size_t place = hash_row(x, d) & (places - 1);
        while (met[place] != 0 && !bm_same_row(features->x + (met[place] - 1) * d, x, d))
            place = (place + 1) & (places - 1);
        if (met[place] != 0)
            merge_equal_row(early, met[place] - 1, i);
        else
            met[place] = (uint32_t)(i + 1);
    }
cleanup:
    free(met);
    return status;
}

typedef struct looking {
    const bm_groups *groups;
    const bm_nearest *nearest; /* a thread */
} looking;

static void take(void *arg, size_t first_a, size_t count_a, size_t first_b, size_t count_b,
                 double *value) {
    const looking *now = arg;
    const bm_nearest *nearest = &now->nearest[bm_thread_index()];
    for (size_t a = 0; a < count_a; a++)
        bm_nearest_look(nearest, now->groups->kernel, first_a + a, first_b, count_b,
                        now->groups->id, value + a * BM_GROUP);
}

/* What each row counts for in its cluster. */
static void set_shares(const bm_early *early, const size_t *into, const unsigned char *is_merged) {
    for (size_t i = 0; i < early->features->n; i++) {
        size_t lowest = early->lowest[i];
        if (lowest == BM_LEFT_OUT)
            continue;
        early->lowest[i] = into[lowest];
        if (early->linkage->combine == BM_COMBINE_HALVES && is_merged[lowest])
            early->share[i] *= 0.5;
        else if (early->linkage->combine == BM_COMBINE_MEAN)
            early->share[i] = early->own[i] / early->size[into[lowest]];
    }
}

/* Merges those that are each other's nearest. into: [n] where the clusters of lowest rows end up.
 */
static void merge_reciprocal(bm_early *early, const bm_nearest *nearest, size_t *into,
                             unsigned char *is_merged) {
    const bm_groups *groups = &early->groups;
    for (size_t i = 0; i < early->features->n; i++)
        into[i] = i;
    memset(is_merged, 0, early->features->n);
    for (size_t c = 0; c < groups->clusters; c++) {
        size_t x = groups->id[c], y = (size_t)nearest->slot[c];
        if (nearest->slot[c] < 0 || x > y || nearest->slot[groups->index[y]] != (int64_t)x)
            continue;
        early->merge[early->merges++] =
            (bm_merge){.left = x, .right = y, .height = nearest->least[c]};
        early->size[x] += early->size[y];
        into[y] = x;
        is_merged[x] = is_merged[y] = 1;
    }
}

/* Whether a round costs less than the smaller square saves, when it merges as large a part of the
 * clusters as the last one did. */
static int is_worth(const bm_early *early, size_t clusters, double part) {
    double n = (double)early->features->n, d = (double)early->features->d, m = (double)clusters;
    return OF_A_VALUE * m * m * (1 - (1 - part) * (1 - part)) > (d + OF_A_DISTANCE) * n * n;
}

static bm_status start(bm_early *early, bm_error *err) {
    size_t n = early->features->n;
    bm_status status;
    BM_TRY(BM_NEW(&early->lowest, n, "the clusters", err));
    BM_TRY(BM_NEW(&early->share, n, "the clusters", err));
    BM_TRY(BM_NEW(&early->size, n, "the clusters", err));
    BM_TRY(BM_NEW(&early->own, n, "the clusters", err));
    BM_TRY(BM_NEW(&early->merge, n, "the merges", err));
    BM_TRY(bm_groups_init(&early->groups, n, early->features->d, early->linkage->combine, err));
    for (size_t i = 0; i < n; i++) {
        early->lowest[i] = i;
        early->share[i] = 1;
        early->size[i] = bm_weight_of(early->features->weight, i);
    }
    BM_TRY(merge_equal_rows(early, err));
    memcpy(early->own, early->size, n * sizeof *early->own);
cleanup:
    return status;
}

/* One round, all merges of which are made: an n-th part of the clusters. */
static bm_status merge_round(bm_early *early, bm_nearest *nearest, size_t *into,
                             unsigned char *is_merged, bm_error *err) {
    const bm_groups *groups = &early->groups;
    size_t before = early->merges, threads = (size_t)bm_threads();
    bm_nearest all = nearest[threads];
    bm_status status;
    for (size_t t = 0; t < threads; t++)
        bm_nearest_reset(&nearest[t], bm_up_to(groups->clusters + BM_GROUP, BM_LINKED));
    BM_TRY(bm_groups_pairs(groups, take, &(looking){groups, nearest}, err));
    bm_nearest_gather(nearest, groups->clusters, &all);
    merge_reciprocal(early, &all, into, is_merged);
    set_shares(early, into, is_merged);
    if (early->merges == before)
        BM_TRY(bm_distance_overflow(err));
cleanup:
    return status;
}

static bm_status run(bm_early *early, size_t values, bm_log *log, bm_nearest *nearest, size_t *into,
                     unsigned char *is_merged, bm_error *err) {
    size_t n = early->features->n, merged = n / 8, triangle;
    bm_status status = BM_OK;
    for (;;) {
        bm_groups_set(&early->groups, early->features, early->lowest, early->share);
        size_t clusters = early->groups.clusters;
        double part = (double)merged / (double)(clusters + merged);
        int fits = bm_square_values(clusters) <= values;
        int is_stuck =
            part < 1.0 / FEW && bm_triangle_values(clusters, &triangle) && triangle <= values;
        if (clusters == 1 || (fits && !is_worth(early, clusters, part)) || (!fits && is_stuck))
            return BM_OK;
        merged = early->merges;
        BM_TRY(merge_round(early, nearest, into, is_merged, err));
        merged = early->merges - merged;
        bm_progress(log, "linkage", early->merges, n - 1, "merges");
    }
cleanup:
    return status;
}

bm_status bm_early_merges(bm_early *early, const bm_features *features, const bm_linkage *linkage,
                          size_t values, bm_log *log, bm_error *err) {
    size_t n = features->n, *into = NULL, threads = (size_t)bm_threads();
    unsigned char *is_merged = NULL;
    bm_nearest *nearest = NULL; /* one for each thread, and one for all */
    bm_status status;
    *early = (bm_early){.features = features, .linkage = linkage};
    BM_TRY(start(early, err));
    BM_TRY(BM_NEW(&into, n, "the clusters", err));
    BM_TRY(BM_NEW(&is_merged, n, "the clusters", err));
    BM_TRY(BM_NEW(&nearest, threads + 1, "the nearest neighbours", err));
    for (size_t t = 0; t <= threads; t++)
        BM_TRY(bm_nearest_init(&nearest[t], bm_up_to(n + BM_GROUP, BM_LINKED), err));
    BM_TRY(run(early, values, log, nearest, into, is_merged, err));
cleanup:
    for (size_t t = 0; nearest != NULL && t <= threads; t++)
        bm_nearest_free(&nearest[t]);
    free(nearest);
    free(into);
    free(is_merged);
    return status;
}
