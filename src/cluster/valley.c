/* The valley test. One half of the buyers, drawn at random, is divided into k segments by k-means,
 * k = 2, 3, 4, 5, 6, 8, 12. The other half is looked at across each border: those buyers whose two
 * nearest centroids are i and j are projected on the line through both centroids, and the dip test
 * (dip.c) asks whether what they form there has more than one mode. Of the larger side only as much
 * counts, next to the border, as held 1.5 times the buyers of the smaller side in the first half,
 * lest the few drown in the many. Then the halves change places.
 *
 * "Nearest are i and j, and no farther from the border than that" is a set of linear inequalities,
 * so these buyers fill a convex region. What a log-concave density (one cloud: normal, uniform on a
 * convex body, exponential) leaves in a convex region is log-concave, and so is every projection of
 * it (Prékopa 1973): it has one mode. The region was drawn without the buyers that are projected.
 * So for one cloud of any such shape, in any number of dimensions, a small p-value comes no oftener
 * than it says, where comparisons of sums of squares with a reference cloud (the gap) depend on how
 * well the reference is shaped.
 *
 * The p-values of one k are combined by Bonferroni's inequality and by Fisher's method (regions of
 * one k hold different buyers), and the least of all k is multiplied by how many there are.
 * Cross-fitting and projection on the line between two centroids are in the spirit of dip-means
 * (Kalogeratos & Likas, NIPS 2012); the convex regions are what makes k > 2 valid. */
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
static const double LARGER = 1.5; /* so many times the smaller side */

/* A buyer across a border. */
typedef struct crossing {
    size_t pair; /* i × MOST_K + j of the two nearest centroids, i < j */
    int side;    /* 1: of j */
    double t;    /* along the line from i to j */
} crossing;

/* What counts of each pair. */
typedef struct strip {
    double low, high;
} strip;

/* The p-values of one k. */
typedef struct evidence {
    size_t borders;
    double least; /* of their logarithms */
    double sum;
} evidence;

typedef struct test {
    bm_features half[2];
    crossing *crossing; /* [rows of a half] pair by pair, ascending t */
    double *counted;    /* [rows of a half] */
    size_t *scratch;    /* of the dip */
    int32_t *label;
    strip strip[PAIRS];
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

static crossing cross_at(const double *row, const double *centroid, size_t k, size_t d) {
    double nearest = INFINITY, next = INFINITY, t = 0;
    size_t first = 0, second = 0;
    for (size_t c = 0; c < k; c++) {
        double distance = bm_squared_distance(row, centroid + c * d, d);
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
    size_t i = first < second ? first : second, j = first < second ? second : first;
    for (size_t f = 0; f < d; f++)
        t += row[f] * (centroid[j * d + f] - centroid[i * d + f]);
    return (crossing){.pair = i * MOST_K + j, .side = first == j, .t = t};
}

static int by_pair(const void *a, const void *b) {
    const crossing *left = a, *right = b;
    if (left->pair != right->pair)
        return left->pair < right->pair ? -1 : 1;
    return (left->t > right->t) - (left->t < right->t);
}

static void find_crossings(test *now, const bm_features *rows, const double *centroid, size_t k) {
    for (size_t i = 0; i < rows->n; i++)
        now->crossing[i] = cross_at(rows->x + i * rows->d, centroid, k, rows->d);
    qsort(now->crossing, rows->n, sizeof *now->crossing, by_pair);
}

/* Where the crossings of the pair that begins at `begin` end. */
static size_t end_of_pair(const test *now, size_t begin, size_t n) {
    size_t end = begin + 1;
    while (end < n && now->crossing[end].pair == now->crossing[begin].pair)
        end++;
    return end;
}

/* Of how many crossings, from the border outward, the larger side consists that counts. */
static void find_strips(test *now, size_t n) {
    for (size_t pair = 0; pair < PAIRS; pair++)
        now->strip[pair] = (strip){INFINITY, -INFINITY}; /* nothing */
    for (size_t begin = 0, end; begin < n; begin = end) {
        const crossing *here = now->crossing + begin;
        size_t sides[2] = {0, 0};
        end = end_of_pair(now, begin, n);
        for (size_t i = begin; i < end; i++)
            sides[now->crossing[i].side]++;
        /* Side 0 has the smaller t. */
        size_t small = sides[0] < sides[1] ? sides[0] : sides[1];
        size_t most = (size_t)(LARGER * (double)small);
        strip *counts = &now->strip[here->pair];
        if (small == 0)
            continue;
        *counts = (strip){-INFINITY, INFINITY};
        if (sides[0] > most)
            counts->low = here[sides[0] - most].t;
        if (sides[1] > most)
            counts->high = here[sides[0] + most - 1].t;
    }
}

/* Tests every border on other rows than the strips are from. */
static void look_across(test *now, size_t n, evidence *found) {
    for (size_t begin = 0, end; begin < n; begin = end) {
        const strip *counts = &now->strip[now->crossing[begin].pair];
        size_t buyers = 0;
        end = end_of_pair(now, begin, n);
        for (size_t i = begin; i < end; i++) {
            double t = now->crossing[i].t;
            if (t >= counts->low && t <= counts->high)
                now->counted[buyers++] = t;
        }
        if (buyers < LEAST_BUYERS)
            continue;
        double log_p = bm_dip_log_p(bm_dip(now->counted, buyers, now->scratch), buyers);
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
        find_crossings(now, drawn, kmeans.centroid, k);
        find_strips(now, drawn->n);
        find_crossings(now, seen, kmeans.centroid, k);
        look_across(now, seen->n, &now->evidence[t]);
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
    BM_TRY(BM_NEW(&now.crossing, most, "borders of segments", err));
    BM_TRY(BM_NEW(&now.counted, most, "borders of segments", err));
    BM_TRY(BM_NEW(&now.scratch, 4 * most, "borders of segments", err));
    BM_TRY(BM_NEW(&now.label, most, "borders of segments", err));
    BM_TRY(cross(&now, &now.half[0], &now.half[1], bm_random_mix(seed, "valley", 1), err));
    BM_TRY(cross(&now, &now.half[1], &now.half[0], bm_random_mix(seed, "valley", 2), err));
    conclude(&now, valleys);
cleanup:
    bm_features_free(&now.half[0]);
    bm_features_free(&now.half[1]);
    free(now.crossing);
    free(now.counted);
    free(now.scratch);
    free(now.label);
    return status;
}
