/* The gap statistic: R. Tibshirani, G. Walther & T. Hastie, J. R. Statist. Soc. B 63, 2001.
 *
 * W_k = Σ_r D_r / (2 n_r), D_r the distances of all ordered pairs of buyers of segment r;
 * gap(k) = mean over B references of log W_k − log W_k of the buyers, and its standard error is
 * sd √(1 + 1/B) (sd with divisor B). A reference (gap.h) is clustered as the
 * buyers are. Distances are plain, not squared, as in R's
 * cluster::clusGap when it is called without d.power. Buyers with weights: D_r is weighted by the
 * product of both, n_r is the summed weight, and row i of each reference has the weight of row i.
 *
 * A box is left in the axes of the components: turning it back changes no distance. */
#include "cluster/gap.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/random.h"
#include "cluster/distinct.h"
#include "cluster/hierarchical.h"
#include "cluster/kmeans.h"
#include "cluster/medoids.h"
#include "cluster/principal.h"
#include "cluster/subsample.h"
#include "cluster/within.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEAST_ROWS = 1000,
    ROWS_A_SEGMENT = 50,
    MOST_REFERENCES = 100,
    LEAST_REFERENCES = 25,
    REFERENCE_ROWS = 25000, /* of all references together, between both */
    MEDOID_STARTS = 2,      /* BUILD's, and one at random */
};

typedef struct work {
    const bm_features *sample;
    const bm_gap_plan *plan;
    size_t ks;
    double *scores; /* [n × d] of the sample: on its principal components, or normal ones */
    double *sorted; /* [d × n] copula: the values of each feature, ascending */
    double *log_w;  /* [(1 + references) × ks], those of the sample first */
} work;

size_t bm_gap_rows(size_t n, size_t k_high) {
    size_t rows = k_high < SIZE_MAX / ROWS_A_SEGMENT ? k_high * ROWS_A_SEGMENT : SIZE_MAX;
    rows = rows < LEAST_ROWS ? LEAST_ROWS : rows;
    return n < rows ? n : rows;
}

size_t bm_gap_references(size_t n) {
    size_t references = n > 0 ? REFERENCE_ROWS / n : MOST_REFERENCES;
    references = references < LEAST_REFERENCES ? LEAST_REFERENCES : references;
    return references < MOST_REFERENCES ? references : MOST_REFERENCES;
}

static bm_status by_tree(const work *now, const bm_features *rows, int32_t *label, double *log_w,
                         bm_error *err) {
    const bm_context context = {0};
    bm_dendrogram tree = {0};
    bm_status status;
    BM_TRY(bm_linkage_tree(rows, bm_linkage_find(now->plan->method->name), &context, &tree, err));
    for (size_t at = 0; at < now->ks; at++) {
        double within;
        size_t k = now->plan->low + at, least = now->plan->min_size;
        if (least < 2)
            BM_TRY(bm_tree_cut(&tree, k, label, err));
        else
            BM_TRY(bm_tree_cut_sized(&tree, rows, k, least, label, &k, err));
        BM_TRY(bm_within_distances(rows, label, k, &within, err));
        log_w[at] = log(within);
    }
cleanup:
    bm_dendrogram_free(&tree);
    return status;
}

static bm_status by_kmeans(const work *now, const bm_features *rows, uint64_t seed, int32_t *label,
                           double *log_w, bm_error *err) {
    bm_cluster_options options = {.method = now->plan->method,
                                  .restarts = now->plan->starts,
                                  .max_iterations = 100,
                                  .tolerance = 1e-3};
    const bm_context context = {.seed = seed};
    bm_kmeans kmeans = {0};
    bm_status status;
    BM_TRY(bm_kmeans_init(&kmeans, rows, &options, now->plan->low + now->ks - 1, label, err));
    for (size_t at = 0; at < now->ks; at++) {
        size_t k = now->plan->low + at;
        double within;
        int converged;
        /* The sample itself is clustered where the centroids are: in the features' own axes. */
        options.init =
            rows == now->sample && now->plan->centroid != NULL ? now->plan->centroid[at] : NULL;
        if (k > 1)
            BM_TRY(bm_kmeans_run(&kmeans, k, &context, &converged, err));
        else
            memset(label, 0, rows->n * sizeof *label);
        BM_TRY(bm_within_distances(rows, label, k, &within, err));
        log_w[at] = log(within);
    }
cleanup:
    bm_kmeans_free(&kmeans);
    return status;
}

static bm_status by_medoids(const work *now, const bm_features *rows, uint64_t seed, int32_t *label,
                            double *log_w, bm_error *err) {
    const bm_context context = {.seed = seed};
    bm_dissimilarity distance = {0};
    bm_medoids medoids = {0};
    double *apart = NULL, total;
    bm_status status;
    BM_TRY(bm_euclidean(rows, &distance, err));
    const bm_medoid_task task = {.dissimilarity = &distance,
                                 .weight = rows->weight,
                                 .restarts = MEDOID_STARTS,
                                 .context = &context};
    BM_TRY(BM_NEW(&apart, rows->n, "the gap statistic", err));
    BM_TRY(bm_medoids_init(&medoids, &task, now->plan->low + now->ks - 1, 1, err));
    for (size_t at = 0; at < now->ks; at++) {
        size_t k = now->plan->low + at;
        double within;
        BM_TRY(bm_medoids_run(&medoids, k, NULL, err));
        BM_TRY(bm_medoids_assign(&task, medoids.best, k, label, apart, &total, err));
        BM_TRY(bm_within_distances(rows, label, k, &within, err));
        log_w[at] = log(within);
    }
cleanup:
    bm_medoids_free(&medoids);
    bm_dissimilarity_free(&distance);
    free(apart);
    return status;
}

static bm_status cluster_rows(const work *now, const bm_features *rows, size_t chunk,
                              int32_t *label, bm_error *err) {
    double *log_w = now->log_w + chunk * now->ks;
    if (now->plan->method->hierarchical)
        return by_tree(now, rows, label, log_w, err);
    if (now->plan->method->has_medoids)
        return by_medoids(now, rows, bm_random_mix(now->plan->seed, "gap, k-medoids", chunk), label,
                          log_w, err);
    return by_kmeans(now, rows, bm_random_mix(now->plan->seed, "gap, k-means", chunk), label, log_w,
                     err);
}

static void draw_box(const work *now, gsl_rng *rng, double *x) {
    size_t n = now->sample->n, d = now->sample->d;
    for (size_t f = 0; f < d; f++) {
        double low = now->scores[f], high = now->scores[f];
        for (size_t i = 1; i < n; i++) {
            low = fmin(low, now->scores[i * d + f]);
            high = fmax(high, now->scores[i * d + f]);
        }
        for (size_t i = 0; i < n; i++)
            x[i * d + f] = low + gsl_rng_uniform(rng) * (high - low);
    }
}

/* A value, and the row it is of. */
typedef struct ranked {
    double x;
    size_t row;
} ranked;

static int by_value(const void *a, const void *b) {
    const ranked *left = a, *right = b;
    if (left->x < right->x || left->x > right->x)
        return left->x < right->x ? -1 : 1;
    return (left->row > right->row) - (left->row < right->row);
}

static void rank_feature(const double *x, size_t n, size_t d, size_t f, ranked *order) {
    for (size_t i = 0; i < n; i++)
        order[i] = (ranked){x[i * d + f], i};
    qsort(order, n, sizeof *order, by_value);
}

/* Random sums of the rows' normal scores have their correlations; of each feature they are replaced
 * by the values there are, in their order. */
static bm_status draw_copula(const work *now, gsl_rng *rng, double *x, bm_error *err) {
    size_t n = now->sample->n, d = now->sample->d;
    ranked *order = NULL;
    bm_status status = BM_NEW(&order, n, "a reference cloud", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double share = gsl_ran_gaussian_ziggurat(rng, 1);
            for (size_t f = 0; f < d; f++)
                x[i * d + f] += share * now->scores[j * d + f];
        }
    for (size_t f = 0; f < d; f++) {
        rank_feature(x, n, d, f, order);
        for (size_t rank = 0; rank < n; rank++)
            x[order[rank].row * d + f] = now->sorted[f * n + rank];
    }
    free(order);
    return BM_OK;
}

static bm_status find_normal_scores(work *now, bm_error *err) {
    const bm_features *sample = now->sample;
    size_t n = sample->n, d = sample->d;
    ranked *order = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&now->sorted, n * d, "normal scores", err));
    BM_TRY(BM_NEW(&order, n, "normal scores", err));
    for (size_t f = 0; f < d; f++) {
        rank_feature(sample->x, n, d, f, order);
        for (size_t rank = 0; rank < n; rank++) {
            now->sorted[f * n + rank] = order[rank].x;
            now->scores[order[rank].row * d + f] =
                gsl_cdf_ugaussian_Pinv(((double)rank + 0.5) / (double)n);
        }
    }
cleanup:
    free(order);
    return status;
}

/* log W_k of each k: chunk 0 of the sample, chunk b of reference b. */
static bm_status cluster_one(size_t chunk, void *arg, bm_error *err) {
    const work *now = arg;
    int is_box = now->plan->reference == BM_REFERENCE_BOX;
    const char *stage = is_box ? "gap" : "gap, copula";
    bm_features drawn = {0};
    int32_t *label = NULL;
    gsl_rng *rng = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&label, now->sample->n, "the gap statistic", err));
    if (chunk == 0) {
        BM_TRY(cluster_rows(now, now->sample, chunk, label, err));
    } else {
        BM_TRY(bm_features_init(&drawn, now->sample->n, now->sample->d, err));
        BM_TRY(bm_random_new(&rng, now->plan->seed, stage, chunk, err));
        if (is_box)
            draw_box(now, rng, drawn.x);
        else
            BM_TRY(draw_copula(now, rng, drawn.x, err));
        drawn.weight = now->sample->weight;
        BM_TRY(cluster_rows(now, &drawn, chunk, label, err));
    }
cleanup:
    drawn.weight = NULL; /* borrowed */
    bm_features_free(&drawn);
    gsl_rng_free(rng);
    free(label);
    return status;
}

static void compare(const work *now, size_t references, double *gap, double *error) {
    double count = (double)references;
    for (size_t at = 0; at < now->ks; at++) {
        const double *log_w = now->log_w + at; /* of the sample; then one a reference */
        double mean = 0, variance = 0;
        for (size_t b = 1; b <= references; b++)
            mean += log_w[b * now->ks] / count;
        for (size_t b = 1; b <= references; b++)
            variance += (log_w[b * now->ks] - mean) * (log_w[b * now->ks] - mean) / count;
        gap[at] = mean - log_w[0]; /* infinite when nothing varies: log 0 */
        error[at] = sqrt(variance * (1 + 1 / count));
    }
}

bm_status bm_gap(const bm_features *sample, const bm_gap_plan *plan, double *gap, double *error,
                 bm_error *err) {
    work now = {.sample = sample, .plan = plan};
    size_t distinct, all = plan->high - plan->low + 1;
    bm_status status;
    for (size_t at = 0; at < all; at++)
        gap[at] = error[at] = NAN;
    BM_TRY(bm_distinct_rows(sample, plan->high, &distinct, err));
    if (distinct < plan->low || !bm_squares_fit(sample))
        return BM_OK;
    now.ks = distinct < plan->high ? distinct - plan->low + 1 : all;
    BM_TRY(BM_NEW_ALIGNED(&now.scores, sample->n * sample->d, "principal components", err));
    BM_TRY(BM_NEW(&now.log_w, (1 + plan->references) * now.ks, "the gap statistic", err));
    if (plan->reference == BM_REFERENCE_BOX)
        BM_TRY(bm_principal_scores(sample, now.scores, err));
    else
        BM_TRY(find_normal_scores(&now, err));
    BM_TRY(bm_parallel_for(1 + plan->references, cluster_one, &now, err));
    compare(&now, plan->references, gap, error);
cleanup:
    free(now.scores);
    free(now.sorted);
    free(now.log_w);
    return status;
}

/* The gap as it counts for the choice. */
static double gap_of(const bm_quality *quality) {
    return isnan(quality->gap) ? (quality->inertia <= 0 ? INFINITY : -INFINITY) : quality->gap;
}

size_t bm_gap_choice(const bm_quality *quality, size_t tried) {
    size_t top = 0, k = 0;
    while (top + 1 < tried && gap_of(&quality[top + 1]) >= gap_of(&quality[top]) &&
           gap_of(&quality[top]) < INFINITY)
        top++;
    double least = gap_of(&quality[top]);
    if (isfinite(least))
        least -= quality[top].gap_se;
    while (gap_of(&quality[k]) < least)
        k++;
    return k;
}
