/* Kaplan–Meier curves by group (Kaplan & Meier, JASA 53, 1958).
 *
 * S falls at each time with events by (n − d) / n, where n are at risk and d of them leave; who is
 * censored at that very time is still at risk. Var log S by Greenwood (1926): sum of d / (n (n −
 * d)). Rows are sorted by the bits of their times, which for numbers that are not negative order as
 * the numbers do: a radix sort of 8 passes, of which those are skipped where all rows agree. O(n)
 * time, 80 bytes a row at the most. Times are tied when equal; nothing depends on the order of
 * rows. */
#include "lifetime/survival.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16, DIGITS = 8, RADIX = 256, BYTES_OF_TABLE_ROW = 9 * 8 };

const char *const bm_survival_intervals[] = {"plain", "log", "log-log", NULL};

/* A row on its way to its place. */
typedef struct record {
    uint64_t time; /* the bits of the number */
    uint32_t group;
    uint32_t event;
} record;

typedef struct sorting {
    record *row, *spare; /* [n] */
    size_t n;
    size_t (*count)[RADIX]; /* [DIGITS] rows of each digit's values */
} sorting;

static void sorting_free(sorting *self) {
    free(self->row);
    free(self->spare);
    free(self->count);
}

static double time_of(const record *row) {
    double time;
    memcpy(&time, &row->time, sizeof time);
    return time;
}

static unsigned digit_of(const record *row, int digit) {
    return (unsigned)(row->time >> (8 * digit)) & (RADIX - 1);
}

static bm_status take_row(const bm_durations *rows, size_t i, size_t groups, record *to,
                          bm_error *err) {
    double time = rows->time[i] + 0.0; /* no negative zero */
    int32_t group = rows->group != NULL ? rows->group[i] : 0;
    if (!isfinite(time) || time < 0 || group < 0 || (size_t)group >= groups)
        return bm_fail(err, BM_INTERNAL, "survival: row %zu of time %g in group %d of %zu", i, time,
                       group, groups);
    *to = (record){.group = (uint32_t)group, .event = rows->event[i] != 0};
    memcpy(&to->time, &time, sizeof time);
    return BM_OK;
}

/* Rows by group, counted by the digits of their times. */
static bm_status take_rows(const bm_durations *rows, size_t groups, sorting *self, bm_error *err) {
    size_t *next = NULL;
    bm_status status;
    BM_TRY(BM_NEW(&next, groups + 1, "groups", err));
    for (size_t i = 0; i < rows->n; i++) {
        if (i % BLOCK == 0)
            BM_TRY(bm_check_interrupt(err));
        BM_TRY(take_row(rows, i, groups, &self->spare[i], err));
        next[self->spare[i].group + 1]++;
        for (int digit = 0; digit < DIGITS; digit++)
            self->count[digit][digit_of(&self->spare[i], digit)]++;
    }
    for (size_t g = 0; g < groups; g++)
        next[g + 1] += next[g];
    for (size_t i = 0; i < rows->n; i++)
        self->row[next[self->spare[i].group]++] = self->spare[i];
cleanup:
    free(next);
    return status;
}

/* One stable pass; nothing to do where every row has the same digit. */
static bm_status sort_by_digit(sorting *self, int digit, bm_error *err) {
    size_t *count = self->count[digit], next[RADIX], before = 0;
    if (self->n == 0 || count[digit_of(&self->row[0], digit)] == self->n)
        return BM_OK;
    for (size_t value = 0; value < RADIX; value++) {
        next[value] = before;
        before += count[value];
    }
    for (size_t i = 0; i < self->n; i++) {
        bm_status status = i % BLOCK == 0 ? bm_check_interrupt(err) : BM_OK;
        if (status != BM_OK)
            return status;
        self->spare[next[digit_of(&self->row[i], digit)]++] = self->row[i];
    }
    record *sorted = self->spare;
    self->spare = self->row;
    self->row = sorted;
    return BM_OK;
}

/* By time, then group. */
static bm_status sort_rows(const bm_durations *rows, size_t groups, sorting *self, bm_error *err) {
    bm_status status;
    self->n = rows->n;
    BM_TRY(BM_NEW(&self->row, rows->n, "times", err));
    BM_TRY(BM_NEW(&self->spare, rows->n, "times", err));
    BM_TRY(BM_NEW(&self->count, DIGITS, "times", err));
    BM_TRY(take_rows(rows, groups, self, err));
    for (int digit = 0; digit < DIGITS; digit++)
        BM_TRY(sort_by_digit(self, digit, err));
cleanup:
    free(self->spare);
    self->spare = NULL;
    return status;
}

static int opens_step(const sorting *sorted, size_t i) {
    const record *row = &sorted->row[i];
    return i == 0 || row->time != row[-1].time || row->group != row[-1].group;
}

/* Rows of one time and group become a step, in the place that it has within its group. */
static bm_status make_steps(const sorting *sorted, bm_survival *self, bm_error *err) {
    size_t *next = NULL, made = 0;
    bm_status status;
    BM_TRY(BM_NEW(&self->first, self->groups + 1, "groups", err));
    BM_TRY(BM_NEW(&next, self->groups, "groups", err));
    for (size_t i = 0; i < sorted->n; i++) {
        self->steps += (size_t)opens_step(sorted, i);
        self->first[sorted->row[i].group + 1] += (size_t)opens_step(sorted, i);
    }
    for (size_t g = 0; g < self->groups; g++) {
        self->first[g + 1] += self->first[g];
        next[g] = self->first[g];
    }
    BM_TRY(BM_NEW(&self->step, self->steps, "curves", err));
    BM_TRY(BM_NEW(&self->pooled, self->steps, "curves", err));
    for (size_t i = 0; i < sorted->n; i++) {
        if (i % BLOCK == 0)
            BM_TRY(bm_check_interrupt(err));
        const record *row = &sorted->row[i];
        if (opens_step(sorted, i))
            self->pooled[made++] = next[row->group]++;
        bm_survival_step *step = &self->step[self->pooled[made - 1]];
        step->time = time_of(row);
        step->group = row->group;
        step->events += row->event;
        step->censored += !row->event;
    }
cleanup:
    free(next);
    return status;
}

static void follow_curve(bm_survival *self, size_t group) {
    size_t at_risk = 0;
    double survival = 1, greenwood = 0;
    for (size_t s = self->first[group + 1]; s-- > self->first[group];) {
        bm_survival_step *step = &self->step[s];
        at_risk += step->events + step->censored;
        step->at_risk = at_risk;
    }
    for (size_t s = self->first[group]; s < self->first[group + 1]; s++) {
        bm_survival_step *step = &self->step[s];
        double n = (double)step->at_risk, d = (double)step->events;
        if (step->events > 0) {
            survival *= (n - d) / n;
            greenwood += d / (n * (n - d));
        }
        step->survival = survival;
        step->greenwood = greenwood;
    }
}

size_t bm_survival_memory(size_t n) {
    enum { OF_ROW = sizeof(record) + sizeof(bm_survival_step) + sizeof(size_t) };
    size_t bytes;
    bm_multiply(n, OF_ROW + BYTES_OF_TABLE_ROW, &bytes);
    return bytes;
}

bm_status bm_survival_fit(const bm_durations *rows, size_t groups, const bm_context *context,
                          bm_survival *survival, bm_error *err) {
    sorting sorted = {0};
    bm_status status;
    *survival = (bm_survival){.n = rows->n, .groups = groups};
    if (context != NULL)
        BM_TRY(bm_require_memory(context, bm_survival_memory(rows->n), "following groups over time",
                                 err));
    BM_TRY(sort_rows(rows, groups, &sorted, err));
    BM_TRY(make_steps(&sorted, survival, err));
    for (size_t g = 0; g < groups; g++)
        follow_curve(survival, g);
cleanup:
    sorting_free(&sorted);
    if (status != BM_OK)
        bm_survival_free(survival);
    return status;
}

void bm_survival_free(bm_survival *survival) {
    free(survival->step);
    free(survival->first);
    free(survival->pooled);
    *survival = (bm_survival){0};
}
