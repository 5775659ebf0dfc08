/* Lifetime models: one file and one row in models.c each. The driver (fit.h) knows none of them. */
#ifndef BM_LIFETIME_MODEL_H
#define BM_LIFETIME_MODEL_H

#include <stddef.h>

/* What a model is a model of, and what a history then means. */
typedef enum bm_ltv_kind {
    BM_LTV_ORDERS,        /* repeat orders at any time: (x, t_x, t) */
    BM_LTV_OPPORTUNITIES, /* repeat orders at whole opportunities: (x, t_x, n = t) */
    BM_LTV_CONTRACTS,     /* contracts: x = 1 ended in period t, x = 0 ran on after period t */
    BM_LTV_SPEND,         /* mean spend of x > 0 repeat orders */
} bm_ltv_kind;

/* What is known of a buyer, or of `count` buyers that are alike in all that the model asks. Time is
 * in the units of the job, and 0 at the first order. */
typedef struct bm_history {
    double x;     /* repeat orders (days with an order after the first one) */
    double t_x;   /* time of the last of them; 0 without */
    double t;     /* time that the buyer was watched, t >= t_x */
    double spend; /* mean spend of the repeat orders; NaN: not known */
    double count; /* buyers, or their weight */
} bm_history;

enum { BM_LTV_PARAMETERS = 4 };

typedef struct bm_ltv_model bm_ltv_model;
struct bm_ltv_model {
    const char *name; /* "bgnbd" */
    const char *help; /* one line: process and source */
    bm_ltv_kind kind;
    size_t parameters;
    const char *parameter[BM_LTV_PARAMETERS]; /* all of them positive */
    int time_power[BM_LTV_PARAMETERS];        /* alpha is a time: 1; spend likewise in spend */
    /* The model that is left when the part of this one that the data do not speak of is taken out,
     * and what that part is called in a note: "dropout". NULL: there is none. */
    const char *nested, *lost;
    /* 1: the nested model lies at the edge of this one, as orders without dropout do. A gain in
     * likelihood that is not worth the parameters (AIC) then says that there is no such part. */
    int nested_at_edge;
    /* Starts of the search, in times of the longest t (spend: of the mean spend). */
    size_t starts;
    double start[4][BM_LTV_PARAMETERS];

    /* Log-likelihood of histories, sum of count × log f, and with gradient not NULL its derivatives
     * by the logarithms of the parameters. Sorted by x, then t, then t_x (spend: by x), so that
     * what depends on x alone is computed once for each. Both are overwritten. */
    void (*likelihood)(const double *parameter, const bm_history *history, size_t histories,
                       double *log_likelihood, double *gradient);
    /* Those that follow are NULL for spend. log(P(alive) / (1 − P(alive))) of a buyer just after t
     * (opportunities: whether still there at n + 1); INFINITY: certain; finite down to −1e308 even
     * where the probability underflows. */
    double (*log_odds_alive)(const double *parameter, const bm_history *history);
    /* Expected orders of a new buyer in (0, t], the first one not counted. */
    double (*expected)(const double *parameter, double t);
    /* Expected orders in (history.t, history.t + ahead[i]] of a buyer who is alive as above.
     * Depends on x and t only. ahead: [count], ascending, >= 0. */
    void (*expected_alive)(const double *parameter, const bm_history *history, const double *ahead,
                           size_t count, double *orders);
    /* The same for ever, discounted by exp(−delta u) at u from now (opportunities, contracts: at
     * the end of each period); delta > 0. */
    double (*discounted_alive)(const double *parameter, const bm_history *history, double delta);
    /* log P(no order in (history.t, history.t + ahead]) of a buyer who is alive as above; NULL:
     * of opportunities and contracts nobody asks. */
    double (*log_silent_alive)(const double *parameter, const bm_history *history, double ahead);
    /* log P(X(t) = x) of a new buyer; contracts: of the lifetime being x periods, whatever t. */
    double (*log_pmf)(const double *parameter, double t, double x);
};

/* The registry, ends with NULL. */
extern const bm_ltv_model *const bm_ltv_models[];
extern const bm_ltv_model bm_ltv_nbd, bm_ltv_bgnbd, bm_ltv_mbgnbd, bm_ltv_paretonbd, bm_ltv_bgbb,
    bm_ltv_sbg, bm_ltv_bdw, bm_ltv_gamma_gamma;
/* NULL: there is none of that name. */
const bm_ltv_model *bm_ltv_model_find(const char *name);

/* p = 1 / (1 + exp(−log_odds)), without overflow. */
double bm_logistic(double log_odds);
/* Expected spend an order under gamma_gamma (Fader & Hardie 2013, eq. 5): x and the mean spend of
 * these x orders; x = 0: of the population. INFINITY where the model has no mean. */
double bm_gamma_gamma_spend(const double *parameter, double x, double spend);

#endif
