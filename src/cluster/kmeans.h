/* k-means: what its parts (start, Lloyd iterations, refinement, restarts) work on. */
#ifndef BM_CLUSTER_KMEANS_H
#define BM_CLUSTER_KMEANS_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/segmentation.h"
#include "cluster/checkpoint.h"
#include "cluster/cluster.h"
#include "cluster/kmeans_start.h"
#include "kernel/screen.h"

#include <gsl/gsl_rng.h>

enum { BM_MOST_IN_STEP = 16 }; /* solutions */

/* One set of centroids, the labels that go with it, and what is known about both. Several of them
 * can be assigned in one pass over the rows. */
typedef struct bm_solution {
    int32_t *label;   /* [n] 0…k−1; -1 before the first pass */
    float *expiry;    /* [n] as long as it exceeds spent[label], the label cannot have changed */
    double *centroid; /* [k × d] */
    double *previous; /* [k × d] centroids before the last move */
    double *total;    /* [k][2][padded] exact weighted sums of the labels' rows */
    double *heft;     /* [k][2] exact sums of weights; without buyer weights not kept up to date */
    size_t *size;     /* [k] buyers */
    double *own_path, *other_path; /* [k] how far the centroid, and the farthest of the others, went
                                      in each iteration, added up since the labels began */
    float *spent;                  /* [k] both together, rounded up */
    unsigned char *is_moving;      /* [k] whether the centroid changed since the last pass */
    unsigned char *wait;           /* [chunks] passes that will not look for proof */
    bm_screen screen;
    int is_bounded;   /* expiry holds for label and spent */
    double distances; /* row to centroid, that the plain algorithm with activity detection needs */
    int restart;      /* in the log */
    int iterations, converged, was_repaired;
    double most_distances, to_beat; /* of a trial, see is_hopeless() in lloyd.c */
    int is_given_up;
    int is_done;       /* the labels are those of the centroids as they stand */
    size_t moved;      /* rows that changed label in the last pass */
    double inertia;    /* of the labels about the centroids of the last pass; after Lloyd, as they
                          stand */
    bm_iteration *log; /* its rows of the iteration log */
    size_t logged, log_reserved;
} bm_solution;

/* What a thread collects for a solution in a pass. */
typedef struct bm_delta {
    double *total, *heft;
    int64_t *size;
    size_t moved;
} bm_delta;

typedef struct bm_worker {
    float *turned;           /* of a block */
    float *products;         /* of a block, where they are taken */
    uint32_t *index;         /* [chunk_rows] */
    double *row;             /* [d] */
    bm_delta *delta;         /* [solutions] */
    unsigned char *is_whole; /* [solutions] compared in the chunk at work */
} bm_worker;

/* The farthest row of a chunk, for the repair of empty segments. */
typedef struct bm_farthest {
    double square;
    size_t row;
} bm_farthest;

/* What the restarts of a k came to so far. */
typedef struct bm_race {
    double least;     /* inertia */
    double distances; /* of all restarts */
    size_t winner;    /* its number; 0: none yet */
    int resident;     /* the solution that still holds it, or -1 */
    size_t first;     /* number of the first of the restarts in step */
    size_t held;      /* how many they are: solutions 0 … held − 1 */
    int converged;
} bm_race;

/* Everything k-means needs, allocated once for the largest k and used for every k and restart. */
typedef struct bm_kmeans {
    const bm_features *features; /* borrowed */
    const bm_cluster_options *options;
    const bm_screen_kernel *kernel;
    size_t k, most_k;
    size_t chunk_rows, chunks;
    float *origin; /* [d] in the midst of the rows */
    bm_grid grid;
    double heft_coarse, heft_fine; /* the grids of the weights */
    double weight_scale;           /* a power of two: weights in sums are at most 1 */
    double square;                 /* Σ weight ‖x − origin‖², weights scaled */
    double mean_variance;          /* of the features, for the tolerance */
    size_t solutions;              /* that are worked on together */
    bm_solution *solution;
    size_t workers;
    bm_worker *worker;     /* one a thread */
    double *mean;          /* [k × d] scratch */
    double *shift;         /* [k] scratch */
    bm_farthest *farthest; /* [chunks] */
    bm_solution **active;  /* [solutions] scratch */
    size_t *filled;  /* [k] row that an empty segment took in the last repair; else SIZE_MAX */
    size_t *order;   /* [k] scratch */
    double *scratch; /* [k][2][padded] for reordering */
    double *best_centroid; /* [k × d] of the restarts so far */
    bm_race race;
    bm_keeper keeper;
    bm_starter starter;
    int has_starter;
    int32_t *label;          /* [n] of the result, borrowed from the caller */
    double *centroid;        /* [k × d] of the result */
    bm_iteration *iteration; /* the log of this k */
    size_t iterations, iterations_reserved;
} bm_kmeans;

/* Room for runs of up to k segments; label is the caller's, [n]. BM_DATA: squared distances
 * overflow. */
bm_status bm_kmeans_init(bm_kmeans *kmeans, const bm_features *features,
                         const bm_cluster_options *options, size_t k, int32_t *label,
                         bm_error *err) BM_MUST_CHECK;
size_t bm_kmeans_memory(size_t n, size_t d, size_t k, const bm_cluster_options *options);
/* The best of all restarts for k segments, 1 <= k <= distinct rows: labels in label, centroids in
 * centroid, both in canonical order, the log in iteration. converged as in bm_segmentation. */
bm_status bm_kmeans_run(bm_kmeans *kmeans, size_t k, const bm_context *context, int *converged,
                        bm_error *err) BM_MUST_CHECK;
/* The labels of a result: every row to the nearest of k centroids. */
bm_status bm_kmeans_recall(bm_kmeans *kmeans, size_t k, const double *centroid,
                           bm_error *err) BM_MUST_CHECK;
void bm_kmeans_free(bm_kmeans *kmeans);

/* The facts of the rows (kmeans_rows.c): origin, grids, sums of squares. */
bm_status bm_kmeans_measure(bm_kmeans *kmeans, bm_error *err) BM_MUST_CHECK;

/* Solutions (kmeans_solution.c). */
bm_status bm_solution_init(bm_solution *solution, const bm_kmeans *kmeans, int32_t *label,
                           bm_error *err) BM_MUST_CHECK;
void bm_solution_free(bm_solution *solution, int owns_label);
/* Begins anew with the centroids as they stand. */
void bm_solution_begin(bm_solution *solution, const bm_kmeans *kmeans, int restart);
/* The means of the labels into mean [k × d]; an empty segment keeps its centroid. */
void bm_solution_means(const bm_solution *solution, const bm_kmeans *kmeans, double *mean);
/* Σ weight × squared distance to the centroid of the label, from the sums alone; O(k d). */
double bm_solution_inertia(const bm_solution *solution, const bm_kmeans *kmeans);
/* Moves the centroids to `mean`, which is not `previous`; gives the summed squared shift. */
double bm_solution_move(bm_solution *solution, bm_kmeans *kmeans, const double *mean);
/* Brings segments into canonical order; 1 when they were in it. */
int bm_solution_reorder(bm_solution *solution, bm_kmeans *kmeans);
/* Moves row i from the segment it has to another, sums and label. */
void bm_solution_put(bm_solution *solution, bm_kmeans *kmeans, size_t i, int32_t segment);

/* Assigns all rows to the nearest centroid of each of some solutions, in one pass over the rows
 * (kmeans_pass.c): label, size, total, moved. */
bm_status bm_kmeans_assign(bm_kmeans *kmeans, bm_solution *const *solution, size_t count,
                           bm_error *err) BM_MUST_CHECK;

/* Lloyd iterations (lloyd.c) from the centroids as they stand until the stopping rule of the
 * options; appends to each solution's log. When converged at tolerance 0 the centroids are the
 * means of the labels and these the nearest (is_done); otherwise the centroids have moved since. */
bm_status bm_kmeans_lloyd(bm_kmeans *kmeans, bm_solution *const *solution, size_t count,
                          bm_error *err) BM_MUST_CHECK;
/* The same for the restarts in step, which were just begun or restored, after `round` iterations;
 * states are kept on the way. */
bm_status bm_kmeans_go_on(bm_kmeans *kmeans, bm_solution *const *solution, size_t count,
                          size_t round, bm_error *err) BM_MUST_CHECK;
/* Assigns, and moves the centroids of empty segments to far rows until none is empty. */
bm_status bm_kmeans_fill(bm_kmeans *kmeans, bm_solution *solution, bm_error *err) BM_MUST_CHECK;

/* Gives each empty segment the row farthest from its own centroid, which becomes the centroid, as
 * scikit-learn does (kmeans_repair.c). Ties go to the lowest row; each further empty segment takes
 * the next farthest row that differs in value; a row that is alone in its segment stays. `mean`,
 * the means of the labels, is kept up to date. `repaired` counts the segments. */
bm_status bm_kmeans_repair(bm_kmeans *kmeans, bm_solution *solution, double *mean, size_t *repaired,
                           bm_error *err) BM_MUST_CHECK;

/* Improves the best of the restarts at the cost of one more (kmeans_refine.c): of `count` converged
 * candidates, best first, single moves improve each, then swaps the best, which is candidate[0] in
 * the end. `other` is room to try in; NULL: that of the last candidate. budget: distances that may
 * be computed. */
typedef struct bm_refined {
    size_t tried, kept;
    double before, after; /* inertia */
} bm_refined;
bm_status bm_kmeans_refine(bm_kmeans *kmeans, bm_solution **candidate, size_t count,
                           bm_solution *other, uint64_t seed, double budget, bm_refined *refined,
                           bm_error *err) BM_MUST_CHECK;

/* Single moves (hartigan.c) and Lloyd iterations in turn, from a converged solution, until neither
 * finds a lower inertia, or the solution's distances reach the budget. */
bm_status bm_kmeans_descend(bm_kmeans *kmeans, bm_solution *solution, double budget,
                            bm_error *err) BM_MUST_CHECK;

/* Appends a solution's log to that of the run, and empties it. */
bm_status bm_kmeans_keep_log(bm_kmeans *kmeans, bm_solution *solution, bm_error *err) BM_MUST_CHECK;

/* Moves single rows to segments where they lower the inertia, and the centroids with them
 * (hartigan.c). After converged Lloyd iterations only. */
bm_status bm_kmeans_move_rows(bm_kmeans *kmeans, bm_solution *solution, size_t *moved,
                              bm_error *err) BM_MUST_CHECK;

/* States (checkpoint.c). After init: from here on runs are kept and go on as `wish` says, which is
 * borrowed until bm_kmeans_free; NULL: neither. Runs must then be of the same k in the same order
 * as those that were kept. BM_DATA: the state is damaged, or of other features. */
bm_status bm_kmeans_keep(bm_kmeans *kmeans, const bm_checkpoint *wish, bm_error *err) BM_MUST_CHECK;
/* Keeps the state when it is due: the restarts in step after `round` iterations; the result of the
 * k at work. */
bm_status bm_kmeans_keep_round(bm_kmeans *kmeans, size_t round, bm_error *err) BM_MUST_CHECK;
bm_status bm_kmeans_keep_finished(bm_kmeans *kmeans, int converged, bm_error *err) BM_MUST_CHECK;
/* What the state holds of the k at work: its result (is_finished, and label, centroid and log are
 * set), the restarts in step as they stood after `round` iterations, or nothing (round is 0). */
bm_status bm_kmeans_restore(bm_kmeans *kmeans, size_t restarts, size_t *round, int *is_finished,
                            int *converged, bm_error *err) BM_MUST_CHECK;

#endif
