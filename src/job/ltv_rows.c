/* Rows of a summary, of survivors or of contracts -> histories. Rows that cannot be are rejected
 * like those that cannot be read. */
#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "buyermap/contracts.h"
#include "job/ltv_table.h"
#include "lifetime/contract_histories.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 16 };

static unsigned long long line_of(const bm_ltv_table *run, size_t row) {
    return bm_lines_of(&run->table.table.lines, row);
}

/* What is wrong with a row; problem NULL: nothing. */
typedef struct fault {
    bm_ltv_role role;
    const char *problem;
} fault;

/* The bad rows so far. */
typedef struct faults {
    size_t count, row; /* of the first */
    fault first;
} faults;

static void show_cell(const bm_column *column, size_t row, char text[BM_NUMBER_TEXT]) {
    if (column->number != NULL)
        bm_format_number(text, column->number[row]);
    else if (column->when != NULL && column->when[row] != BM_NO_DATE)
        bm_format_date(text, bm_day_of(column->when[row]));
    else
        text[0] = '\0';
}

static bm_status reject(bm_ltv_table *run, size_t row, fault what, faults *all, bm_error *err) {
    char text[BM_NUMBER_TEXT];
    bm_accounting *rows = &run->table.accounting;
    show_cell(bm_ltv_column(run, what.role), row, text);
    if (all->count++ == 0) {
        all->row = row;
        all->first = what;
    }
    rows->used--;
    rows->rejected++;
    return bm_accounting_reject(rows, run->job->ltv.table, line_of(run, row), 0,
                                run->column[what.role], what.problem, (bm_text){text, strlen(text)},
                                err);
}

static bm_status judge(const bm_ltv_table *run, const faults *all, bm_error *err) {
    char text[BM_NUMBER_TEXT];
    const bm_accounting *rows = &run->table.accounting;
    if (all->count == 0 ||
        rows->rejected + rows->duplicates <= bm_bad_rows_allowed(run->job, rows->rows_in))
        return BM_OK;
    show_cell(bm_ltv_column(run, all->first.role), all->row, text);
    return bm_fail(err, BM_DATA,
                   "%s:%llu: column \"%.80s\": %s: %s (%zu such row%s; --max-bad-rows lets a "
                   "stated number through)",
                   run->job->ltv.table, line_of(run, all->row), run->column[all->first.role], text,
                   all->first.problem, all->count, all->count == 1 ? "" : "s");
}

static bm_status nothing_left(const bm_ltv_table *run, bm_error *err) {
    const bm_accounting *rows = &run->table.accounting;
    return bm_fail(err, BM_DEGENERATE,
                   "%s: there is nothing to fit lifetime models to: of %zu rows, %zu are rejected "
                   "and %zu excluded",
                   run->job->ltv.table, rows->rows_in, rows->rejected, rows->excluded);
}

static int is_whole(double value) {
    return value >= floor(value) && value <= floor(value);
}

static fault check_counts(const bm_history *h) {
    if (!isfinite(h->x) || h->x < 0 || !is_whole(h->x))
        return (fault){BM_LTV_X, "repeat orders are a whole number, 0 or more"};
    if (!isfinite(h->t) || h->t < 0)
        return (fault){BM_LTV_T, "a time is 0 or more"};
    if (!isfinite(h->t_x) || h->t_x < 0)
        return (fault){BM_LTV_T_X, "a time is 0 or more"};
    if (h->t_x > h->t)
        return (fault){BM_LTV_T_X, "the last order is later than the end of the time watched"};
    if (h->x > 0 && !(h->t_x > 0))
        return (fault){BM_LTV_T_X, "there are repeat orders, but none after the first one"};
    if (!(h->x > 0) && h->t_x > 0)
        return (fault){BM_LTV_T_X, "without repeat orders it is 0"};
    if (!isfinite(h->count) || h->count < 0)
        return (fault){BM_LTV_WEIGHT, "a weight is 0 or more"};
    if (h->spend < 0 || isinf(h->spend))
        return (fault){BM_LTV_M_X, "a mean spend is 0 or more"};
    return (fault){BM_LTV_X, NULL};
}

/* The work of a fit goes with the opportunities: these are days of 270 years. */
static const double most_opportunities = 100000;

/* Opportunities are counted: there is an order at some of them, at the last one of t_x. */
static fault check_opportunities(const bm_history *h) {
    fault found = check_counts(h);
    if (found.problem != NULL)
        return found;
    if (!is_whole(h->t))
        return (fault){BM_LTV_T, "opportunities are a whole number"};
    if (h->t > most_opportunities)
        return (fault){BM_LTV_T, "there are at most 100,000 opportunities"};
    if (!is_whole(h->t_x))
        return (fault){BM_LTV_T_X, "opportunities are a whole number"};
    if (h->x > h->t_x)
        return (fault){BM_LTV_X, "more orders than opportunities up to the last of them"};
    return found;
}

static double cell(const bm_column *column, size_t row, double otherwise) {
    return column != NULL ? column->number[row] : otherwise;
}

/* The columns of a summary. */
typedef struct summary {
    const bm_column *x, *t_x, *t, *weight, *spend;
} summary;

static bm_history summary_row(const summary *of, size_t row) {
    bm_history h = {.x = of->x->number[row],
                    .t_x = of->t_x->number[row],
                    .t = of->t->number[row],
                    .spend = cell(of->spend, row, NAN),
                    .count = cell(of->weight, row, 1)};
    if (!(h.x > 0)) /* some write 0 where nothing is known */
        h.spend = h.spend > 0 || h.spend < 0 ? h.spend : NAN;
    return h;
}

static bm_status take_history(bm_ltv_table *run, const summary *of, size_t row, faults *all,
                              size_t *without_weight, bm_error *err) {
    bm_histories *to = &run->group->histories;
    bm_history h = summary_row(of, row);
    fault what = run->kind == BM_LTV_OPPORTUNITIES ? check_opportunities(&h) : check_counts(&h);
    if (what.role == BM_LTV_T && run->column[BM_LTV_T] == NULL)
        what.role = BM_LTV_N;
    if (what.problem != NULL)
        return reject(run, row, what, all, err);
    if (!(h.count > 0)) {
        ++*without_weight;
        return BM_OK;
    }
    if (!(h.x > 0))
        h.spend = NAN;
    to->buyer_of[to->buyers] = row;
    to->history[to->buyers++] = h;
    return BM_OK;
}

static bm_status take_summary(bm_ltv_table *run, bm_error *err) {
    size_t rows = run->table.table.rows, without_weight = 0;
    bm_ltv_role time = run->column[BM_LTV_T] != NULL ? BM_LTV_T : BM_LTV_N;
    const summary of = {bm_ltv_column(run, BM_LTV_X), bm_ltv_column(run, BM_LTV_T_X),
                        bm_ltv_column(run, time), bm_ltv_column(run, BM_LTV_WEIGHT),
                        bm_ltv_column(run, BM_LTV_M_X)};
    faults all = {0};
    bm_status status;
    if (of.x == NULL || of.t_x == NULL || of.t == NULL)
        return bm_fail(err, BM_INTERNAL, "ltv: a column was not read as it was asked for");
    BM_TRY(BM_NEW(&run->group, 1, "histories", err));
    run->groups = 1;
    bm_histories *to = &run->group->histories;
    *to = (bm_histories){.kind = run->kind,
                         .unit = (bm_ltv_unit)run->job->lifetime.unit,
                         .has_spend = of.spend != NULL};
    BM_TRY(BM_NEW(&to->history, rows, "histories", err));
    BM_TRY(BM_NEW(&to->buyer_of, rows, "histories", err));
    for (size_t row = 0; row < rows; row++) {
        if (row % BLOCK == 0)
            BM_TRY(bm_check_interrupt(err));
        BM_TRY(take_history(run, &of, row, &all, &without_weight, err));
    }
    BM_TRY(judge(run, &all, err));
    if (without_weight > 0)
        BM_TRY(bm_accounting_exclude(&run->table.accounting, "weight 0", without_weight, err));
    run->table.accounting.used -= without_weight;
    if (to->buyers == 0)
        status = nothing_left(run, err);
cleanup:
    return status;
}

/* The rows of one group, in the order of the table. */
typedef struct survivor_rows {
    double *period, *survivors;
    size_t *line;
} survivor_rows;

static bm_status take_group(bm_ltv_table *run, int32_t code, const survivor_rows *room,
                            bm_error *err) {
    bm_ltv_group *group = &run->group[run->groups];
    const bm_column *of = bm_ltv_column(run, BM_LTV_GROUP);
    const bm_column *period = bm_ltv_column(run, BM_LTV_PERIOD);
    const bm_column *survivors = bm_ltv_column(run, BM_LTV_SURVIVING);
    bm_survivors table = {0, room->period, room->survivors, room->line, run->job->ltv.table};
    for (size_t row = 0; row < run->table.table.rows; row++) {
        if (of != NULL && of->code[row] != code)
            continue;
        room->period[table.rows] = period->number[row];
        room->survivors[table.rows] = survivors->number[row];
        room->line[table.rows++] = (size_t)line_of(run, row);
    }
    if (table.rows == 0) /* its rows were bad ones */
        return BM_OK;
    if (of != NULL)
        group->name = bm_dictionary_string(&of->dictionary, code);
    run->groups++;
    return bm_histories_of_survivors(&table, (bm_ltv_unit)run->job->lifetime.unit,
                                     &group->histories, err);
}

static bm_status take_survivors(bm_ltv_table *run, bm_error *err) {
    enum { MOST_GROUPS = 10000 };
    const bm_column *of = bm_ltv_column(run, BM_LTV_GROUP);
    size_t rows = run->table.table.rows, groups = of != NULL ? of->dictionary.count : 1;
    survivor_rows room = {0};
    bm_status status;
    if (rows == 0)
        return nothing_left(run, err);
    if (groups > MOST_GROUPS)
        return bm_fail(err, BM_DATA, "%s: column \"%.80s\" has %zu groups, more than %d",
                       run->job->ltv.table, of->name, groups, MOST_GROUPS);
    BM_TRY(BM_NEW(&room.period, rows, "survivors", err));
    BM_TRY(BM_NEW(&room.survivors, rows, "survivors", err));
    BM_TRY(BM_NEW(&room.line, rows, "survivors", err));
    BM_TRY(BM_NEW(&run->group, groups, "survivors", err));
    for (size_t code = 0; code < groups; code++) {
        BM_TRY(bm_check_interrupt(err));
        BM_TRY(take_group(run, (int32_t)code, &room, err));
    }
    if (run->groups == 0)
        status = nothing_left(run, err);
cleanup:
    free(room.period);
    free(room.survivors);
    free(room.line);
    return status;
}

/* Contracts with days that can be, and the row of each. */
typedef struct contract_rows {
    int32_t *start, *end;
    size_t *row;
    size_t count;
    int32_t latest; /* day of all */
} contract_rows;

static bm_status take_contract(bm_ltv_table *run, size_t row, contract_rows *to, faults *all,
                               bm_error *err) {
    const bm_column *start = bm_ltv_column(run, BM_LTV_START);
    const bm_column *end = bm_ltv_column(run, BM_LTV_END);
    const bm_column *amount = bm_ltv_column(run, BM_LTV_AMOUNT);
    int32_t began = bm_day_of(start->when[row]), ended = BM_RUNNING;
    if (end->when[row] != BM_NO_DATE)
        ended = bm_day_of(end->when[row]);
    if (ended < began)
        return reject(run, row, (fault){BM_LTV_END, "a contract does not end before it starts"},
                      all, err);
    if (amount != NULL && (amount->number[row] < 0 || isinf(amount->number[row])))
        return reject(run, row, (fault){BM_LTV_AMOUNT, "an amount is 0 or more"}, all, err);
    to->start[to->count] = began;
    to->end[to->count] = ended;
    to->row[to->count++] = row;
    to->latest = began > to->latest ? began : to->latest;
    if (ended != BM_RUNNING && ended > to->latest)
        to->latest = ended;
    return BM_OK;
}

/* Where nobody says until when the contracts were watched, the table does. */
static void settle_until(bm_ltv_table *run, int32_t latest) {
    char day[BM_DATE_TEXT];
    run->until = run->job->lifetime.until;
    if (run->until != BM_NO_DAY)
        return;
    run->until = latest;
    bm_format_date(day, latest);
    bm_info(run->context->log,
            "contracts are watched until %s, the latest day that the table names; --until gives "
            "another",
            day);
}

/* Histories are of contracts; their buyers and amounts are those of the rows. */
static bm_status name_buyers(bm_ltv_table *run, const contract_rows *from, bm_error *err) {
    const bm_column *id = bm_ltv_column(run, BM_LTV_ID);
    const bm_column *amount = bm_ltv_column(run, BM_LTV_AMOUNT);
    bm_histories *to = &run->group->histories;
    bm_status status = BM_OK;
    size_t *buyer_of = NULL, missing = 0;
    BM_TRY(BM_NEW(&buyer_of, to->buyers, "histories", err));
    for (size_t i = 0; i < to->buyers; i++) {
        size_t row = from->row[to->buyer_of != NULL ? to->buyer_of[i] : i];
        buyer_of[i] = id != NULL ? (size_t)id->code[row] : row;
        to->history[i].spend = cell(amount, row, NAN);
        if (amount == NULL || !isnan(to->history[i].spend))
            continue;
        to->history[i].spend = 0;
        missing++;
    }
    if (missing > 0)
        bm_warn(run->context->log, "%zu contracts have no amount and count as 0", missing);
    to->has_spend = amount != NULL;
    free(to->buyer_of);
    to->buyer_of = buyer_of;
cleanup:
    return status;
}

static bm_status take_contracts(bm_ltv_table *run, bm_error *err) {
    size_t rows = run->table.table.rows, late = 0;
    contract_rows of = {.latest = INT32_MIN};
    faults all = {0};
    bm_status status;
    BM_TRY(BM_NEW(&run->group, 1, "histories", err));
    run->groups = 1;
    BM_TRY(BM_NEW(&of.start, rows, "contracts", err));
    BM_TRY(BM_NEW(&of.end, rows, "contracts", err));
    BM_TRY(BM_NEW(&of.row, rows, "contracts", err));
    for (size_t row = 0; row < rows; row++) {
        if (row % BLOCK == 0)
            BM_TRY(bm_check_interrupt(err));
        BM_TRY(take_contract(run, row, &of, &all, err));
    }
    BM_TRY(judge(run, &all, err));
    if (of.count == 0)
        BM_TRY(nothing_left(run, err));
    settle_until(run, of.latest);
    BM_TRY(bm_histories_of_contracts(of.start, of.end, of.count, run->until,
                                     (bm_ltv_unit)run->job->lifetime.unit, &run->group->histories,
                                     &late, err));
    if (late > 0)
        BM_TRY(bm_accounting_exclude(&run->table.accounting, "starts after until", late, err));
    run->table.accounting.used -= late;
    status = name_buyers(run, &of, err);
cleanup:
    free(of.start);
    free(of.end);
    free(of.row);
    return status;
}

bm_status bm_ltv_take_rows(bm_ltv_table *run, bm_error *err) {
    const bm_job *job = run->job;
    return job->ltv.summary     ? take_summary(run, err)
           : job->ltv.survivors ? take_survivors(run, err)
                                : take_contracts(run, err);
}
