/* Swaps after the restarts (Fränti, J. Big Data 5:13, 2018): one centroid of the best solution goes
 * to a row drawn as in k-means++, the solution descends again, and what is better is kept. This
 * leaves local optima that differ in where a whole segment lies, which single moves cannot.
 *
 * The work is counted in distances, not in seconds: at most MOST_SWAPS swaps, each taken to need
 * SWAP_ITERATIONS, within MOST_WORK multiplications. So large inputs, where an iteration is dear
 * and optima hardly differ, do without. */
#include "cluster/kmeans.h"

#include "base/memory.h"
#include "base/random.h"

#include <string.h>

enum { MOST_SWAPS = 40, SWAP_ITERATIONS = 30, MOST_WORK = 400000000 };

static size_t swaps_within_budget(const bm_kmeans *kmeans) {
    size_t work;
    if (kmeans->k < 2 || !bm_multiply(kmeans->features->n, kmeans->features->d, &work) ||
        !bm_multiply(work, kmeans->k * SWAP_ITERATIONS, &work) || work == 0)
        return 0;
    size_t swaps = MOST_WORK / work;
    return swaps < MOST_SWAPS ? swaps : MOST_SWAPS;
}

/* Keeps the solution that stands as the best one. */
static void keep(bm_kmeans *kmeans) {
    memcpy(kmeans->best_centroid, kmeans->centroid,
           kmeans->k * kmeans->features->d * sizeof *kmeans->centroid);
    memcpy(kmeans->best_size, kmeans->size, kmeans->k * sizeof *kmeans->size);
}

bm_status bm_kmeans_swap(bm_kmeans *kmeans, uint64_t seed, int restart, double *least,
                         bm_error *err) {
    size_t swaps = swaps_within_budget(kmeans), cells = kmeans->k * kmeans->features->d;
    gsl_rng *rng = NULL;
    bm_status status = BM_OK;
    BM_TRY(bm_random_new(&rng, seed, "kmeans-swap", kmeans->k, err));
    for (size_t swap = 0; swap < swaps; swap++) {
        size_t logged = kmeans->iterations;
        size_t gone = (size_t)(gsl_rng_uniform(rng) * (double)kmeans->k);
        double inertia;
        int converged;
        memcpy(kmeans->centroid, kmeans->best_centroid, cells * sizeof *kmeans->centroid);
        BM_TRY(bm_kmeans_redraw(kmeans, gone, rng, err));
        BM_TRY(bm_kmeans_descend(kmeans, restart, &inertia, &converged, err));
        if (converged && inertia < *least * (1 - 1e-12)) {
            *least = inertia;
            keep(kmeans);
        } else {
            kmeans->iterations = logged; /* it led nowhere */
        }
    }
cleanup:
    gsl_rng_free(rng);
    return status;
}
