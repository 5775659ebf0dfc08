/* Contracts: a table of them, sorted by buyer, then by start, ties in input order.
 *
 * A counting sort by buyer, then qsort by (start, row) within each. Beside the contracts
 * themselves: 4 bytes a distinct buyer text and 16 a contract. */
#include "feature/contracts.h"

#include "base/date.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS_A_CHECK = 1 << 18 };

/* What a text of the buyer column stands for, beside a buyer of the population (>= 0). */
enum { NOT_SEEN = -1, UNKNOWN = -2, UNKNOWN_SEEN = -3 };

typedef struct contract_columns {
    const bm_column *buyer, *start, *end, *amount;
} contract_columns;

typedef struct contract_row {
    int32_t start;
    size_t row;
} contract_row;

/* Contracts in the making. */
typedef struct signing {
    const bm_table *table;
    contract_columns column;
    const bm_dictionary *population; /* NULL: the buyers of the table itself */
    int32_t *buyer_of;               /* [texts of the buyer column] index in the population */
    contract_row *sorted;            /* [contracts] */
    size_t late, unknown_rows, unknown_buyers, backward, first_backward;
    bm_contracts *contracts;
} signing;

typedef enum role_kind { AS_TEXT, AS_DATE, AS_NUMBER } role_kind;

static bm_status find_role(const bm_table *table, const char *name, role_kind kind,
                           const bm_column **column, bm_error *err) {
    *column = NULL;
    if (name == NULL)
        return BM_OK;
    *column = bm_table_column(table, name);
    if (*column == NULL)
        return bm_fail(err, BM_DATA, "%s: there is no column \"%s\"", table->source, name);
    int as_asked = kind == AS_TEXT   ? (*column)->code != NULL
                   : kind == AS_DATE ? (*column)->when != NULL
                                     : (*column)->number != NULL;
    if (!as_asked && table->rows > 0)
        return bm_fail(err, BM_INTERNAL, "%s: column \"%s\" was read as a %s column", table->source,
                       name, bm_type_name((*column)->type));
    return BM_OK;
}

static bm_status find_columns(const bm_table *table, const bm_contract_roles *roles,
                              contract_columns *column, bm_error *err) {
    bm_status status = BM_OK;
    if (roles->buyer == NULL || roles->start == NULL)
        return bm_fail(err, BM_INTERNAL, "contracts need a buyer and a start column");
    BM_TRY(find_role(table, roles->buyer, AS_TEXT, &column->buyer, err));
    BM_TRY(find_role(table, roles->start, AS_DATE, &column->start, err));
    BM_TRY(find_role(table, roles->end, AS_DATE, &column->end, err));
    BM_TRY(find_role(table, roles->amount, AS_NUMBER, &column->amount, err));
cleanup:
    return status;
}

static int32_t start_of(const contract_columns *column, size_t row) {
    return bm_day_of(column->start->when[row]);
}

static int32_t end_of(const contract_columns *column, size_t row) {
    if (column->end == NULL || column->end->when[row] == BM_NO_DATE)
        return BM_RUNNING;
    return bm_day_of(column->end->when[row]);
}

bm_status bm_contracts_last_day(const bm_table *table, const bm_contract_roles *roles,
                                int32_t *as_of, bm_error *err) {
    contract_columns column = {0};
    bm_status status = find_columns(table, roles, &column, err);
    if (status != BM_OK)
        return status;
    if (table->rows == 0)
        return bm_fail(err, BM_DATA,
                       "%s: there are no contracts, so there is no day to look back from",
                       table->source);
    *as_of = INT32_MIN;
    for (size_t r = 0; r < table->rows; r++) {
        int32_t start = start_of(&column, r), end = end_of(&column, r);
        *as_of = start > *as_of ? start : *as_of;
        if (end != BM_RUNNING && end > *as_of)
            *as_of = end;
    }
    return BM_OK;
}

/* Fills buyer_of: the known buyers, or nobody yet when the table makes its own population. */
static bm_status look_up_buyers(signing *s, bm_error *err) {
    const bm_dictionary *texts = &s->column.buyer->dictionary;
    bm_status status = BM_NEW(&s->buyer_of, texts->count, "the buyers of the contracts", err);
    for (size_t c = 0; c < texts->count && status == BM_OK; c++) {
        s->buyer_of[c] = NOT_SEEN;
        if (c % ROWS_A_CHECK == 0)
            status = bm_check_interrupt(err);
        if (s->population == NULL)
            continue;
        int32_t buyer = bm_dictionary_find(s->population, bm_dictionary_text(texts, (int32_t)c));
        s->buyer_of[c] = buyer < 0 ? UNKNOWN : buyer;
    }
    return status;
}

static bm_status reject(const signing *s, size_t row, bm_accounting *accounting, bm_error *err) {
    char day[BM_DATE_TEXT];
    int length = bm_format_date(day, end_of(&s->column, row));
    if (accounting == NULL)
        return BM_OK;
    accounting->used--;
    accounting->rejected++;
    return bm_accounting_reject(accounting, s->table->source, bm_lines_of(&s->table->lines, row), 0,
                                s->column.end->name, "ends before it starts",
                                (bm_text){day, (size_t)length}, err);
}

static bm_status judge(const signing *s, const bm_accounting *accounting, size_t max_bad,
                       bm_error *err) {
    char start[BM_DATE_TEXT], end[BM_DATE_TEXT];
    size_t row = s->first_backward, bad = s->backward;
    if (accounting != NULL)
        bad = accounting->rejected + accounting->duplicates;
    if (s->backward == 0 || bad <= max_bad)
        return BM_OK;
    bm_format_date(start, start_of(&s->column, row));
    bm_format_date(end, end_of(&s->column, row));
    return bm_fail(err, BM_DATA,
                   "%s:%llu: column \"%.80s\": the contract ends on %s, before it starts on %s "
                   "(%zu such row%s; --max-bad-rows lets a stated number through)",
                   s->table->source, (unsigned long long)bm_lines_of(&s->table->lines, row),
                   s->column.end->name, end, start, s->backward, s->backward == 1 ? "" : "s");
}

/* Whether a row becomes a contract, once its buyer has a place. */
static int is_taken(const signing *s, size_t row) {
    int32_t start = start_of(&s->column, row);
    return end_of(&s->column, row) >= start && start <= s->contracts->as_of &&
           s->buyer_of[s->column.buyer->code[row]] >= 0;
}

/* Counts the contracts of each buyer into first[buyer + 1], and what is left out. */
static bm_status count_row(signing *s, size_t row, bm_accounting *accounting, bm_dictionary *ids,
                           bm_error *err) {
    const bm_column *buyer = s->column.buyer;
    bm_status status = BM_OK;
    int32_t start = start_of(&s->column, row);
    int32_t *index = &s->buyer_of[buyer->code[row]];
    if (end_of(&s->column, row) < start) {
        if (s->backward++ == 0)
            s->first_backward = row;
        return reject(s, row, accounting, err);
    }
    if (start > s->contracts->as_of) {
        s->late++;
        return BM_OK;
    }
    if (*index == NOT_SEEN)
        status = bm_dictionary_intern(ids, bm_dictionary_text(&buyer->dictionary, buyer->code[row]),
                                      index, err);
    if (status != BM_OK)
        return status;
    if (*index < 0) {
        s->unknown_rows++;
        s->unknown_buyers += *index == UNKNOWN;
        *index = UNKNOWN_SEEN;
        return BM_OK;
    }
    s->contracts->first[(size_t)*index + 1]++;
    s->contracts->contracts++;
    return BM_OK;
}

static bm_status count_rows(signing *s, bm_accounting *accounting, bm_dictionary *ids,
                            bm_error *err) {
    bm_status status = BM_OK;
    for (size_t r = 0; r < s->table->rows; r++) {
        if (r % ROWS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        BM_TRY(count_row(s, r, accounting, ids, err));
    }
    s->contracts->buyers = s->population != NULL ? s->population->count : ids->count;
cleanup:
    return status;
}

static int compare_rows(const void *left, const void *right) {
    const contract_row *a = left, *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* Puts the rows of each buyer behind each other, and sorts them. first[] holds the counts. */
static bm_status sort_rows(signing *s, bm_error *err) {
    bm_contracts *contracts = s->contracts;
    size_t *first = contracts->first, buyers = contracts->buyers;
    bm_status status;
    BM_TRY(BM_NEW(&s->sorted, contracts->contracts, "contracts", err));
    for (size_t b = 0; b < buyers; b++)
        first[b + 1] += first[b];
    for (size_t r = s->table->rows; r-- > 0;) {
        if (is_taken(s, r)) {
            size_t buyer = (size_t)s->buyer_of[s->column.buyer->code[r]];
            s->sorted[--first[buyer + 1]] = (contract_row){start_of(&s->column, r), r};
        }
    }
    /* Each end has moved down to its buyer's start. */
    for (size_t b = 0; b < buyers; b++)
        first[b] = first[b + 1];
    first[buyers] = contracts->contracts;
    for (size_t b = 0; b < buyers; b++) {
        if (b % ROWS_A_CHECK == 0)
            BM_TRY(bm_check_interrupt(err));
        qsort(s->sorted + first[b], first[b + 1] - first[b], sizeof *s->sorted, compare_rows);
    }
cleanup:
    return status;
}

static bm_status gather(signing *s, const bm_context *context, bm_error *err) {
    bm_contracts *contracts = s->contracts;
    const bm_column *amount = s->column.amount;
    size_t n = contracts->contracts, missing = 0;
    bm_status status;
    BM_TRY(BM_NEW(&contracts->start, n, "contracts", err));
    BM_TRY(BM_NEW(&contracts->end, n, "contracts", err));
    if (amount != NULL)
        BM_TRY(BM_NEW(&contracts->amount, n, "contracts", err));
    for (size_t i = 0; i < n; i++) {
        size_t row = s->sorted[i].row;
        contracts->start[i] = s->sorted[i].start;
        contracts->end[i] = end_of(&s->column, row);
        if (amount == NULL)
            continue;
        missing += isnan(amount->number[row]) != 0;
        contracts->amount[i] = isnan(amount->number[row]) ? 0.0 : amount->number[row];
    }
    if (missing > 0)
        bm_warn(context->log, "%zu contracts have no amount and count as 0", missing);
cleanup:
    return status;
}

static bm_status account(const signing *s, const bm_context *context, bm_accounting *accounting,
                         bm_error *err) {
    bm_status status = BM_OK;
    if (s->unknown_rows > 0)
        bm_warn(context->log,
                "%zu contracts of %zu buyers that neither the buyers table nor the orders have are "
                "left out",
                s->unknown_rows, s->unknown_buyers);
    if (accounting == NULL)
        return BM_OK;
    if (s->late > 0)
        BM_TRY(bm_accounting_exclude(accounting, "starts after as_of", s->late, err));
    if (s->unknown_rows > 0)
        BM_TRY(bm_accounting_exclude(accounting, "unknown buyer", s->unknown_rows, err));
    accounting->used -= s->late + s->unknown_rows;
cleanup:
    return status;
}

/* Bytes of the contracts and of what making them takes; SIZE_MAX when that is past all measure. */
static size_t bytes_needed(const signing *s) {
    size_t bytes, buyers, texts = s->column.buyer->dictionary.count;
    size_t population = s->population != NULL ? s->population->count : texts;
    size_t a_row = sizeof(contract_row) + 2 * sizeof(int32_t) + sizeof(double);
    if (!bm_multiply(s->table->rows, a_row, &bytes) ||
        !bm_multiply(population, sizeof(size_t), &buyers) || !bm_add(bytes, buyers, &bytes) ||
        !bm_add(bytes, texts * sizeof(int32_t), &bytes))
        return SIZE_MAX;
    return bytes;
}

bm_status bm_contracts_build(const bm_table *table, const bm_contract_roles *roles, int32_t as_of,
                             const bm_dictionary *population, size_t max_bad,
                             const bm_context *context, bm_accounting *accounting,
                             bm_contracts *contracts, bm_dictionary *ids, bm_error *err) {
    signing s = {.table = table, .population = population, .contracts = contracts};
    bm_status status = BM_OK;
    *contracts = (bm_contracts){.as_of = as_of};
    BM_TRY(find_columns(table, roles, &s.column, err));
    BM_TRY(bm_require_memory(context, bytes_needed(&s), "sorting the contracts", err));
    BM_TRY(look_up_buyers(&s, err));
    size_t most_buyers = population != NULL ? population->count : s.column.buyer->dictionary.count;
    BM_TRY(BM_NEW(&contracts->first, most_buyers + 1, "buyers", err));
    BM_TRY(count_rows(&s, accounting, ids, err));
    BM_TRY(judge(&s, accounting, max_bad, err));
    BM_TRY(sort_rows(&s, err));
    BM_TRY(gather(&s, context, err));
    BM_TRY(account(&s, context, accounting, err));
cleanup:
    free(s.buyer_of);
    free(s.sorted);
    if (status != BM_OK)
        bm_contracts_free(contracts);
    return status;
}
