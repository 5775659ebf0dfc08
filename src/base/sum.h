/* A sum of doubles that keeps what rounding would lose, so that totals of money agree to the last
 * digit however they were split (Neumaier 1974). */
#ifndef BM_BASE_SUM_H
#define BM_BASE_SUM_H

#include <math.h>

/* Zeroed is 0. */
typedef struct bm_sum {
    double sum, lost;
} bm_sum;

static inline void bm_sum_add(bm_sum *total, double x) {
    double sum = total->sum + x;
    total->lost += fabs(total->sum) >= fabs(x) ? (total->sum - sum) + x : (x - sum) + total->sum;
    total->sum = sum;
}

static inline double bm_sum_value(const bm_sum *total) {
    /* An infinite or undefined sum has no use for what was lost. */
    return isfinite(total->sum) ? total->sum + total->lost : total->sum;
}

#endif
