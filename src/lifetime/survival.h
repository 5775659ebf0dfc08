/* Survival: how long buyers stay, by group, and whether groups differ. */
#ifndef BM_LIFETIME_SURVIVAL_H
#define BM_LIFETIME_SURVIVAL_H

#include "buyermap/context.h"
#include "buyermap/result.h"

/* On what scale the 95 % interval of a curve is symmetric (R's conf.type). */
typedef enum bm_survival_interval {
    BM_INTERVAL_PLAIN,
    BM_INTERVAL_LOG,
    BM_INTERVAL_LOG_LOG,
} bm_survival_interval;

/* Their names, in that order; ends with NULL. */
extern const char *const bm_survival_intervals[];

/* Views: row i was followed for time[i], at whose end it left (event[i] not 0) or was still there
 * (censored). */
typedef struct bm_durations {
    const double *time;   /* [n] finite, not negative, in any unit */
    const uint8_t *event; /* [n] */
    const int32_t *group; /* [n] 0 … groups − 1; NULL: all of group 0 */
    size_t n;
} bm_durations;

/* A distinct time of a group, and its curve from there to the next. */
typedef struct bm_survival_step {
    double time;
    double survival;  /* Kaplan–Meier's S */
    double greenwood; /* variance of log S: sum of d / (n (n − d)); infinite where S is 0 */
    size_t at_risk;   /* just before; who is censored at this very time is among them */
    size_t events, censored;
    size_t group;
} bm_survival_step;

/* Zeroed is of no rows. */
typedef struct bm_survival {
    size_t n, groups, steps;
    bm_survival_step *step; /* [steps] by group, then time */
    size_t *first;          /* [groups + 1] of each group; a group may have none */
    size_t *pooled;         /* [steps] the steps by time, then group */
} bm_survival;

/* Curves of all groups. Times are tied when they are equal. O(n) time; BM_LIMIT beyond 80 bytes a
 * row. BM_INTERNAL: a time or a group that is out of its bounds. */
bm_status bm_survival_fit(const bm_durations *rows, size_t groups, const bm_context *context,
                          bm_survival *survival, bm_error *err) BM_MUST_CHECK;
void bm_survival_free(bm_survival *survival);
/* Bytes that fitting and the tables of n rows take at most; SIZE_MAX: too many. */
size_t bm_survival_memory(size_t n);

/* Standard error of S; NaN where S is 0. */
double bm_survival_error(const bm_survival_step *step);

/* The 95 % interval of S, as R has it: NaN where S is 0, and log-log also where S is 1. */
typedef struct bm_survival_limits {
    double low, high;
} bm_survival_limits;

bm_survival_limits bm_survival_limits_at(const bm_survival_step *step, bm_survival_interval kind);

/* What a curve comes to. */
typedef struct bm_survival_summary {
    size_t buyers, events;
    double median, median_low, median_high; /* NaN: the curve does not reach it */
    double mean, mean_error;                /* restricted to … */
    double restricted_to;                   /* … that much time; NaN without buyers */
} bm_survival_summary;

/* R's survmean: the median is the first time at which S is below 1/2, or where S is 1/2 the middle
 * between that and the next fall; its interval is where the limits of the curve do the same. The
 * mean is the area under the curve up to restricted_to, past a group's last row as high as there;
 * NaN: up to the longest time of any group. O(steps of the group). */
bm_survival_summary bm_survival_summarize(const bm_survival *survival, size_t group,
                                          bm_survival_interval kind, double restricted_to);

typedef enum bm_survival_test {
    BM_LOG_RANK,
    BM_WILCOXON,
    BM_TARONE_WARE,
    BM_FLEMING_HARRINGTON,
    BM_SURVIVAL_TESTS,
} bm_survival_test;

extern const char *const bm_survival_test_names[BM_SURVIVAL_TESTS];

/* More groups are not tested against each other. */
enum { BM_MOST_TESTED_GROUPS = 1000 };

typedef struct bm_survival_tested {
    double statistic, p_value;
    size_t degrees; /* of freedom; 0 where there is nothing to compare: statistic 0, p_value 1 */
} bm_survival_tested;

/* All tests at once, between the groups that have rows; *groups is how many. Where that is less
 * than 2 or more than BM_MOST_TESTED_GROUPS nothing is tested. O(k steps + k³) time, O(k²) memory.
 * BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_survival_compare(const bm_survival *survival, const bm_context *context,
                              bm_survival_tested tested[BM_SURVIVAL_TESTS], size_t *groups,
                              bm_error *err) BM_MUST_CHECK;

typedef struct bm_survival_options {
    bm_survival_interval interval;
    double restricted_to; /* NaN: the longest time */
} bm_survival_options;

/* The tables `survival`, `survival_tests` and `survival_summary` (INTERFACE.md §4). names: of the
 * groups; those without rows are left out. Each is NULL when it is not wanted. */
bm_status bm_survival_tables(const bm_survival *survival, const bm_strings *names,
                             const bm_survival_options *options, const bm_context *context,
                             bm_result *curves, bm_result *tests, bm_result *summary,
                             bm_error *err) BM_MUST_CHECK;

/* The same from the rows: for buyers, time is days from the first order, the event is churn and the
 * group the segment. The curves are fitted once for the tables that are wanted. */
bm_status bm_survival_of_buyers(const double *time, const uint8_t *event, const int32_t *group,
                                size_t n, const bm_strings *names,
                                const bm_survival_options *options, const bm_context *context,
                                bm_result *curves, bm_result *tests, bm_result *summary,
                                bm_error *err) BM_MUST_CHECK;

#endif
