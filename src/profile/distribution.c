/* Figures of one column without a sorted copy of it.
 *
 * First a pass for the smallest, the largest and the sum (TwoSum of Knuth 1969 in eight lanes,
 * joined in their order). Then, since most numbers people write have few decimals: when all of them
 * are multiples of 1, 0.1, … 10⁻⁶ within a span that a table of counts can hold, they are counted
 * there (a number is whole / 10^k for one whole only, so counts are exact). Everything else is
 * ranked by partition (ranked.c). */
#include "profile/distribution.h"

#include "base/memory.h"
#include "base/statistics.h"
#include "base/sum.h"
#include "buyermap/table.h"
#include "profile/ranked.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = 8,
    BLOCK = 512,
    DECIMALS = 6,
    RANKS = 2 * BM_QUANTILES,
};

const double bm_quantile_shares[BM_QUANTILES] = {0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99};

typedef struct lanes {
    double low[LANES], high[LANES], sum[LANES], lost[LANES];
    uint64_t n[LANES];
} lanes;

static inline void add(lanes *all, const double *x) {
    for (size_t l = 0; l < LANES; l++) {
        int is_there = x[l] == x[l];
        double value = is_there ? x[l] : 0.0, before = all->sum[l];
        double sum = before + value, part = sum - before;
        all->lost[l] += (before - (sum - part)) + (value - part);
        all->sum[l] = sum;
        all->n[l] += (uint64_t)is_there;
        all->low[l] = x[l] < all->low[l] ? x[l] : all->low[l];
        all->high[l] = x[l] > all->high[l] ? x[l] : all->high[l];
    }
}

/* The quotient of a sum that is two numbers: what its rounding left over is divided, too. */
static double divide(const bm_sum *total, size_t n) {
    double count = (double)n, mean = total->sum / count;
    double rest = (fma(-mean, count, total->sum) + total->lost) / count;
    return isfinite(rest) ? mean + rest : mean;
}

/* n, minimum, maximum and mean. */
static void first_pass(const double *x, size_t rows, bm_distribution *out) {
    lanes all = {.n = {0}};
    double rest[LANES];
    bm_sum total = {0};
    out->n = 0;
    out->minimum = INFINITY;
    out->maximum = -INFINITY;
    for (size_t l = 0; l < LANES; l++) {
        all.low[l] = INFINITY;
        all.high[l] = -INFINITY;
        rest[l] = rows % LANES > l ? x[rows / LANES * LANES + l] : NAN;
    }
    for (size_t i = 0; i < rows / LANES; i++)
        add(&all, x + i * LANES);
    add(&all, rest);
    for (size_t l = 0; l < LANES; l++) {
        bm_sum_add(&total, all.sum[l]);
        bm_sum_add(&total, all.lost[l]);
        out->n += all.n[l];
        out->minimum = all.low[l] < out->minimum ? all.low[l] : out->minimum;
        out->maximum = all.high[l] > out->maximum ? all.high[l] : out->maximum;
    }
    out->mean = divide(&total, out->n);
}

/* Values near the end of the numbers' range are made so small that their sum is a number. */
static void mend_mean(const double *x, size_t rows, bm_distribution *out) {
    bm_sum total = {0};
    if (isfinite(out->mean))
        return;
    for (size_t i = 0; i < rows; i++)
        bm_sum_add(&total, isnan(x[i]) ? 0 : x[i] * 0x1p-64);
    out->mean = divide(&total, out->n) * 0x1p64;
}

/* Where a quantile lies: between the values of two ranks. */
static size_t rank_below(size_t q, size_t n) {
    return (size_t)(bm_quantile_shares[q] * (double)(n - 1));
}

static int by_size(const void *a, const void *b) {
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The ranks that the quantiles lie between, ascending. */
static void wanted_ranks(size_t n, size_t rank[RANKS]) {
    for (size_t q = 0; q < BM_QUANTILES; q++) {
        rank[2 * q] = rank_below(q, n);
        rank[2 * q + 1] = rank[2 * q] + (rank[2 * q] + 1 < n);
    }
    qsort(rank, RANKS, sizeof *rank, by_size);
}

static double at_rank(const size_t rank[RANKS], const double value[RANKS], size_t wanted) {
    size_t i = 0;
    while (rank[i] < wanted)
        i++;
    return value[i];
}

static void fill_quantiles(const size_t rank[RANKS], const double value[RANKS],
                           bm_distribution *out) {
    for (size_t q = 0; q < BM_QUANTILES; q++) {
        size_t below = rank_below(q, out->n), above = below + (below + 1 < out->n);
        double fraction = bm_quantile_shares[q] * (double)(out->n - 1) - (double)below;
        out->quantile[q] =
            bm_interpolate(at_rank(rank, value, below), at_rank(rank, value, above), fraction);
    }
}

static void fences(const bm_distribution *of, double *low, double *high) {
    double range = of->quantile[BM_QUARTILE_3] - of->quantile[BM_QUARTILE_1];
    *low = of->quantile[BM_QUARTILE_1] - 1.5 * range;
    *high = of->quantile[BM_QUARTILE_3] + 1.5 * range;
}

/* Multiples of 1 / unit: first / unit, (first + 1) / unit, …, `span` of them. */
typedef struct grid {
    double unit, first;
    size_t span;
} grid;

/* The nearest whole number, ties to even, where it is below 2^51. */
static inline double whole_of(double x) {
    const double shift = 0x1.8p52;
    return (x + shift) - shift;
}

static int is_on_grid(const grid *g, double x) {
    return fabs(x * g->unit) < 0x1p51 && whole_of(x * g->unit) / g->unit == x;
}

/* Whether the smallest, the largest and a sample of the others have so few decimals. */
static int sample_is_on_grid(const grid *g, const double *x, size_t rows,
                             const bm_distribution *of) {
    size_t step = rows / 64 + 1;
    for (size_t i = 0; i < rows; i += step) {
        if (!isnan(x[i]) && !is_on_grid(g, x[i]))
            return 0;
    }
    return is_on_grid(g, of->minimum) && is_on_grid(g, of->maximum);
}

/* 1 when a grid of at most `most` multiples may hold all values. */
static int find_grid(const double *x, size_t rows, size_t most, const bm_distribution *of,
                     grid *g) {
    g->unit = 1;
    for (int decimals = 0; decimals <= DECIMALS; decimals++, g->unit *= 10) {
        if (!sample_is_on_grid(g, x, rows, of))
            continue;
        double last = whole_of(of->maximum * g->unit);
        g->first = whole_of(of->minimum * g->unit);
        if (!(last - g->first < (double)most))
            return 0;
        g->span = (size_t)(last - g->first) + 1;
        return 1;
    }
    return 0;
}

/* Counts each multiple; a missing value counts as the smallest. 0 when a value is none of them. */
static int count_on_grid(const grid *g, const double *x, size_t rows, double smallest,
                         uint32_t *count) {
    int32_t at[BLOCK];
    for (size_t begin = 0; begin < rows; begin += BLOCK) {
        size_t n = rows - begin < BLOCK ? rows - begin : BLOCK;
        uint64_t off = 0;
        for (size_t i = 0; i < n; i++) {
            double value = x[begin + i];
            value = value == value ? value : smallest;
            double whole = whole_of(value * g->unit);
            off |= whole / g->unit != value;
            at[i] = (int32_t)(whole - g->first);
        }
        if (off)
            return 0;
        for (size_t i = 0; i < n; i++)
            count[at[i]]++;
    }
    return 1;
}

static void describe_grid(const grid *g, const uint32_t *count, bm_distribution *out) {
    size_t rank[RANKS], found = 0, seen = 0;
    double value[RANKS] = {0}, low, high;
    wanted_ranks(out->n, rank);
    for (size_t i = 0; i < g->span; i++) {
        seen += count[i];
        out->distinct += count[i] > 0;
        while (found < RANKS && rank[found] < seen)
            value[found++] = (g->first + (double)i) / g->unit;
    }
    fill_quantiles(rank, value, out);
    fences(out, &low, &high);
    for (size_t i = 0; i < g->span; i++) {
        double x = (g->first + (double)i) / g->unit;
        out->outliers += x < low || x > high ? count[i] : 0;
    }
}

/* *done is 1 when the column was described; it is as it was in any case. */
static bm_status try_grid(const double *x, size_t rows, size_t memory, bm_distribution *out,
                          int *done, bm_error *err) {
    uint32_t *count = NULL;
    grid g = {0};
    size_t most = memory / sizeof *count;
    bm_status status = BM_OK;
    /* A table that is much larger than the column takes longer than ranking it. */
    if (rows < most / 4)
        most = 4 * rows + BLOCK < most ? 4 * rows + BLOCK : most;
    *done = 0;
    if (rows > UINT32_MAX || !find_grid(x, rows, most, out, &g))
        return BM_OK;
    BM_TRY(BM_NEW(&count, g.span, "a column", err));
    if (count_on_grid(&g, x, rows, out->minimum, count)) {
        count[0] -= (uint32_t)(rows - out->n);
        describe_grid(&g, count, out);
        *done = 1;
    }
cleanup:
    free(count);
    return status;
}

/* Puts the keys of the values that are there in their place. Through bytes, since the memory
 * changes its type. */
static uint64_t *make_keys(double *x, size_t rows) {
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        double value = x[i];
        uint64_t key = bm_key_of_number(value);
        memcpy(x + n, &key, sizeof key);
        n += value == value;
    }
    return (uint64_t *)(void *)x;
}

static bm_status rank_numbers(double *x, size_t rows, bm_distribution *out, bm_error *err) {
    size_t rank[RANKS], n = out->n;
    uint64_t value[RANKS];
    double number[RANKS], low, high;
    wanted_ranks(n, rank);
    const bm_ranks ranks = {rank, value, RANKS};
    uint64_t *key = make_keys(x, rows);
    bm_status status = bm_rank_keys(key, n, 1, &ranks, &out->distinct, err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < RANKS; i++)
        number[i] = bm_number_of_key(value[i]);
    fill_quantiles(rank, number, out);
    fences(out, &low, &high);
    uint64_t low_key = bm_key_of_number(low), high_key = bm_key_of_number(high);
    for (size_t i = 0; i < n; i++)
        out->outliers += (size_t)(key[i] < low_key) + (size_t)(key[i] > high_key);
    return BM_OK;
}

bm_status bm_distribution_of_numbers(double *x, size_t rows, size_t memory, bm_distribution *out,
                                     bm_error *err) {
    int done = 0;
    *out = (bm_distribution){.minimum = NAN, .maximum = NAN, .mean = NAN};
    for (size_t q = 0; q < BM_QUANTILES; q++)
        out->quantile[q] = NAN;
    bm_distribution first = *out;
    first_pass(x, rows, &first);
    if (first.n == 0)
        return BM_OK;
    *out = first;
    mend_mean(x, rows, out);
    bm_status status = try_grid(x, rows, memory, out, &done, err);
    return status == BM_OK && !done ? rank_numbers(x, rows, out, err) : status;
}

bm_status bm_distribution_of_times(int64_t *when, size_t rows, size_t *distinct, int64_t *earliest,
                                   int64_t *latest, bm_error *err) {
    uint64_t *key = (uint64_t *)when; /* a type may be read as its unsigned one */
    uint64_t low = UINT64_MAX, high = 0;
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        int is_there = when[i] != BM_NO_DATE;
        uint64_t now = bm_key_of_time(when[i]);
        key[n] = now;
        n += (size_t)is_there;
        low = is_there && now < low ? now : low;
        high = now > high ? now : high;
    }
    *distinct = 0;
    *earliest = *latest = BM_NO_DATE;
    if (n == 0)
        return BM_OK;
    *earliest = bm_time_of_key(low);
    *latest = bm_time_of_key(high);
    return bm_rank_keys(key, n, 0, &(bm_ranks){0}, distinct, err);
}
