/* Whether groups leave at different rates: weighted log-rank tests between k groups.
 *
 * At each time with d events among n at risk, of whom n_i are in group i, the events of the group
 * are compared with d n_i / n: z_i sums w (d_i − d n_i / n), and their covariance sums
 * w² d (n − d) / (n − 1) (δ_ij n_i / n − n_i n_j / n²). The statistic z' V⁻ z is chi-squared.
 * Weights: 1 (log-rank; Mantel 1966), n (Gehan 1965, Breslow 1970: wilcoxon), √n (Tarone & Ware
 * 1977), S just before that time, of all groups together (Fleming & Harrington 1981, rho 1, gamma
 * 0).
 *
 * Off its diagonal −V has no negative entry and each row of V sums to 0: V is the Laplacian of a
 * graph whose nodes are the groups. So only the pairs' weights are kept, and eliminating group
 * after group adds and never subtracts: no digits are lost however unequal groups are, and groups
 * that never met an event when others were at risk drop out as nodes without edges, of which the
 * degrees of freedom are less. n_i n_j of a pair changes only when a row of one of the two leaves,
 * so it is multiplied then with what the rest has summed to since. O(k m + k³) time for m steps, 64
 * k² bytes. */
#include "base/memory.h"
#include "lifetime/survival.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

enum { PAIRS_BETWEEN_LOOKS = 1 << 22 };

const char *const bm_survival_test_names[BM_SURVIVAL_TESTS] = {"log-rank", "wilcoxon",
                                                               "tarone-ware", "fleming-harrington"};

/* Of each test: a sum, and what that which it grows by was when it last did. */
typedef struct account {
    double sum[BM_SURVIVAL_TESTS], seen[BM_SURVIVAL_TESTS];
} account;

/* A group that has rows. */
typedef struct node {
    double at_risk;
    account excess; /* z; seen: of hazard */
    account share;  /* sum of spread × at_risk */
    size_t settled; /* how many times with events it has seen */
} node;

typedef struct comparison {
    const bm_survival *survival;
    size_t k;
    size_t *node_of; /* [groups] */
    node *node;      /* [k] */
    /* At the time that is looked at: */
    double n;                         /* at risk */
    double pooled;                    /* S of all groups together, just before */
    double weight[BM_SURVIVAL_TESTS]; /* of its events */
    double hazard[BM_SURVIVAL_TESTS]; /* sum of w d / n so far */
    double spread[BM_SURVIVAL_TESTS]; /* sum of w² d (n − d) / ((n − 1) n²) so far */
    size_t times;                     /* with events, so far */
    account *pair;                    /* [k (k − 1) / 2] −V_ij, i > j; seen: of j's share */
    double *laplacian;                /* [k × k] of one test */
    size_t pairs_since_look;
} comparison;

static void comparison_free(comparison *self) {
    free(self->node_of);
    free(self->node);
    free(self->pair);
    free(self->laplacian);
}

/* The pairs of a group with those before it. */
static account *pairs_of(const comparison *self, size_t i) {
    return &self->pair[i * (i - 1) / 2];
}

static void meet_events(comparison *self, double d) {
    const double total = (double)self->survival->n, n = self->n;
    const double weight[BM_SURVIVAL_TESTS] = {[BM_LOG_RANK] = 1,
                                              [BM_WILCOXON] = n / total,
                                              [BM_TARONE_WARE] = sqrt(n / total),
                                              [BM_FLEMING_HARRINGTON] = self->pooled};
    for (int t = 0; t < BM_SURVIVAL_TESTS; t++) {
        double w = weight[t];
        self->weight[t] = w;
        self->hazard[t] += w * d / n;
        if (n > 1)
            self->spread[t] += w * w * d * (n - d) / (n - 1) / (n * n);
    }
    self->pooled *= (n - d) / n;
    self->times++;
}

/* Adds what came since rows of the group last left, with those that were at risk until now. */
static void settle(comparison *self, size_t i) {
    node *own = &self->node[i];
    if (own->settled == self->times)
        return;
    own->settled = self->times;
    for (size_t j = 0; j < i; j++) {
        const node *other = &self->node[j];
        account *pair = &pairs_of(self, i)[j];
        for (int t = 0; t < BM_SURVIVAL_TESTS; t++) {
            double share =
                other->share.sum[t] + (self->spread[t] - other->share.seen[t]) * other->at_risk;
            pair->sum[t] += (share - pair->seen[t]) * own->at_risk;
            pair->seen[t] = share;
        }
    }
    for (int t = 0; t < BM_SURVIVAL_TESTS; t++) {
        own->share.sum[t] += (self->spread[t] - own->share.seen[t]) * own->at_risk;
        own->share.seen[t] = self->spread[t];
        own->excess.sum[t] -= (self->hazard[t] - own->excess.seen[t]) * own->at_risk;
        own->excess.seen[t] = self->hazard[t];
    }
    self->pairs_since_look += i;
}

static void let_leave(comparison *self, const bm_survival_step *step) {
    size_t i = self->node_of[step->group];
    double leave = (double)(step->events + step->censored);
    settle(self, i);
    for (int t = 0; t < BM_SURVIVAL_TESTS && step->events > 0; t++)
        self->node[i].excess.sum[t] += self->weight[t] * (double)step->events;
    self->node[i].at_risk -= leave;
    self->n -= leave;
}

static bm_status go_through_times(comparison *self, bm_error *err) {
    const bm_survival *survival = self->survival;
    for (size_t p = 0, end; p < survival->steps; p = end) {
        double time = survival->step[survival->pooled[p]].time;
        size_t events = 0;
        for (end = p; end < survival->steps; end++) {
            const bm_survival_step *step = &survival->step[survival->pooled[end]];
            if (step->time > time)
                break;
            events += step->events;
        }
        if (events > 0)
            meet_events(self, (double)events);
        for (size_t q = p; q < end; q++)
            let_leave(self, &survival->step[survival->pooled[q]]);
        if (self->pairs_since_look < PAIRS_BETWEEN_LOOKS)
            continue;
        self->pairs_since_look = 0;
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

/* Node i leaves the graph: its z goes to the others by their share in its edges, and so do the
 * edges between them. Gives the sum of its edges. */
static double eliminate(comparison *self, int t, size_t i) {
    double *edge = self->laplacian + i * self->k, total = 0;
    for (size_t j = i + 1; j < self->k; j++)
        total += edge[j];
    for (size_t j = i + 1; j < self->k && total > 0; j++) {
        double share = edge[j] / total, *to = self->laplacian + j * self->k;
        self->node[j].excess.sum[t] += share * self->node[i].excess.sum[t];
        for (size_t l = j + 1; l < self->k; l++)
            to[l] += share * edge[l];
    }
    return total;
}

static bm_status judge(comparison *self, int t, bm_survival_tested *tested, bm_error *err) {
    size_t degrees = 0;
    double statistic = 0;
    for (size_t i = 1; i < self->k; i++)
        for (size_t j = 0; j < i; j++)
            self->laplacian[j * self->k + i] = pairs_of(self, i)[j].sum[t];
    for (size_t i = 0; i + 1 < self->k; i++) {
        bm_status status = bm_check_interrupt(err);
        if (status != BM_OK)
            return status;
        double z = self->node[i].excess.sum[t], total = eliminate(self, t, i);
        degrees += total > 0;
        statistic += total > 0 ? z * z / total : 0;
    }
    tested->statistic = statistic;
    tested->degrees = degrees;
    tested->p_value = degrees > 0 ? gsl_cdf_chisq_Q(statistic, (double)degrees) : 1;
    return BM_OK;
}

static bm_status number_groups(comparison *self, bm_error *err) {
    const bm_survival *survival = self->survival;
    bm_status status = BM_NEW(&self->node_of, survival->groups, "groups", err);
    for (size_t g = 0; status == BM_OK && g < survival->groups; g++)
        self->node_of[g] = survival->first[g] < survival->first[g + 1] ? self->k++ : SIZE_MAX;
    return status;
}

static bm_status begin(comparison *self, const bm_context *context, bm_error *err) {
    const bm_survival *survival = self->survival;
    size_t k = self->k;
    bm_status status = BM_OK;
    if (context != NULL)
        BM_TRY(bm_require_memory(context, k * k * (sizeof(account) / 2 + sizeof(double)),
                                 "comparing groups", err));
    BM_TRY(BM_NEW(&self->node, k, "groups", err));
    BM_TRY(BM_NEW(&self->pair, k * (k - 1) / 2, "pairs of groups", err));
    BM_TRY(BM_NEW(&self->laplacian, k * k, "pairs of groups", err));
    for (size_t g = 0; g < survival->groups; g++) {
        if (self->node_of[g] != SIZE_MAX)
            self->node[self->node_of[g]].at_risk =
                (double)survival->step[survival->first[g]].at_risk;
    }
    self->n = (double)survival->n;
    self->pooled = 1;
cleanup:
    return status;
}

bm_status bm_survival_compare(const bm_survival *survival, const bm_context *context,
                              bm_survival_tested tested[BM_SURVIVAL_TESTS], size_t *groups,
                              bm_error *err) {
    comparison self = {.survival = survival};
    bm_status status;
    BM_TRY(number_groups(&self, err));
    *groups = self.k;
    if (self.k < 2 || self.k > BM_MOST_TESTED_GROUPS)
        goto cleanup;
    BM_TRY(begin(&self, context, err));
    BM_TRY(go_through_times(&self, err));
    for (int t = 0; t < BM_SURVIVAL_TESTS; t++)
        BM_TRY(judge(&self, t, &tested[t], err));
cleanup:
    comparison_free(&self);
    return status;
}
