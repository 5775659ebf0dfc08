/* Maximum likelihood of a lifetime model. */
#ifndef BM_LIFETIME_FIT_H
#define BM_LIFETIME_FIT_H

#include "buyermap/context.h"
#include "lifetime/model.h"

/* Histories that are alike in all that a kind of models asks, once each, sorted as the models want
 * them: what a fit costs depends on how many there are. */
typedef struct bm_patterns {
    bm_ltv_kind kind;
    size_t patterns;
    bm_history *pattern; /* [patterns], owned */
    size_t *of;          /* [histories] the pattern of each; SIZE_MAX: in none (spend without x) */
    double buyers;       /* sum of counts */
} bm_patterns;

/* Compresses histories for models of a kind. Spend takes those with x > 0 and spend > 0. BM_NOMEM.
 * O(n log n); the same patterns whatever the order of histories. */
bm_status bm_patterns_init(const bm_history *history, size_t histories, bm_ltv_kind kind,
                           bm_patterns *patterns, bm_error *err) BM_MUST_CHECK;
void bm_patterns_free(bm_patterns *patterns);

typedef struct bm_ltv_fit {
    const bm_ltv_model *model;
    double parameter[BM_LTV_PARAMETERS];
    double std_error[BM_LTV_PARAMETERS]; /* NaN where the Hessian has none */
    double log_likelihood, aic, bic, buyers;
    int converged;  /* the gradient vanishes inside the bounds */
    int presented;  /* 0: the parameters mean nothing: see note */
    int usable;     /* 0: nor do predictions */
    char note[512]; /* what is to be known of the fit; empty: nothing */
    size_t evaluations;
} bm_ltv_fit;

/* Fits a model. nested: the fit of model->nested to the same patterns, or NULL. A fit that
 * degenerates is no failure: presented is 0 then, usable too unless
 * predictions do not hang on what degenerates, and note says why. BM_DEGENERATE when there is
 * nothing to fit (no buyers); BM_NOMEM, BM_INTERRUPTED. The same bits for any number of threads. */
bm_status bm_ltv_fit_model(const bm_ltv_model *model, const bm_patterns *patterns,
                           const bm_ltv_fit *nested, const bm_context *context, bm_ltv_fit *fit,
                           bm_error *err) BM_MUST_CHECK;
/* Log-likelihood of all patterns and, with gradient not NULL, its derivatives by the logarithms of
 * the parameters. */
bm_status bm_ltv_likelihood(const bm_ltv_model *model, const bm_patterns *patterns,
                            const double *parameter, double *log_likelihood, double *gradient,
                            bm_error *err) BM_MUST_CHECK;

#endif
