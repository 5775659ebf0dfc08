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
 * Cost model, in operations: a distance is d + 10, a value of the square 450 (writing it for the
 * first time, and what is done with it until the end).
 *
 * Ties: the lowest rows. Reciprocal neighbours merge whatever else there is (reducible linkages),
 * so rounds give the tree of the definition; the caller puts merges in order. */
#include "cluster/early_merges.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"
#include "cluster/agglomeration.h"
#include "cluster/distinct.h"
#include "cluster/square.h"
#include "cluster/triangle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    OF_A_DISTANCE = 10,
    OF_A_ROW = 80,
    OF_A_VALUE = 450,
    MOST_PASSES = 24,
    SAMPLE = 1024,
    PART_SOUGHT = 4
};

/* Beyond what rounding can do to a mean. */
#define WITHIN (1 - 1e-12)

size_t bm_early_memory(size_t n, size_t d) {
    size_t bytes = bm_groups_memory(n, d), near = bm_nearest_memory(n), lists;
    size_t row = 5 * sizeof(size_t) + 7 * sizeof(double) + 2 + sizeof(bm_merge);
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

static void merge_equal_row(bm_early *early, size_t first, size_t i) {
    early->merge[early->merges++] = (bm_merge){.left = first, .right = i, .height = 0};
    early->lowest[i] = BM_LEFT_OUT;
    early->size[first] += early->size[i];
}

/* Each row that equals an earlier one is merged into the lowest of them. */
static bm_status merge_equal_rows(bm_early *early, bm_error *err) {
    size_t n = early->features->n;
    uint32_t *lowest = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&lowest, n, "equal buyers", err));
    BM_TRY(bm_lowest_equal(early->features, lowest, err));
    for (size_t i = 0; i < n; i++)
        if (lowest[i] != i)
            merge_equal_row(early, lowest[i], i);
cleanup:
    free(lowest);
    return status;
}

/* A round. What is kept of a cluster stands at its lowest row. */
typedef struct rounds {
    bm_early *early;
    bm_nearest near;          /* [n] by names: lowest rows */
    size_t *into;             /* [n] the cluster that this one has become a part of, or itself */
    unsigned char *is_merged; /* [n] in the last round */
    unsigned char *is_sought; /* [n] whose neighbours are looked for */
    int64_t *lost;            /* [n + 64] by cluster: the one that its neighbour was merged into */
    double *met;              /* [n] by cluster: how far that is */
    bm_nearest *threads, all; /* by cluster */
    double *sample;
} rounds;

static int is_mean(const bm_early *early) {
    return early->linkage->combine == BM_COMBINE_MEAN ||
           early->linkage->combine == BM_COMBINE_HALVES;
}

static int is_cluster(const bm_early *early, size_t i) {
    return early->lowest[i] == i;
}

/* Dissimilarities of clusters that are sought: to each other, which both learn, and to others,
 * which only learn where a lost neighbour is. */
static void take(void *arg, size_t first_a, size_t count_a, size_t first_b, size_t count_b,
                 double *value) {
    const rounds *now = arg;
    const bm_groups *groups = &now->early->groups;
    const bm_nearest *near = &now->threads[bm_thread_index()];
    size_t width = bm_up_to(count_b, BM_LINKED);
    for (size_t i = 0; i < count_a; i++, value += BM_GROUP) {
        size_t a = first_a + i;
        if (first_b < groups->sought) {
            bm_nearest_look(near, groups->kernel, a, first_b, count_b, groups->id, value);
            continue;
        }
        for (size_t j = count_b; j < width; j++)
            value[j] = INFINITY;
        bm_close close = {.limit = near->second + first_b,
                          .nearest = now->lost + first_b,
                          .x = (int64_t)a,
                          .y = (int64_t)a,
                          .most = near->second[a]};
        for (size_t j = 0; (j = groups->kernel->find(value, &close, j, width)) < count_b; j++) {
            if (now->lost[first_b + j] == (int64_t)a)
                now->met[first_b + j] = value[j];
            if (value[j] < INFINITY)
                bm_nearest_add(near, a, value[j], (int64_t)groups->id[first_b + j]);
            close.most = near->second[a];
        }
    }
}

static void set(const rounds *now, size_t id, double least, double second, int64_t slot) {
    now->near.least[id] = least;
    now->near.second[id] = second;
    now->near.slot[id] = slot;
}

/* Looks for the neighbours of all that are sought. */
static bm_status look(const rounds *now, bm_error *err) {
    const bm_groups *groups = &now->early->groups;
    size_t width = bm_up_to(groups->clusters + BM_GROUP, BM_LINKED);
    bm_status status;
    for (size_t c = 0; c < width; c++) {
        now->lost[c] = BM_NOBODY;
        if (c >= groups->sought && c < groups->clusters) {
            int64_t old = now->near.slot[groups->id[c]];
            if (old >= 0 && now->is_merged[old])
                now->lost[c] = (int64_t)groups->index[now->into[old]];
        }
    }
    for (size_t t = 0; t < (size_t)bm_threads(); t++) {
        bm_nearest_reset(&now->threads[t], width);
        for (size_t c = groups->sought; c < width; c++)
            now->threads[t].second[c] = -INFINITY;
    }
    BM_TRY(bm_groups_pairs(groups, take, (void *)now, err));
    bm_nearest_gather(now->threads, groups->sought, &now->all);
    for (size_t c = 0; c < groups->sought; c++) {
        double second = now->all.second[c];
        set(now, groups->id[c], now->all.least[c], is_mean(now->early) ? second * WITHIN : second,
            now->all.slot[c]);
    }
    for (size_t c = groups->sought; c < groups->clusters; c++) {
        size_t id = groups->id[c];
        double least = now->near.least[id], second = now->near.second[id];
        if (now->lost[c] < 0)
            continue;
        if (now->met[c] <= least || now->met[c] < second)
            set(now, id, now->met[c], second, (int64_t)groups->id[now->lost[c]]);
        else
            set(now, id, second, second, BM_UNKNOWN);
    }
cleanup:
    return status;
}

static void merge(const rounds *now, size_t x, size_t y) {
    bm_early *early = now->early;
    early->merge[early->merges++] = (bm_merge){.left = x, .right = y, .height = now->near.least[x]};
    early->size[x] += early->size[y];
    now->into[y] = x;
    now->is_merged[x] = now->is_merged[y] = 1;
}

/* Merges those that are each other's nearest. Where there are none and nobody is without a
 * neighbour, which only rounding can bring about, the least pair is merged. */
static bm_status merge_all(const rounds *now, bm_error *err) {
    bm_early *early = now->early;
    size_t n = early->features->n, before = early->merges, least = SIZE_MAX;
    int is_known = 1;
    memset(now->is_merged, 0, n);
    for (size_t i = 0; i < n; i++)
        now->into[i] = i;
    for (size_t i = 0; i < n; i++) {
        if (!is_cluster(early, i))
            continue;
        int64_t other = now->near.slot[i];
        is_known = is_known && other >= 0;
        if (least == SIZE_MAX || now->near.least[i] < now->near.least[least])
            least = i;
        if (other > (int64_t)i && now->near.slot[other] == (int64_t)i)
            merge(now, i, (size_t)other);
    }
    if (now->near.least[least] == INFINITY)
        return bm_distance_overflow(err);
    if (early->merges == before && is_known) {
        size_t other = (size_t)now->near.slot[least];
        merge(now, least < other ? least : other, least < other ? other : least);
    }
    return BM_OK;
}

/* Rows in their new clusters, and what they count for there. */
static void move_rows(const rounds *now) {
    bm_early *early = now->early;
    for (size_t i = 0; i < early->features->n; i++) {
        size_t lowest = early->lowest[i];
        if (lowest == BM_LEFT_OUT)
            continue;
        early->lowest[i] = now->into[lowest];
        if (early->linkage->combine == BM_COMBINE_HALVES && now->is_merged[lowest])
            early->share[i] *= 0.5;
        else if (early->linkage->combine == BM_COMBINE_MEAN)
            early->share[i] = early->own[i] / early->size[now->into[lowest]];
    }
}

/* New clusters are sought, and of those without a neighbour the quarter with the lowest bounds (of
 * all, by a sample): others may be merged before they have to be. */
static void choose_sought(const rounds *now) {
    const bm_early *early = now->early;
    size_t n = early->features->n, step = n / SAMPLE + 1, count = 0;
    double lowest = INFINITY, bound;
    for (size_t i = 0; i < n; i++) {
        if (!is_cluster(early, i) || now->is_merged[i])
            continue;
        lowest = now->near.least[i] < lowest ? now->near.least[i] : lowest;
        if (i % step == 0)
            now->sample[count++] = now->near.least[i];
    }
    bm_sort(now->sample, count);
    bound = count > 0 && now->sample[count / PART_SOUGHT] > lowest
                ? now->sample[count / PART_SOUGHT]
                : lowest;
    for (size_t i = 0; i < n; i++)
        now->is_sought[i] =
            is_cluster(early, i) &&
            (now->is_merged[i] || (now->near.slot[i] == BM_UNKNOWN && now->near.least[i] <= bound));
}

/* What the next round costs, and putting rows into their groups. */
static double cost_of(const bm_groups *groups) {
    double n = (double)groups->n, d = (double)groups->d, rows = (double)groups->sought_rows;
    return (d + OF_A_DISTANCE) * rows * (n - rows / 2) + OF_A_ROW * (d + OF_A_DISTANCE) * n;
}

/* What the smaller square saves when so large a part of the clusters is merged. */
static double saving_of(const bm_groups *groups, double part) {
    double m = (double)groups->clusters, left = m * (1 - part);
    return OF_A_VALUE * (m * m - left * left);
}

/* Whether rounds have cost more than going through a triangle would. */
static int is_stuck(const bm_groups *groups, double spent, size_t values) {
    double n = (double)groups->n, d = (double)groups->d;
    size_t triangle;
    return spent > MOST_PASSES * (d + OF_A_DISTANCE) * n * n / 2 &&
           bm_triangle_values(groups->clusters, &triangle) && triangle <= values;
}

static bm_status run(rounds *now, size_t values, bm_log *log, bm_error *err) {
    bm_early *early = now->early;
    bm_groups *groups = &early->groups;
    double spent = 0, cost = 0, part = 1.0 / 8; /* the latter two about those of the last rounds */
    bm_status status = BM_OK;
    for (;;) {
        size_t before = early->merges;
        choose_sought(now);
        bm_groups_set(groups, early->features, early->lowest, early->share, now->is_sought);
        cost = spent > 0 ? (cost + cost_of(groups)) / 2 : cost_of(groups);
        int fits = bm_square_values(groups->clusters) <= values;
        if (groups->clusters == 1 || (fits && cost > saving_of(groups, part)) ||
            (!fits && is_stuck(groups, spent, values)))
            break;
        spent += cost_of(groups);
        BM_TRY(look(now, err));
        BM_TRY(merge_all(now, err));
        move_rows(now);
        part = (part + (double)(early->merges - before) / (double)groups->clusters) / 2;
        if (early->merges > before)
            bm_progress(log, "linkage", early->merges, groups->n - 1, "merges");
    }
    bm_groups_set(groups, early->features, early->lowest, early->share, NULL);
cleanup:
    return status;
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

bm_status bm_early_merges(bm_early *early, const bm_features *features, const bm_linkage *linkage,
                          size_t values, bm_log *log, bm_error *err) {
    size_t n = features->n, width = bm_up_to(n + BM_GROUP, BM_LINKED);
    rounds now = {.early = early};
    bm_status status;
    *early = (bm_early){.features = features, .linkage = linkage};
    BM_TRY(start(early, err));
    BM_TRY(bm_nearest_init(&now.near, n, err));
    memset(now.near.least, 0, n * sizeof *now.near.least);
    BM_TRY(BM_NEW(&now.into, n, "the clusters", err));
    BM_TRY(BM_NEW(&now.is_merged, n, "the clusters", err));
    BM_TRY(BM_NEW(&now.is_sought, n, "the clusters", err));
    BM_TRY(BM_NEW(&now.lost, width, "the nearest neighbours", err));
    BM_TRY(BM_NEW(&now.met, width, "the nearest neighbours", err));
    BM_TRY(bm_nearest_threads(&now.threads, width, err));
    BM_TRY(bm_nearest_init(&now.all, width, err));
    BM_TRY(BM_NEW(&now.sample, SAMPLE + 1, "the nearest neighbours", err));
    BM_TRY(run(&now, values, log, err));
cleanup:
    bm_nearest_free(&now.near);
    bm_nearest_free(&now.all);
    bm_nearest_threads_free(now.threads);
    free(now.into);
    free(now.is_merged);
    free(now.is_sought);
    free(now.lost);
    free(now.met);
    free(now.sample);
    return status;
}
