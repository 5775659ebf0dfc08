/* Refinement of the best restart by swaps: two segments are merged and one is split, so that a
 * centroid goes from where two were not needed to where one is missing; Lloyd iterations follow,
 * and what is better is kept. This leaves local optima that differ in where whole segments lie
 * (Kaukoranta, Fränti & Nevalainen, Opt. Eng. 37, 1998; Fränti, J. Big Data 5:13, 2018). Single
 * moves (hartigan.c) follow.
 *
 * Which swap is tried follows from what it would change at once: the merge costs
 * W_a W_b / (W_a + W_b) ‖c_a − c_b‖² (Ward), the split gains what a few iterations of 2-means
 * within the segment gain. Splits of all segments are found together in passes of 2 distances a
 * row, from a row drawn by its distance and its mirror image. Swaps are tried in the order of that
 * estimate until the budget, counted in distances and not in seconds, is spent. */
#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cluster/kmeans.h"
#include "data/rows.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPLIT_PASSES = 6, SPLIT_CHUNKS = 64, MOST_FAILURES = 12 };

/* 2-means within every segment. */
typedef struct split {
    bm_kmeans *kmeans;
    const bm_solution *solution;
    size_t rows, chunks; /* of a chunk; in all */
    double *half;        /* [k × 2 × d] centroids */
    double *partial;     /* [chunks][k × 2][d + 2]: sums, weight, sum of squares */
    double *gain;        /* [k] inertia that the split saves */
    double *weight;      /* [k × 2] */
    double *farthest;    /* [k] of the draw */
} split;

static bm_status split_init(split *now, bm_kmeans *kmeans, bm_error *err) {
    size_t n = kmeans->features->n, d = kmeans->features->d, k = kmeans->k, cells;
    bm_status status = BM_OK;
    *now = (split){.kmeans = kmeans};
    now->rows = n / SPLIT_CHUNKS + 1;
    now->rows = now->rows < 8 * k ? 8 * k : now->rows;
    now->chunks = bm_chunks(n, now->rows);
    if (!bm_multiply(k * 2, d + 2, &cells) || !bm_multiply(cells, now->chunks, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&now->half, k * 2 * d, "splits", err));
    BM_TRY(BM_NEW(&now->partial, cells, "splits", err));
    BM_TRY(BM_NEW(&now->gain, k, "splits", err));
    BM_TRY(BM_NEW(&now->weight, 2 * k, "splits", err));
    BM_TRY(BM_NEW(&now->farthest, k, "splits", err));
cleanup:
    return status;
}

static void split_free(split *now) {
    free(now->half);
    free(now->partial);
    free(now->gain);
    free(now->weight);
    free(now->farthest);
}

/* Draws a row of each segment, weight × squared distance to its centroid being its chance: the
 * exponential race −ln(u) / chance, u from the row's number alone, has the same winner in any
 * order. The other half begins at the mirror image. */
static double race_of(uint64_t seed, size_t i, double chance) {
    double u = ((double)(bm_random_mix(seed, "split", i) >> 11) + .5) * 0x1p-53;
    return chance > 0 ? -log(u) / chance : INFINITY;
}

typedef struct draw {
    split *split;
    uint64_t seed;
    double *least; /* [chunks × k] */
    size_t *row;   /* [chunks × k] */
} draw;

static bm_status draw_chunk(size_t chunk, void *arg, bm_error *err) {
    const draw *now = arg;
    const bm_kmeans *kmeans = now->split->kmeans;
    const bm_solution *solution = now->split->solution;
    const bm_features *features = kmeans->features;
    double *buffer = kmeans->worker[bm_thread_index()].row, *least = now->least + chunk * kmeans->k;
    size_t *row = now->row + chunk * kmeans->k, d = features->d;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        least[segment] = INFINITY;
        row[segment] = SIZE_MAX;
    }
    size_t end = bm_chunk_end(chunk, now->split->rows, features->n);
    for (size_t i = bm_chunk_begin(chunk, now->split->rows); i < end; i++) {
        size_t segment = (size_t)solution->label[i];
        const double *x = bm_rows_doubles(features, i, 1, buffer);
        double chance = bm_weight_of(features->weight, i) *
                        bm_squared_distance(x, solution->centroid + segment * d, d);
        double time = race_of(now->seed, i, chance);
        if (time < least[segment]) {
            least[segment] = time;
            row[segment] = i;
        }
    }
    return bm_check_interrupt(err);
}

static bm_status draw_halves(split *now, uint64_t seed, bm_error *err) {
    bm_kmeans *kmeans = now->kmeans;
    size_t d = kmeans->features->d, k = kmeans->k;
    draw drawn = {.split = now, .seed = seed};
    bm_status status = BM_OK;
    BM_TRY(BM_NEW(&drawn.least, now->chunks * k, "splits", err));
    BM_TRY(BM_NEW(&drawn.row, now->chunks * k, "splits", err));
    BM_TRY(bm_rows_pass(kmeans->features, now->rows, draw_chunk, &drawn, err));
    for (size_t segment = 0; segment < k; segment++) {
        const double *centroid = now->solution->centroid + segment * d;
        double least = INFINITY, *half = now->half + segment * 2 * d;
        size_t row = SIZE_MAX;
        for (size_t chunk = 0; chunk < now->chunks; chunk++) {
            if (drawn.least[chunk * k + segment] < least) {
                least = drawn.least[chunk * k + segment];
                row = drawn.row[chunk * k + segment];
            }
        }
        const double *x =
            row == SIZE_MAX ? centroid : bm_row(kmeans->features, row, kmeans->worker[0].row);
        for (size_t f = 0; f < d; f++) {
            half[f] = x[f];
            half[d + f] = 2 * centroid[f] - x[f];
        }
    }
cleanup:
    free(drawn.least);
    free(drawn.row);
    return status;
}

static bm_status split_chunk(size_t chunk, void *arg, bm_error *err) {
    const split *now = arg;
    const bm_kmeans *kmeans = now->kmeans;
    const bm_features *features = kmeans->features;
    size_t d = features->d, width = d + 2, cells = kmeans->k * 2 * width;
    double *partial = now->partial + chunk * cells;
    double *buffer = kmeans->worker[bm_thread_index()].row;
    size_t end = bm_chunk_end(chunk, now->rows, features->n);
    memset(partial, 0, cells * sizeof *partial);
    for (size_t i = bm_chunk_begin(chunk, now->rows); i < end; i++) {
        size_t segment = (size_t)now->solution->label[i];
        const double *x = bm_rows_doubles(features, i, 1, buffer);
        const double *half = now->half + segment * 2 * d;
        double first = bm_squared_distance(x, half, d),
               second = bm_squared_distance(x, half + d, d);
        double weight = bm_weight_of(features->weight, i) * kmeans->weight_scale;
        double *sum = partial + (segment * 2 + (second < first)) * width;
        for (size_t f = 0; f < d; f++)
            sum[f] += weight * x[f];
        sum[d] += weight;
        sum[d + 1] += weight * (second < first ? second : first);
    }
    return bm_check_interrupt(err);
}

/* One iteration: new halves, and what each split saves, W_1 W_2 / (W_1 + W_2) ‖h_1 − h_2‖². */
static bm_status improve_halves(split *now, bm_error *err) {
    bm_kmeans *kmeans = now->kmeans;
    size_t d = kmeans->features->d, width = d + 2, cells = kmeans->k * 2 * width;
    bm_status status = bm_rows_pass(kmeans->features, now->rows, split_chunk, now, err);
    if (status != BM_OK)
        return status;
    for (size_t chunk = 1; chunk < now->chunks; chunk++)
        for (size_t cell = 0; cell < cells; cell++)
            now->partial[cell] += now->partial[chunk * cells + cell];
    for (size_t half = 0; half < 2 * kmeans->k; half++) {
        const double *sum = now->partial + half * width;
        now->weight[half] = sum[d];
        for (size_t f = 0; f < d && sum[d] > 0; f++)
            now->half[half * d + f] = sum[f] / sum[d];
    }
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        double first = now->weight[2 * segment], second = now->weight[2 * segment + 1];
        const double *half = now->half + segment * 2 * d;
        now->gain[segment] = first > 0 && second > 0 ? first * second / (first + second) *
                                                           bm_squared_distance(half, half + d, d)
                                                     : 0;
    }
    return BM_OK;
}

/* A swap that may be tried. */
typedef struct swap {
    size_t left, right, parted; /* left takes right in, right becomes the other half of parted */
    double estimate;            /* what it does to the inertia at once */
} swap;

static int by_estimate(const void *a, const void *b) {
    const swap *left = a, *right = b;
    if (left->estimate < right->estimate || left->estimate > right->estimate)
        return left->estimate < right->estimate ? -1 : 1;
    if (left->parted != right->parted)
        return left->parted < right->parted ? -1 : 1;
    if (left->left != right->left)
        return left->left < right->left ? -1 : 1;
    return (left->right > right->right) - (left->right < right->right);
}

static double weight_of(const bm_kmeans *kmeans, const bm_solution *solution, size_t segment) {
    return kmeans->features->weight == NULL
               ? (double)solution->size[segment]
               : solution->heft[2 * segment] + solution->heft[2 * segment + 1];
}

/* The cheapest partner of each segment, for each segment that could be split: k² swaps. */
static void list_swaps(const split *now, swap *list, size_t *count) {
    const bm_kmeans *kmeans = now->kmeans;
    const bm_solution *solution = now->solution;
    size_t k = kmeans->k, d = kmeans->features->d;
    *count = 0;
    for (size_t left = 0; left < k; left++) {
        double least = INFINITY, have = weight_of(kmeans, solution, left);
        size_t right = k;
        for (size_t other = 0; other < k; other++) {
            double its = weight_of(kmeans, solution, other);
            if (other == left)
                continue;
            double cost = have * its / (have + its) *
                          bm_squared_distance(solution->centroid + left * d,
                                              solution->centroid + other * d, d);
            if (cost < least) {
                least = cost;
                right = other;
            }
        }
        for (size_t parted = 0; parted < k; parted++)
            if (right < k && parted != left && parted != right && now->gain[parted] > 0)
                list[(*count)++] = (swap){left, right, parted, least - now->gain[parted]};
    }
    qsort(list, *count, sizeof *list, by_estimate);
}

static void copy_solution(const bm_solution *from, bm_solution *to, const bm_kmeans *kmeans) {
    size_t n = kmeans->features->n, k = kmeans->k, d = kmeans->features->d;
    bm_solution_begin(to, kmeans, from->restart);
    memcpy(to->label, from->label, n * sizeof *to->label);
    memcpy(to->centroid, from->centroid, k * d * sizeof *to->centroid);
    memcpy(to->total, from->total, k * 2 * kmeans->grid.padded * sizeof *to->total);
    memcpy(to->heft, from->heft, k * 2 * sizeof *to->heft);
    memcpy(to->size, from->size, k * sizeof *to->size);
    to->iterations = from->iterations;
    to->converged = from->converged;
    to->inertia = from->inertia;
}

bm_status bm_kmeans_descend(bm_kmeans *kmeans, bm_solution *solution, double budget,
                            bm_error *err) {
    double each = (double)kmeans->features->n * (double)kmeans->k;
    bm_status status = BM_OK;
    while (solution->converged && solution->distances + each <= budget) {
        double before = solution->inertia;
        size_t moved;
        solution->distances += each;
        BM_TRY(bm_kmeans_move_rows(kmeans, solution, &moved, err));
        if (moved == 0)
            break;
        solution->most_distances = budget;
        BM_TRY(bm_kmeans_lloyd(kmeans, &solution, 1, err));
        /* Where squares lose the last digits of the values, gains may be none. */
        if (!(solution->inertia < before))
            break;
    }
cleanup:
    return status;
}

/* Tries one swap from `best` in `other`. */
static bm_status try_swap(const split *now, const swap *swapped, bm_solution *other, double budget,
                          bm_error *err) {
    bm_kmeans *kmeans = now->kmeans;
    size_t d = kmeans->features->d, bytes = d * sizeof(double);
    double a = weight_of(kmeans, now->solution, swapped->left);
    double b = weight_of(kmeans, now->solution, swapped->right);
    copy_solution(now->solution, other, kmeans);
    double *left = other->centroid + swapped->left * d;
    double *right = other->centroid + swapped->right * d;
    for (size_t f = 0; f < d; f++)
        left[f] = (a * left[f] + b * right[f]) / (a + b);
    memcpy(right, now->half + (swapped->parted * 2 + 1) * d, bytes);
    memcpy(other->centroid + swapped->parted * d, now->half + swapped->parted * 2 * d, bytes);
    other->most_distances = budget;
    other->to_beat = now->solution->inertia;
    bm_status status = bm_kmeans_lloyd(kmeans, &other, 1, err);
    return status == BM_OK ? bm_kmeans_descend(kmeans, other, budget, err) : status;
}

/* Rounds of splits and swaps until the budget is spent or nothing is found any more: sure ones,
 * whose estimate is a gain already, or others, which need the iterations that follow. */
static bm_status swap_rounds(split *now, bm_solution **best, bm_solution **spare, uint64_t seed,
                             int only_sure, double budget, double *spent, bm_refined *refined,
                             bm_error *err) {
    bm_kmeans *kmeans = now->kmeans;
    size_t k = kmeans->k, failures = 0, cells;
    double pass = (double)kmeans->features->n * (double)k;
    double looking = (double)kmeans->features->n * (2 * SPLIT_PASSES + 1);
    swap *list = NULL;
    bm_status status = BM_OK;
    if (!bm_multiply(k, k, &cells))
        cells = SIZE_MAX;
    BM_TRY(BM_NEW(&list, cells, "swaps", err));
    for (uint64_t round = 0; *spent + looking + 2 * pass <= budget && failures < MOST_FAILURES;
         round++) {
        size_t count, i = 0;
        int improved = 0;
        now->solution = *best;
        BM_TRY(draw_halves(now, bm_random_mix(seed, "kmeans-refine", round), err));
        for (int it = 0; it < SPLIT_PASSES; it++)
            BM_TRY(improve_halves(now, err));
        *spent += looking;
        list_swaps(now, list, &count);
        if (count == 0 || (only_sure && list[0].estimate >= 0))
            break;
        for (; i < count && !improved && failures < MOST_FAILURES && i < 2 &&
               *spent + 2 * pass <= budget;
             i++) {
            BM_TRY(try_swap(now, &list[i], *spare, budget - *spent, err));
            *spent += (*spare)->distances;
            refined->tried++;
            if ((*spare)->converged && (*spare)->inertia < (*best)->inertia * (1 - 1e-12)) {
                bm_solution *worse = *best;
                *best = *spare;
                *spare = worse;
                BM_TRY(bm_kmeans_keep_log(kmeans, *best, err));
                refined->kept++;
                improved = 1;
                failures = 0;
            } else {
                failures++;
            }
        }
    }
cleanup:
    free(list);
    return status;
}

/* Whether an earlier one of the candidates has come to the same inertia. */
static int is_repeated(bm_solution *const *candidate, size_t index) {
    for (size_t other = 0; other < index; other++)
        if (fabs(candidate[other]->inertia - candidate[index]->inertia) <=
            1e-12 * candidate[index]->inertia)
            return 1;
    return 0;
}

/* Single moves for every candidate that came to another optimum, best first, in a copy of it: one
 * that the budget leaves unfinished is of no use. The best is candidate[0] in the end. */
static bm_status polish(bm_kmeans *kmeans, bm_solution **candidate, size_t count,
                        bm_solution **spare, double budget, double *spent, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t c = 0; c < count; c++) {
        if (!candidate[c]->converged || is_repeated(candidate, c))
            continue;
        copy_solution(candidate[c], *spare, kmeans);
        BM_TRY(bm_kmeans_descend(kmeans, *spare, budget - *spent, err));
        *spent += (*spare)->distances;
        if (!(*spare)->converged || !((*spare)->inertia < candidate[0]->inertia))
            continue;
        bm_solution *worse = candidate[0];
        candidate[0] = *spare;
        *spare = worse;
        BM_TRY(bm_kmeans_keep_log(kmeans, candidate[0], err));
    }
cleanup:
    return status;
}

bm_status bm_kmeans_refine(bm_kmeans *kmeans, bm_solution **candidate, size_t count,
                           bm_solution *other, uint64_t seed, double budget, bm_refined *refined,
                           bm_error *err) {
    split now;
    bm_solution *spare;
    double spent = 0;
    bm_status status = split_init(&now, kmeans, err);
    if (status != BM_OK)
        goto cleanup;
    refined->before = candidate[0]->inertia;
    spare = other != NULL ? other : candidate[count - 1];
    BM_TRY(swap_rounds(&now, &candidate[0], &spare, bm_random_mix(seed, "sure swaps", 0), 1, budget,
                       &spent, refined, err));
    BM_TRY(
        polish(kmeans, candidate, other != NULL ? count : count - 1, &spare, budget, &spent, err));
    BM_TRY(swap_rounds(&now, &candidate[0], &spare, bm_random_mix(seed, "swaps", 0), 0, budget,
                       &spent, refined, err));
    refined->after = candidate[0]->inertia;
cleanup:
    split_free(&now);
    return status;
}
