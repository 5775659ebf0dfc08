/* Powers of distances are kept as logarithms: in many dimensions they leave the range of a double.
 */
#include "cluster/hopkins.h"

#include "base/memory.h"
#include "base/random.h"
#include "cluster/principal.h"
#include "kernel/distance.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_A_PROBE = 10, CLOUDS = 5 };

/* log Σ exp, term by term. */
static double add_log(double sum, double term) {
    if (term <= sum)
        return term == -INFINITY ? sum : sum + log1p(exp(term - sum));
    return sum == -INFINITY ? term : term + log1p(exp(sum - term));
}

/* Rows [n × d] and what is drawn beside them. */
typedef struct probe {
    size_t n, d;
    double *scores; /* of the sample, on its principal components */
    double *cloud;  /* a normal one */
    double *sd, *low, *high, *point;
} probe;

/* d × the logarithm of the distance to the nearest row that is not `except`. */
static double nearest(const probe *now, const double *x, const double *point, size_t except) {
    double least = INFINITY;
    for (size_t i = 0; i < now->n; i++) {
        if (i == except)
            continue;
        double distance = bm_squared_distance(point, x + i * now->d, now->d);
        least = distance < least ? distance : least;
    }
    return (double)now->d / 2 * log(least);
}

static void span(probe *now, const double *x) {
    for (size_t f = 0; f < now->d; f++) {
        now->low[f] = now->high[f] = x[f];
        for (size_t i = 1; i < now->n; i++) {
            now->low[f] = fmin(now->low[f], x[i * now->d + f]);
            now->high[f] = fmax(now->high[f], x[i * now->d + f]);
        }
    }
}

/* log(Σ u^d / Σ w^d) of rows x. */
static double log_odds(probe *now, const double *x, gsl_rng *rng) {
    size_t n = now->n, d = now->d, taken = 0;
    size_t probes = n < ROWS_A_PROBE ? 1 : n / ROWS_A_PROBE;
    double u = -INFINITY, w = -INFINITY;
    span(now, x);
    for (size_t drawn = 0; drawn < probes; drawn++) {
        for (size_t f = 0; f < d; f++)
            now->point[f] = now->low[f] + gsl_rng_uniform(rng) * (now->high[f] - now->low[f]);
        u = add_log(u, nearest(now, x, now->point, SIZE_MAX));
    }
    for (size_t i = 0; taken < probes; i++) /* Knuth's Algorithm S */
        if (gsl_rng_uniform(rng) * (double)(n - i) < (double)(probes - taken)) {
            w = add_log(w, nearest(now, x, x + i * d, i));
            taken++;
        }
    return u - w;
}

/* The components are uncorrelated, so their standard deviations are all that a cloud needs. */
static void draw_cloud(probe *now, gsl_rng *rng) {
    for (size_t i = 0; i < now->n; i++)
        for (size_t c = 0; c < now->d; c++)
            now->cloud[i * now->d + c] = now->sd[c] * gsl_ran_gaussian_ziggurat(rng, 1);
}

static bm_status start(probe *now, const bm_features *sample, bm_error *err) {
    size_t n = now->n, d = now->d;
    bm_status status;
    BM_TRY(BM_NEW_ALIGNED(&now->scores, n * d, "the Hopkins statistic", err));
    BM_TRY(BM_NEW_ALIGNED(&now->cloud, n * d, "the Hopkins statistic", err));
    BM_TRY(BM_NEW(&now->sd, d, "the Hopkins statistic", err));
    BM_TRY(BM_NEW(&now->low, d, "the Hopkins statistic", err));
    BM_TRY(BM_NEW(&now->high, d, "the Hopkins statistic", err));
    BM_TRY(BM_NEW(&now->point, d, "the Hopkins statistic", err));
    BM_TRY(bm_principal_scores(sample, now->scores, err));
    for (size_t c = 0; c < d; c++) {
        for (size_t i = 0; i < n; i++)
            now->sd[c] += now->scores[i * d + c] * now->scores[i * d + c] / (double)n;
        now->sd[c] = sqrt(now->sd[c]);
    }
cleanup:
    return status;
}

bm_status bm_hopkins(const bm_features *sample, uint64_t seed, double *hopkins, double *cloud,
                     bm_error *err) {
    probe now = {.n = sample->n, .d = sample->d};
    gsl_rng *rng = NULL;
    double odds = 0;
    bm_status status = BM_OK;
    *hopkins = *cloud = NAN;
    if (sample->n < 2)
        return BM_OK;
    BM_TRY(start(&now, sample, err));
    BM_TRY(bm_random_new(&rng, seed, "hopkins", 0, err));
    *hopkins = 1 / (1 + exp(-log_odds(&now, now.scores, rng)));
    for (size_t c = 1; c <= CLOUDS; c++) {
        bm_random_seed(rng, seed, "hopkins", c);
        draw_cloud(&now, rng);
        odds += log_odds(&now, now.cloud, rng) / CLOUDS;
    }
    *cloud = 1 / (1 + exp(-odds)); /* NaN stays NaN: nothing varies */
cleanup:
    gsl_rng_free(rng);
    free(now.scores);
    free(now.cloud);
    free(now.sd);
    free(now.low);
    free(now.high);
    free(now.point);
    return status;
}
