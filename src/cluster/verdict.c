/* Segments, or one continuous cloud?
 *
 * 1. Stability: are there valleys between segments, on buyers that the segments were not drawn from
 *    (valley.h)? p < 0.01: there are segments. In one log-concave cloud of any shape a valley comes
 *    no oftener than in 1 of 100 samples.
 * 2. Valleys may not show in a few hundred buyers, nor where segments touch. So there are segments
 * as well when the gap statistic of some k from 2 to 12 exceeds that of k = 1 by at least 0.08 (8 %
 *    less distance within segments than a cloud would have), and by three standard errors, against
 *    both references (gap.h: the box alone takes a skewed or bent cloud for several), and the
 *    Hopkins statistic is above that of a normal cloud.
 * 3. Else it is one cloud.
 *
 * Before, ties are spread (subsample.h): whole numbers are no segments. */
#include "cluster/verdict.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "cluster/gap.h"
#include "cluster/hopkins.h"
#include "cluster/subsample.h"
#include "cluster/valley.h"

#include <math.h>

enum {
    MOST_K = BM_VERDICT_MOST_K,
    VALLEY_ROWS = 4000,
    LEAST_ROWS = 30,
    REFERENCES = 10,
    STARTS = 2,
};
static const double LEVEL = 0.01, LEAST_GAIN = 0.08, ERRORS = 3;

/* By how much k exceeds k = 1; a NaN counts as nothing. */
static double gain(const bm_gaps *found, size_t k) {
    double more = found->gap[k - 1] - found->gap[0];
    return isnan(more) ? -INFINITY : more;
}

static int is_enough(const bm_gaps *found, size_t k) {
    double more = gain(found, k);
    return more >= LEAST_GAIN && more >= ERRORS * fmax(found->error[k - 1], found->error[0]);
}

/* Whether some k gains enough over k = 1 (against both references, when there are two); the largest
 * gain goes into the verdict. */
static int compare(const bm_gaps *box, const bm_gaps *copula, bm_verdict *verdict) {
    int found = 0;
    verdict->gap_gain = -INFINITY;
    for (size_t k = 2; k <= MOST_K; k++) {
        double least = copula == NULL ? gain(box, k) : fmin(gain(box, k), gain(copula, k));
        found |= is_enough(box, k) && (copula == NULL || is_enough(copula, k));
        if (least > verdict->gap_gain) {
            verdict->gap_gain = least;
            verdict->gap_k = k;
        }
    }
    return found;
}

/* Whether the gap and the Hopkins statistic speak for segments. known: gaps of this sample, or
 * NULL. */
static bm_status ask_gap(const bm_features *sample, uint64_t seed, const bm_gaps *known,
                         bm_verdict *verdict, int *segments, bm_error *err) {
    bm_gap_plan plan = {.method = bm_clusterer_find("kmeans"),
                        .low = 1,
                        .high = MOST_K,
                        .reference = BM_REFERENCE_BOX,
                        .references = REFERENCES,
                        .starts = STARTS,
                        .seed = seed};
    bm_gaps box, copula;
    bm_status status = BM_OK;
    if (known != NULL)
        box = *known;
    else
        BM_TRY(bm_gap(sample, &plan, box.gap, box.error, err));
    *segments = compare(&box, NULL, verdict) && verdict->hopkins > verdict->hopkins_of_cloud;
    if (*segments) {
        plan.reference = BM_REFERENCE_COPULA;
        BM_TRY(bm_gap(sample, &plan, copula.gap, copula.error, err));
        *segments = compare(&box, &copula, verdict);
    }
cleanup:
    return status;
}

static bm_status ask_valleys(const bm_features *features, uint64_t seed, bm_verdict *verdict,
                             bm_error *err) {
    bm_features sample = {0};
    bm_valleys valleys;
    int spread;
    bm_status status;
    BM_TRY(bm_subsample(features, VALLEY_ROWS, seed, "valley", &sample, err));
    BM_TRY(bm_spread_ties(&sample, seed, &spread, err));
    BM_TRY(bm_valley_test(&sample, seed, &valleys, err));
    verdict->rows = sample.n;
    verdict->valley_p = valleys.p_value;
cleanup:
    bm_features_free(&sample);
    return status;
}

bm_status bm_judge(const bm_features *features, uint64_t seed, const bm_gaps *known,
                   bm_verdict *verdict, bm_error *err) {
    size_t rows = bm_gap_rows(features->n, MOST_K);
    bm_features sample = {0};
    int segments = 1, spread;
    bm_status status = BM_OK;
    *verdict = (bm_verdict){.gap_gain = NAN, .hopkins = NAN, .hopkins_of_cloud = NAN};
    if (features->n < LEAST_ROWS)
        return BM_OK;
    BM_TRY(bm_subsample(features, rows, seed, "gap", &sample, err));
    if (!bm_squares_fit(&sample))
        goto cleanup;
    BM_TRY(ask_valleys(features, seed, verdict, err));
    BM_TRY(bm_spread_ties(&sample, seed, &spread, err));
    BM_TRY(bm_hopkins(&sample, seed, &verdict->hopkins, &verdict->hopkins_of_cloud, err));
    if (verdict->valley_p >= LEVEL)
        BM_TRY(ask_gap(&sample, seed, spread ? NULL : known, verdict, &segments, err));
    verdict->judged = 1;
    verdict->one_cloud = !segments;
cleanup:
    bm_features_free(&sample);
    return status;
}

size_t bm_verdict_memory(size_t n, size_t d, size_t k_high) {
    /* The valleys hold the sample, its halves, and what is known of their rows. The gap holds the
     * sample, its scores and in each thread a reference, twice more for distances within segments,
     * or a tree of it. */
    size_t rows = bm_gap_rows(n, k_high > MOST_K ? k_high : MOST_K), most = VALLEY_ROWS;
    size_t cells = 0, total = 0;
    most = n < most ? n : most;
    size_t copies = 2 + 4 * (size_t)bm_threads();
    int fits = bm_multiply(rows, copies, &cells) && bm_add(cells, 2 * most, &cells) &&
               bm_multiply(cells, d + 8, &cells) && bm_multiply(cells, sizeof(double), &total) &&
               bm_multiply(d, 3 * d * sizeof(double), &cells) && bm_add(total, cells, &total);
    return fits ? total : SIZE_MAX;
}
