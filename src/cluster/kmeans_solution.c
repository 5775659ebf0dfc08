/* A solution of k-means: its memory, and what follows from its exact sums alone. Sums are exact, so
 * means and inertia depend on the labels only: not on the order of rows, on threads, or on which
 * rows a pass could skip. */
#include "base/memory.h"
#include "cluster/kmeans.h"
#include "cluster/partition.h"
#include "data/rows.h"
#include "kernel/distance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bm_status bm_solution_init(bm_solution *solution, const bm_kmeans *kmeans, int32_t *label,
                           bm_error *err) {
    size_t n = kmeans->features->n, d = kmeans->features->d, k = kmeans->most_k;
    bm_screen *screen = &solution->screen;
    bm_status status = BM_OK;
    *solution = (bm_solution){.label = label};
    screen->d = d;
    screen->origin = kmeans->origin;
    if (label == NULL)
        BM_TRY(BM_NEW(&solution->label, n, "labels", err));
    BM_TRY(BM_NEW(&solution->expiry, n, "bounds", err));
    BM_TRY(BM_NEW_ALIGNED(&solution->centroid, k * d, "centroids", err));
    BM_TRY(BM_NEW_ALIGNED(&solution->previous, k * d, "centroids", err));
    BM_TRY(BM_NEW_ALIGNED(&solution->total, k * 2 * kmeans->grid.padded, "segment sums", err));
    BM_TRY(BM_NEW(&solution->heft, k * 2, "segment weights", err));
    BM_TRY(BM_NEW(&solution->size, k, "segment sizes", err));
    BM_TRY(BM_NEW(&solution->own_path, k, "paths of centroids", err));
    BM_TRY(BM_NEW(&solution->other_path, k, "paths of centroids", err));
    BM_TRY(BM_NEW(&solution->spent, k, "paths of centroids", err));
    BM_TRY(BM_NEW(&solution->is_moving, k, "paths of centroids", err));
    BM_TRY(BM_NEW(&solution->wait, kmeans->chunks, "chunks", err));
    BM_TRY(BM_NEW_ALIGNED(&screen->packed, bm_screen_packed(k, d), "centroids", err));
    if (bm_screen_wants_products(kmeans->kernel, d, k))
        BM_TRY(BM_NEW_ALIGNED(&screen->plain, k * d, "centroids", err));
    BM_TRY(BM_NEW_ALIGNED(&screen->norm, bm_screen_norms(k), "centroids", err));
    BM_TRY(BM_NEW_ALIGNED(&screen->exact, bm_packed_length(k, d), "centroids", err));
cleanup:
    if (status != BM_OK)
        bm_solution_free(solution, label == NULL);
    return status;
}

void bm_solution_free(bm_solution *solution, int owns_label) {
    if (owns_label)
        free(solution->label);
    free(solution->expiry);
    free(solution->centroid);
    free(solution->previous);
    free(solution->total);
    free(solution->heft);
    free(solution->size);
    free(solution->own_path);
    free(solution->other_path);
    free(solution->spent);
    free(solution->is_moving);
    free(solution->wait);
    free(solution->screen.packed);
    free(solution->screen.plain);
    free(solution->screen.norm);
    free(solution->screen.exact);
    free(solution->log);
    *solution = (bm_solution){0};
}

static void forget_paths(bm_solution *solution, const bm_kmeans *kmeans) {
    solution->is_bounded = 0;
    memset(solution->own_path, 0, kmeans->k * sizeof *solution->own_path);
    memset(solution->other_path, 0, kmeans->k * sizeof *solution->other_path);
    memset(solution->spent, 0, kmeans->k * sizeof *solution->spent);
    memset(solution->wait, 0, kmeans->chunks);
}

void bm_solution_begin(bm_solution *solution, const bm_kmeans *kmeans, int restart) {
    size_t n = kmeans->features->n, k = kmeans->k;
    solution->screen.k = k;
    solution->restart = restart;
    solution->iterations = solution->converged = solution->was_repaired = solution->is_done = 0;
    solution->is_given_up = 0;
    solution->logged = 0;
    solution->distances = 0;
    solution->most_distances = INFINITY;
    solution->to_beat = INFINITY;
    for (size_t i = 0; i < n; i++)
        solution->label[i] = -1;
    memset(solution->total, 0, k * 2 * kmeans->grid.padded * sizeof *solution->total);
    memset(solution->heft, 0, k * 2 * sizeof *solution->heft);
    memset(solution->size, 0, k * sizeof *solution->size);
    forget_paths(solution, kmeans);
}

static double weight_of(const bm_solution *solution, const bm_kmeans *kmeans, size_t segment) {
    return kmeans->features->weight == NULL
               ? (double)solution->size[segment]
               : solution->heft[2 * segment] + solution->heft[2 * segment + 1];
}

/* (a + b) / weight, rounded once: of equal rows the mean is the row. */
static double divide(double a, double b, double weight) {
    double sum = a + b, part = sum - a, lost = (a - (sum - part)) + (b - part);
    double quotient = sum / weight;
    return quotient + (fma(-quotient, weight, sum) + lost) / weight;
}

void bm_solution_means(const bm_solution *solution, const bm_kmeans *kmeans, double *mean) {
    size_t d = kmeans->features->d, padded = kmeans->grid.padded;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        const double *total = solution->total + segment * 2 * padded;
        double weight = weight_of(solution, kmeans, segment);
        for (size_t f = 0; f < d; f++)
            mean[segment * d + f] = solution->size[segment] > 0 && weight > 0
                                        ? divide(total[f], total[padded + f], weight)
                                        : solution->centroid[segment * d + f];
    }
}

double bm_solution_inertia(const bm_solution *solution, const bm_kmeans *kmeans) {
    size_t d = kmeans->features->d, padded = kmeans->grid.padded;
    double explained = 0;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        const double *total = solution->total + segment * 2 * padded;
        const double *centroid = solution->centroid + segment * d;
        double weight = weight_of(solution, kmeans, segment), sum = 0;
        for (size_t f = 0; f < d; f++) {
            double origin = (double)kmeans->origin[f], apart = centroid[f] - origin;
            double about = (total[f] - weight * origin) + total[padded + f];
            sum += apart * (2 * about - weight * apart);
        }
        explained += sum;
    }
    double inertia = kmeans->square - explained;
    return (inertia > 0 ? inertia : 0) / kmeans->weight_scale;
}

/* The two longest shifts: of all centroids but its own, each has the longest, or the second. */
static void add_paths(bm_solution *solution, const bm_kmeans *kmeans) {
    double most = 0, second = 0;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        double shift = kmeans->shift[segment];
        second = shift > most ? most : shift > second ? shift : second;
        most = shift > most ? shift : most;
    }
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        double shift = kmeans->shift[segment];
        solution->own_path[segment] += shift;
        solution->other_path[segment] += shift < most ? most : second;
        double spent = solution->own_path[segment] + solution->other_path[segment];
        solution->spent[segment] = (float)spent * BM_SCREEN_UP;
    }
}

double bm_solution_move(bm_solution *solution, bm_kmeans *kmeans, const double *mean) {
    size_t d = kmeans->features->d;
    double sum = 0;
    for (size_t segment = 0; segment < kmeans->k; segment++) {
        const double *from = solution->centroid + segment * d, *to = mean + segment * d;
        double square = bm_squared_distance(to, from, d);
        solution->is_moving[segment] = memcmp(to, from, d * sizeof *to) != 0;
        sum += square;
        /* Rounded up, also where squares underflow. */
        kmeans->shift[segment] =
            solution->is_moving[segment] ? sqrt(square) * (1 + 1e-9) + 1e-150 : 0;
    }
    add_paths(solution, kmeans);
    memcpy(solution->previous, solution->centroid, kmeans->k * d * sizeof *mean);
    memcpy(solution->centroid, mean, kmeans->k * d * sizeof *mean);
    return sum;
}

int bm_solution_reorder(bm_solution *solution, bm_kmeans *kmeans) {
    size_t k = kmeans->k, d = kmeans->features->d, *order = kmeans->order;
    if (bm_canonical_order(solution->size, solution->centroid, k, d, order))
        return 1;
    size_t sums = 2 * kmeans->grid.padded * sizeof(double);
    void *scratch = kmeans->scratch;
    bm_reorder_segments(solution->centroid, d * sizeof(double), order, k, scratch);
    bm_reorder_segments(solution->total, sums, order, k, scratch);
    bm_reorder_segments(solution->heft, 2 * sizeof(double), order, k, scratch);
    bm_reorder_segments(solution->size, sizeof(size_t), order, k, scratch);
    bm_reorder_segments(solution->is_moving, 1, order, k, scratch);
    bm_reorder_segments(solution->own_path, sizeof(double), order, k, scratch);
    bm_reorder_segments(solution->other_path, sizeof(double), order, k, scratch);
    bm_reorder_segments(solution->spent, sizeof(float), order, k, scratch);
    int32_t *place = (int32_t *)scratch;
    for (size_t segment = 0; segment < k; segment++)
        place[order[segment]] = (int32_t)segment;
    for (size_t i = 0; i < kmeans->features->n; i++)
        solution->label[i] = place[solution->label[i]];
    return 0;
}

void bm_solution_put(bm_solution *solution, bm_kmeans *kmeans, size_t i, int32_t segment) {
    const bm_features *features = kmeans->features;
    size_t width = 2 * kmeans->grid.padded, own = (size_t)solution->label[i];
    double weight = bm_weight_of(features->weight, i) * kmeans->weight_scale;
    double *from = solution->total + own * width;
    double *to = solution->total + (size_t)segment * width;
    const double *row = bm_row(features, i, kmeans->worker[0].row);
    kmeans->kernel->move_double(row, weight, &kmeans->grid, from, to);
    if (features->weight != NULL) {
        double coarse = (weight + kmeans->heft_coarse) - kmeans->heft_coarse;
        double fine = ((weight - coarse) + kmeans->heft_fine) - kmeans->heft_fine;
        solution->heft[2 * own] -= coarse;
        solution->heft[2 * own + 1] -= fine;
        solution->heft[2 * (size_t)segment] += coarse;
        solution->heft[2 * (size_t)segment + 1] += fine;
    }
    solution->size[own]--;
    solution->size[segment]++;
    solution->label[i] = segment;
    solution->expiry[i] = -1;
}
