/* Lloyd's k-means iterations (Lloyd, IEEE Trans. Inf. Theory 28, 1982; batch algorithm of Forgy),
 * of several solutions in step: each iteration is one pass over the rows for all of them.
 * O(n k d) an iteration and solution at most; a row as near to two centroids goes to the lower. */
#include "base/memory.h"
#include "cluster/kmeans.h"
#include "data/rows.h"

#include <string.h>

static bm_status log_iteration(bm_solution *solution, double shift, bm_error *err) {
    bm_status status = BM_GROW(&solution->log, &solution->log_reserved, solution->logged + 1,
                               "the iteration log", err);
    if (status == BM_OK)
        solution->log[solution->logged++] = (bm_iteration){.restart = solution->restart,
                                                           .iteration = solution->iterations,
                                                           .inertia = solution->inertia,
                                                           .shift = shift,
                                                           .moved = solution->moved};
    return status;
}

/* Work beyond what a trial may cost, or an inertia that will not fall below the one to beat at the
 * pace of the last iteration. */
static int is_hopeless(const bm_kmeans *kmeans, const bm_solution *solution) {
    enum { LEAST_ITERATIONS = 4, PACE = 10 };
    double pass = (double)kmeans->features->n * (double)kmeans->k;
    if (solution->distances + pass > solution->most_distances)
        return 1;
    if (solution->logged < LEAST_ITERATIONS || solution->inertia <= solution->to_beat)
        return 0;
    double pace = solution->log[solution->logged - 2].inertia - solution->inertia;
    return solution->inertia - solution->to_beat > PACE * pace;
}

/* After an assignment: moves the centroids to the means, and sees whether that was the last. */
static bm_status step(bm_kmeans *kmeans, bm_solution *solution, bm_error *err) {
    const bm_cluster_options *options = kmeans->options;
    size_t repaired;
    bm_solution_means(solution, kmeans, kmeans->mean);
    bm_status status = bm_kmeans_repair(kmeans, solution, kmeans->mean, &repaired, err);
    if (status != BM_OK)
        return status;
    double shift = bm_solution_move(solution, kmeans, kmeans->mean);
    solution->iterations++;
    status = log_iteration(solution, shift, err);
    /* When no label changed, the means are those the labels were made with. */
    int is_settled = solution->moved == 0 && !solution->was_repaired && repaired == 0;
    solution->was_repaired = repaired > 0;
    solution->is_done = is_settled;
    solution->converged = is_settled;
    if (is_hopeless(kmeans, solution))
        solution->is_given_up = 1;
    if (options->tolerance > 0 && repaired == 0 &&
        shift <= options->tolerance * kmeans->mean_variance)
        solution->converged = 1;
    return status;
}

bm_status bm_kmeans_fill(bm_kmeans *kmeans, bm_solution *solution, bm_error *err) {
    for (;;) {
        size_t repaired, d = kmeans->features->d;
        bm_status status = bm_kmeans_assign(kmeans, &solution, 1, err);
        if (status != BM_OK)
            return status;
        /* Each repair puts a centroid on a row that was apart from its own, so the inertia falls
         * and this ends. */
        memcpy(kmeans->mean, solution->centroid, kmeans->k * d * sizeof *kmeans->mean);
        status = bm_kmeans_repair(kmeans, solution, kmeans->mean, &repaired, err);
        if (status != BM_OK || repaired == 0)
            return status;
        for (size_t segment = 0; segment < kmeans->k; segment++)
            if (kmeans->filled[segment] == SIZE_MAX)
                memcpy(kmeans->mean + segment * d, solution->centroid + segment * d,
                       d * sizeof *kmeans->mean);
        bm_solution_move(solution, kmeans, kmeans->mean);
    }
}

/* Iterations from `round` on, of those that have not come to an end. */
static bm_status iterate(bm_kmeans *kmeans, bm_solution *const *solution, size_t count,
                         size_t round, int is_kept, bm_error *err) {
    size_t active = 0;
    bm_status status = BM_OK;
    for (size_t s = 0; s < count; s++)
        if (!solution[s]->converged && !solution[s]->is_given_up)
            kmeans->active[active++] = solution[s];
    while (round < kmeans->options->max_iterations && active > 0) {
        size_t left = 0;
        BM_TRY(bm_kmeans_assign(kmeans, kmeans->active, active, err));
        for (size_t s = 0; s < active; s++) {
            BM_TRY(step(kmeans, kmeans->active[s], err));
            if (!kmeans->active[s]->converged && !kmeans->active[s]->is_given_up)
                kmeans->active[left++] = kmeans->active[s];
        }
        active = left;
        round++;
        if (is_kept)
            BM_TRY(bm_kmeans_keep_round(kmeans, round, err));
    }
    for (size_t s = 0; s < count; s++)
        solution[s]->inertia = bm_solution_inertia(solution[s], kmeans);
cleanup:
    return status;
}

bm_status bm_kmeans_lloyd(bm_kmeans *kmeans, bm_solution *const *solution, size_t count,
                          bm_error *err) {
    for (size_t s = 0; s < count; s++) {
        solution[s]->converged = solution[s]->is_done = solution[s]->was_repaired = 0;
        solution[s]->is_given_up = 0;
    }
    return iterate(kmeans, solution, count, 0, 0, err);
}

bm_status bm_kmeans_go_on(bm_kmeans *kmeans, bm_solution *const *solution, size_t count,
                          size_t round, bm_error *err) {
    return iterate(kmeans, solution, count, round, 1, err);
}
