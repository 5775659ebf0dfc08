/* Means of retention over cohorts, from the rows of `cohort_retention` whose period is complete for
 * the whole cohort: an open period is no zero, and a complete one without buyers is. Weighted: the
 * active of all cohorts over the buyers of all; simple: the mean of the cohorts' retentions.
 * O(rows). */
#include "lifetime/cohorts.h"

#include "base/memory.h"
#include "base/sum.h"

#include <stdlib.h>

enum {
    SEGMENT,
    PERIOD_INDEX,
    COHORTS,
    ELIGIBLE,
    BOUNDED_WEIGHTED,
    BOUNDED_SIMPLE,
    UNBOUNDED_WEIGHTED,
    UNBOUNDED_SIMPLE,
};

static const bm_heading headings[] = {
    {"segment", BM_CELL_INTEGER, "", "segment; 0 is all buyers"},
    {"period_index", BM_CELL_INTEGER, "1", "periods since the first order's, from 0"},
    {"cohorts", BM_CELL_INTEGER, "1", "cohorts for which the period is complete"},
    {"eligible", BM_CELL_INTEGER, "1", "their buyers"},
    {"retention_bounded_weighted", BM_CELL_NUMBER, "1",
     "active in the period, a share of eligible"},
    {"retention_bounded_simple", BM_CELL_NUMBER, "1", "mean of the cohorts' retention_bounded"},
    {"retention_unbounded_weighted", BM_CELL_NUMBER, "1",
     "active in the period or later, a share of eligible"},
    {"retention_unbounded_simple", BM_CELL_NUMBER, "1", "mean of the cohorts' retention_unbounded"},
};

typedef struct tally {
    int64_t cohorts, size, bounded, unbounded;
    bm_sum retention_bounded, retention_unbounded;
} tally;

/* The columns of the cohort table that are asked. */
typedef struct triangle {
    size_t rows;
    const int64_t *segment, *index, *size, *bounded, *unbounded;
    const int8_t *is_complete;
} triangle;

static const bm_result_column *column_of(const bm_result *cohorts, const char *name) {
    return &cohorts->column[bm_result_find(cohorts, name)];
}

static void add_row(const triangle *t, size_t row, tally *to) {
    double size = (double)t->size[row];
    to->cohorts++;
    to->size += t->size[row];
    to->bounded += t->bounded[row];
    to->unbounded += t->unbounded[row];
    bm_sum_add(&to->retention_bounded, (double)t->bounded[row] / size);
    bm_sum_add(&to->retention_unbounded, (double)t->unbounded[row] / size);
}

static void set_row(bm_result *result, size_t row, const tally *t) {
    double size = (double)t->size, cohorts = (double)t->cohorts;
    bm_result_column *column = result->column;
    column[COHORTS].integer[row] = t->cohorts;
    column[ELIGIBLE].integer[row] = t->size;
    column[BOUNDED_WEIGHTED].number[row] = (double)t->bounded / size;
    column[BOUNDED_SIMPLE].number[row] = bm_sum_value(&t->retention_bounded) / cohorts;
    column[UNBOUNDED_WEIGHTED].number[row] = (double)t->unbounded / size;
    column[UNBOUNDED_SIMPLE].number[row] = bm_sum_value(&t->retention_unbounded) / cohorts;
}

bm_status bm_cohort_means(const bm_result *cohorts, bm_result *result, bm_error *err) {
    triangle t = {.rows = cohorts->rows,
                  .segment = column_of(cohorts, "segment")->integer,
                  .index = column_of(cohorts, "period_index")->integer,
                  .size = column_of(cohorts, "cohort_size")->integer,
                  .bounded = column_of(cohorts, "active_bounded")->integer,
                  .unbounded = column_of(cohorts, "active_unbounded")->integer,
                  .is_complete = column_of(cohorts, "is_complete")->boolean};
    size_t segments = 0, periods = 0, row = 0, cells;
    tally *tallies = NULL;
    bm_status status;
    *result = (bm_result){0};
    for (size_t i = 0; i < t.rows; i++) {
        segments = (size_t)t.segment[i] >= segments ? (size_t)t.segment[i] + 1 : segments;
        periods = (size_t)t.index[i] >= periods ? (size_t)t.index[i] + 1 : periods;
    }
    bm_multiply(segments, periods, &cells);
    BM_TRY(BM_NEW(&tallies, cells, "the means of cohorts", err));
    for (size_t i = 0; i < t.rows; i++) {
        if (t.is_complete[i])
            add_row(&t, i, &tallies[(size_t)t.segment[i] * periods + (size_t)t.index[i]]);
    }
    for (size_t i = 0; i < cells; i++)
        row += tallies[i].cohorts > 0;
    BM_TRY(bm_result_init(result, "cohort_means", "retention over all cohorts, by period", headings,
                          sizeof headings / sizeof headings[0], row, err));
    row = 0;
    for (size_t i = 0; i < cells; i++) {
        if (tallies[i].cohorts == 0)
            continue;
        result->column[SEGMENT].integer[row] = (int64_t)(i / periods);
        result->column[PERIOD_INDEX].integer[row] = (int64_t)(i % periods);
        set_row(result, row++, &tallies[i]);
    }
cleanup:
    free(tallies);
    return status;
}
