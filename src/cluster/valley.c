/* The valley test. One half of the buyers, drawn at random, is divided into k segments by k-means,
 * k = 2, 3, 4, 5, 6, 8, 12. The other half is looked at across each border: those buyers whose two
 * nearest centroids are i and j are projected on the line through both centroids, and the dip test
 * (dip.c) asks whether what they form there has more than one mode. Then the halves change places.
 *
 * "Nearest are i and j" is a set of linear inequalities, so these buyers fill a convex region. What
 * a log-concave density (one cloud: normal, uniform on a convex body, exponential) leaves in a
 * convex region is log-concave, and so is every projection of it (Prékopa 1973): it has one mode.
 * The border was drawn without the buyers that are projected. So for one cloud of any such shape,
 * in any number of dimensions, a small p-value comes no oftener than it says, where comparisons of
 * sums of squares with a reference cloud (the gap) depend on how well the reference is shaped.
 *
 * The p-values of one k are combined by Bonferroni's inequality and by Fisher's method (regions of
 * one k hold different buyers), and the least of all k and both ways is multiplied by how many
 * there are. Cross-fitting and projection on the line between two centroids are as in dip-means
 * (Kalogeratos & Likas, NIPS 2012) in spirit; the convex regions are what makes k > 2 valid. */
#include "cluster/valley.h"

#include "base/memory.h"
#include "base/random.h"
#include "cluster/dip.h"
#include "cluster/distinct.h"
#include "cluster/kmeans.h"
#include "kernel/distance.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_K = 12, KS = 7, PAIRS = MOST_K * MOST_K, LEAST_BUYERS = 10, BUYERS_A_SEGMENT = 8 };
static const size_t tried[KS] = {2, 3, 4, 5, 6, 8, MOST_K};

/* The p-values of one k. */
typedef struct evidence {
    size_t borders;
    double least; /* of their logarithms */
    double sum;
} evidence;

typedef struct test {
    bm_features half[2];
    size_t *pair;      /* [rows of a half] i × MOST_K + j of the two nearest centroids, i < j */
    double *projected; /* [rows of a half], pair by pair */
    size_t *scratch;   /* of the dip */
    int32_t *label;
    evidence evidence[KS];
} test;

static bm_status split(const bm_features *sample, uint64_t seed, test *now, bm_error *err) {
    size_t n = sample->n, d = sample->d, *row = NULL;
    gsl_rng *rng = NULL;
    bm_status status;
    BM_TRY(bm_random_new(&rng, seed, "valley", 0, err));
    BM_TRY(BM_NEW(&row, n, "halves of a sample", err));
    for (size_t i = 0; i < n; i++) { /* inside-out shuffle */
        size_t other = (size_t)(gsl_rng_uniform(rng) * (double)(i + 1));
        row[i] = row[other];
        row[other] = i;
    }
    for (size_t h = 0; h < 2; h++) {
        bm_features *half = &now->half[h];
        size_t first = h * (n / 2), rows = h == 0 ? n / 2 : n - n / 2;
        BM_TRY(bm_features_init(half, rows, d, err));
        if (sample->weight != NULL)
            BM_TRY(BM_NEW(&half->weight, rows, "halves of a sample", err));
        for (size_t i = 0; i < rows; i++) {
            memcpy(half->x + i * d, sample->x + row[first + i] * d, d * sizeof(double));
            if (sample->weight != NULL)
                half->weight[i] = sample->weight[row[first + i]];
        }
    }
cleanup:
    gsl_rng_free(rng);
    free(row);
    return status;
}

/* The two nearest centroids of each row. */
static void find_pairs(test *now, const bm_features *rows, const double *centroid, size_t k) {
    for (size_t i = 0; i < rows->n; i++) {
        double nearest = INFINITY, next = INFINITY;
        size_t first = 0, second = 0;
        for (size_t c = 0; c < k; c++) {
            double distance =
                bm_squared_distance(rows->x + i * rows->d, centroid + c * rows->d, rows->d);
            if (distance < nearest) {
                next = nearest;
                second = first;
                nearest = distance;
                first = c;
            } else if (distance < next) {
                next = distance;
                second = c;
            }
        }
        now->pair[i] = first < second ? first * MOST_K + second : second * MOST_K + first;
    }
}

static double project(const double *row, const double *from, const double *to, size_t d) {
    double sum = 0;
    for (size_t f = 0; f < d; f++)
        sum += row[f] * (to[f] - from[f]);
    return sum;
}

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Tests every border between k centroids on the rows. */
static void look_across(test *now, const bm_features *rows, const double *centroid, size_t k,
                        evidence *found) {
    size_t d = rows->d, place[PAIRS + 1] = {0};
    find_pairs(now, rows, centroid, k);
    for (size_t i = 0; i < rows->n; i++)
        place[now->pair[i] + 1]++;
    for (size_t pair = 0; pair < PAIRS; pair++)
        place[pair + 1] += place[pair];
    for (size_t i = 0; i < rows->n; i++) {
        const double *from = centroid + now->pair[i] / MOST_K * d;
        const double *to = centroid + now->pair[i] % MOST_K * d;
        now->projected[place[now->pair[i]]++] = project(rows->x + i * d, from, to, d);
    }
    /* Each pair's place is now where the next one begins. */
    for (size_t pair = 0, begin = 0; pair < PAIRS; begin = place[pair++]) {
        size_t buyers = place[pair] - begin;
        if (buyers < LEAST_BUYERS)
            continue;
        double *values = now->projected + begin;
        qsort(values, buyers, sizeof *values, ascending);
        double log_p = bm_dip_log_p(bm_dip(values, buyers, now->scratch), buyers);
        found->borders++;
        found->least = log_p < found->least ? log_p : found->least;
        found->sum += log_p;
    }
}

/* Draws segments from one half and looks across their borders in the other. */
static bm_status cross(test *now, const bm_features *drawn, const bm_features *seen, uint64_t seed,
                       bm_error *err) {
    const bm_cluster_options options = {.method = bm_clusterer_find("kmeans"),
                                        .restarts = 2,
                                        .max_iterations = 100,
                                        .tolerance = 1e-4};
    const bm_context context = {.seed = seed};
    bm_kmeans kmeans = {0};
    size_t distinct;
    bm_status status;
    BM_TRY(bm_distinct_rows(drawn, MOST_K, &distinct, err));
    BM_TRY(bm_kmeans_init(&kmeans, drawn, &options, MOST_K, now->label, err));
    for (size_t t = 0; t < KS; t++) {
        size_t k = tried[t];
        int converged;
        if (k > distinct || k * BUYERS_A_SEGMENT > drawn->n)
            break;
        BM_TRY(bm_kmeans_run(&kmeans, k, &context, &converged, err));
        look_across(now, seen, kmeans.centroid, k, &now->evidence[t]);
    }
cleanup:
    bm_kmeans_free(&kmeans);
    return status;
}

static void conclude(const test *now, bm_valleys *valleys) {
    size_t combined = 0;
    *valleys = (bm_valleys){.p_value = 1};
    for (size_t t = 0; t < KS; t++) {
        const evidence *found = &now->evidence[t];
        if (found->borders == 0)
            continue;
        double borders = (double)found->borders;
        double bonferroni = borders * exp(found->least);
        double fisher = gsl_cdf_chisq_Q(-2 * found->sum, 2 * borders);
        double least = bonferroni < fisher ? bonferroni : fisher;
        combined += 2;
        if (least < valleys->p_value)
            *valleys = (bm_valleys){.p_value = least, .k = tried[t]};
    }
    valleys->p_value = fmin(1, valleys->p_value * (double)(combined > 0 ? combined : 1));
}

bm_status bm_valley_test(const bm_features *sample, uint64_t seed, bm_valleys *valleys,
                         bm_error *err) {
    test now = {0};
    size_t most = sample->n - sample->n / 2;
    bm_status status;
    *valleys = (bm_valleys){.p_value = 1};
    if (sample->n < 2)
        return BM_OK;
    BM_TRY(split(sample, seed, &now, err));
    BM_TRY(BM_NEW(&now.pair, most, "borders of segments", err));
    BM_TRY(BM_NEW(&now.projected, most, "borders of segments", err));
    BM_TRY(BM_NEW(&now.scratch, 4 * most, "borders of segments", err));
    BM_TRY(BM_NEW(&now.label, most, "borders of segments", err));
    BM_TRY(cross(&now, &now.half[0], &now.half[1], bm_random_mix(seed, "valley", 1), err));
    BM_TRY(cross(&now, &now.half[1], &now.half[0], bm_random_mix(seed, "valley", 2), err));
    conclude(&now, valleys);
cleanup:
    bm_features_free(&now.half[0]);
    bm_features_free(&now.half[1]);
    free(now.pair);
    free(now.projected);
    free(now.scratch);
    free(now.label);
    return status;
}
