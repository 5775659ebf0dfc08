/* A column of a batch: from fields to values. Plain numbers, texts and dates go through tight
 * loops; every other field is looked at closely, one by one, and that decides. */
#include "input/rows.h"

#include "base/date.h"
#include "base/plain_number.h"
#include "kernel/decimal.h"

#include "input/batch_rows.h"

#include <math.h>
#include <string.h>

typedef struct looking {
    bm_batch *batch;
    const bm_rows *rows;
    const bm_build *build;
    bm_batch_column *column;
    const bm_cells *cells;
    const bm_date_format *format; /* NULL: ISO */
    int is_tallied;
} looking;

bm_field bm_cell_at(const bm_cells *cells, size_t row) {
    bm_field field = {.kind = cells->kind};
    if (cells->kind == BM_FIELD_TEXT) {
        field.value.text = cells->text[row];
        field.length = cells->length[row];
    } else {
        field.value.natural = cells->bits[row];
    }
    return field;
}

static bm_status put_text(looking *l, size_t row, const bm_field *field, bm_error *err) {
    if (field->kind == BM_FIELD_TEXT) {
        l->column->text[row] = bm_text_of(field);
        return BM_OK;
    }
    char buffer[BM_NUMBER_TEXT];
    return bm_arena_copy(&l->batch->arena, bm_field_text(field, buffer), &l->column->text[row],
                         err);
}

static const char *missing_value(looking *l, size_t row) {
    if (l->column->number != NULL)
        l->column->number[row] = NAN;
    if (l->column->when != NULL)
        l->column->when[row] = BM_NO_DATE;
    if (l->column->text != NULL)
        l->column->text[row] = (bm_text){NULL, 0};
    if (!l->build->required || !bm_build_is_stored(l->build))
        return NULL;
    return l->build->source == l->rows->unique_column ? "missing id" : "missing value";
}

/* A date that can be read in two ways is named so: the fix is another one. */
static bm_status bad_date(looking *l, const bm_field *field, const char **problem, bm_error *err) {
    char buffer[BM_NUMBER_TEXT], *guess;
    const char *format[2];
    bm_text text = bm_field_text(field, buffer);
    if (l->column->guess == NULL) {
        bm_status status = bm_arena_take(&l->batch->arena, sizeof(bm_date_guess) + 16, &guess, err);
        if (status != BM_OK)
            return status;
        l->column->guess = (void *)(((uintptr_t)guess + 15) / 16 * 16);
        *l->column->guess = (bm_date_guess){0};
    }
    bm_date_guess_add(l->column->guess, text);
    int is_open = l->build->date_format == NULL && bm_guess_date_formats(text, format) > 1;
    *problem = is_open ? "ambiguous date" : "not a date";
    return BM_OK;
}

/* One field, whatever it is. *problem is what makes its record a bad one. */
static bm_status look_closely(looking *l, size_t row, const char **problem, bm_error *err) {
    const bm_build *build = l->build;
    const bm_field field = bm_cell_at(l->cells, row);
    *problem = NULL;
    if (bm_field_is_missing(&l->rows->rules, &field)) {
        *problem = missing_value(l, row);
        return BM_OK;
    }
    double number = NAN;
    int is_number = (l->is_tallied || build->storage == BM_STORE_NUMBER) &&
                    bm_field_number(&l->rows->rules, &field, &number);
    if (l->is_tallied)
        bm_type_tally_add(&l->column->tally, &field, is_number ? &number : NULL, l->format);
    if (l->column->number != NULL) {
        l->column->number[row] = number;
        *problem = is_number ? NULL : bm_number_problem(&l->rows->rules, &field);
    } else if (l->column->when != NULL) {
        if (!bm_field_date(&field, l->format, &l->column->when[row]))
            return bad_date(l, &field, problem, err);
    } else if (l->column->text != NULL && !build->not_kept) {
        return put_text(l, row, &field, err);
    }
    return BM_OK;
}

/* The first problem of a row counts; columns come in the order of the file. */
static bm_status look_and_note(looking *l, size_t row, bm_error *err) {
    const char *problem;
    bm_status status = look_closely(l, row, &problem, err);
    bm_row_problem *noted = &l->batch->problem[row];
    if (problem != NULL && noted->problem == NULL)
        *noted = (bm_row_problem){problem, l->build->source};
    return status;
}

static inline int is_whole(double number) {
    const double shift = 0x1.8p52; /* rounds what is smaller to a whole number */
    return fabs(number) >= 0x1p51 || (number + shift) - shift == number;
}

/* 20111210 reads as a number and as a date: eight bytes of which each is 0x30 to 0x3f. */
static inline int may_be_date(const char *text, uint32_t length) {
    uint64_t word;
    if (length != sizeof word)
        return 0;
    memcpy(&word, text, sizeof word);
    return (word & 0xf0f0f0f0f0f0f0f0u) == 0x3030303030303030u;
}

/* What may mean a missing value is looked at closely. */
static size_t doubt_missing(looking *l, size_t plain) {
    uint8_t *is_plain = l->batch->is_plain;
    for (size_t row = 0; row < l->batch->count; row++) {
        if (is_plain[row] && l->rows->rules.begins_na[(unsigned char)l->cells->text[row][0]]) {
            is_plain[row] = 0;
            plain--;
        }
    }
    return plain;
}

/* And so is what may be a date. */
static size_t doubt_dates(looking *l, size_t plain) {
    uint8_t *is_plain = l->batch->is_plain;
    for (size_t row = 0; row < l->batch->count; row++) {
        if (is_plain[row] && may_be_date(l->cells->text[row], l->cells->length[row])) {
            is_plain[row] = 0;
            plain--;
        }
    }
    return plain;
}

static size_t count_whole(const looking *l) {
    const uint8_t *is_plain = l->batch->is_plain;
    const double *number = l->column->number;
    size_t whole = 0;
    for (size_t row = 0; row < l->batch->count; row++)
        whole += is_plain[row] & (unsigned)is_whole(number[row]);
    return whole;
}

static size_t read_plain_numbers(looking *l) {
    const bm_batch *batch = l->batch;
    bm_evidence *seen = &l->column->tally.seen;
    size_t plain =
        bm_decimals(l->cells->text, l->cells->length, batch->count,
                    l->rows->request->dialect->decimal, l->column->number, batch->is_plain);
    if (l->rows->rules.numbers_may_be_missing)
        plain = doubt_missing(l, plain);
    if (!l->is_tallied)
        return plain;
    plain = doubt_dates(l, plain);
    seen->present += plain;
    seen->numbers += plain;
    if (l->build->is_candidate) /* of the others, the finished column tells */
        seen->whole += count_whole(l);
    return plain;
}

static double number_of(bm_field_kind kind, uint64_t bits) {
    double number;
    if (kind == BM_FIELD_NATURAL)
        return (double)bits;
    if (kind == BM_FIELD_INTEGER)
        return (double)(int64_t)bits;
    memcpy(&number, &bits, sizeof number);
    return number;
}

/* Numbers of HDF5, when none of them may mean a missing value but NaN. */
static size_t take_numbers(looking *l) {
    const bm_batch *batch = l->batch;
    bm_evidence *seen = &l->column->tally.seen;
    size_t plain = 0;
    for (size_t row = 0; row < batch->count; row++) {
        double number = number_of(l->cells->kind, l->cells->bits[row]);
        l->column->number[row] = number;
        batch->is_plain[row] = isfinite(number) != 0;
        plain += batch->is_plain[row];
    }
    if (l->is_tallied) {
        seen->present += plain;
        seen->numbers += plain;
        seen->whole += l->build->is_candidate ? count_whole(l) : 0;
    }
    return plain;
}

static bm_status read_numbers(looking *l, bm_error *err) {
    const bm_batch *batch = l->batch;
    size_t plain = 0;
    if (l->cells->kind != BM_FIELD_TEXT && l->rows->rules.na_numbers == 0)
        plain = take_numbers(l);
    else if (l->cells->kind == BM_FIELD_TEXT && l->rows->request->dialect->thousands == '\0')
        plain = read_plain_numbers(l);
    else
        memset(batch->is_plain, 0, batch->count);
    l->column->is_full = plain == batch->count;
    for (size_t row = 0; plain < batch->count && row < batch->count; row++) {
        if (batch->is_plain[row])
            continue;
        bm_status status = look_and_note(l, row, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

/* A text that is there: it begins with neither a blank nor what may mean that it is missing. */
static inline int is_plain_text(const bm_rules *rules, const char *text, uint32_t length) {
    return length > 0 && (unsigned char)text[0] > ' ' && !rules->begins_na[(unsigned char)text[0]];
}

/* 1 when the text was counted; else look_closely must see it. */
static inline int tally_text(looking *l, const char *text, uint32_t length) {
    bm_evidence *seen = &l->column->tally.seen;
    double number;
    if (!l->rows->rules.is_plain || l->build->date_format != NULL)
        return 0;
    if ((unsigned char)text[0] > '9') {
        seen->present++; /* neither a number nor a date begins like that */
        return 1;
    }
    if (may_be_date(text, length) || !bm_parse_plain_number(text, length, &number))
        return 0;
    seen->present++;
    seen->numbers++;
    seen->whole += (size_t)is_whole(number);
    return 1;
}

static bm_status read_texts(looking *l, bm_error *err) {
    const bm_rules *rules = &l->rows->rules;
    int is_text = l->cells->kind == BM_FIELD_TEXT && !l->build->not_kept;
    for (size_t row = 0; row < l->batch->count; row++) {
        if (is_text) {
            const char *text = l->cells->text[row];
            uint32_t length = l->cells->length[row];
            if (is_plain_text(rules, text, length) &&
                (!l->is_tallied || tally_text(l, text, length))) {
                l->column->text[row] = (bm_text){text, length};
                continue;
            }
        }
        bm_status status = look_and_note(l, row, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

enum { DAY = 10 }; /* characters of 2011-12-10 */

/* Days repeat: a day that equals the one before is not read again. */
static bm_status read_dates(looking *l, bm_error *err) {
    int is_iso = l->cells->kind == BM_FIELD_TEXT && l->build->date_format == NULL;
    const char *last = NULL;
    int64_t *when = l->column->when;
    size_t dates = 0, last_row = 0;
    for (size_t row = 0; row < l->batch->count; row++) {
        const char *text = is_iso ? l->cells->text[row] : NULL;
        uint32_t length = is_iso ? l->cells->length[row] : 0;
        if (length == DAY && last != NULL && memcmp(last, text, DAY) == 0) {
            when[row] = when[last_row];
            dates++;
            continue;
        }
        if (length >= DAY && text[4] == '-' && !l->rows->rules.begins_na[(unsigned char)text[0]] &&
            bm_parse_iso_date((bm_text){text, length}, &when[row])) {
            last = length == DAY ? text : NULL;
            last_row = row;
            dates++;
            continue;
        }
        bm_status status = look_and_note(l, row, err);
        if (status != BM_OK)
            return status;
    }
    if (l->is_tallied) {
        l->column->tally.seen.present += dates;
        l->column->tally.seen.dates += dates;
    }
    return BM_OK;
}

/* A column of which no values are kept, but whose type is to be told. */
static bm_status look_at_all(looking *l, bm_error *err) {
    bm_status status = BM_OK;
    for (size_t row = 0; row < l->batch->count && status == BM_OK; row++)
        status = look_and_note(l, row, err);
    return status;
}

bm_status bm_batch_read_column(bm_batch *batch, size_t at, bm_error *err) {
    const bm_build *build = &batch->rows->build[at];
    looking l = {.batch = batch,
                 .rows = batch->rows,
                 .build = build,
                 .column = &batch->column[at],
                 .cells = &batch->cells[build->source],
                 .format = build->date_format != NULL ? &build->compiled : NULL,
                 .is_tallied = bm_build_is_tallied(build)};
    if (l.column->number != NULL)
        return read_numbers(&l, err);
    if (l.column->when != NULL)
        return read_dates(&l, err);
    return l.column->text != NULL ? read_texts(&l, err) : look_at_all(&l, err);
}
