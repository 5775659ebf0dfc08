/* Rows of a table -> time, event and group of each. */
#include "base/memory.h"
#include "base/number.h"
#include "job/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BLOCK = 1 << 16, NOT_TOLD = 2 };

/* The whole text where a column has that name, else what stands before one of its signs of
 * equality. */
static bm_status tell_event(bm_survival_run *run, const bm_strings *names, bm_error *err) {
    const char *text = run->job->survival.event, *sign = NULL;
    int found = bm_strings_contain(names, text);
    bm_status status = bm_copy_string(&run->event_column, text, err);
    for (size_t i = 0; status == BM_OK && !found && text[i] != '\0'; i++) {
        if (text[i] != '=')
            continue;
        run->event_column[i] = '\0';
        found = bm_strings_contain(names, run->event_column);
        sign = sign == NULL || found ? text + i : sign;
        run->event_column[i] = '=';
    }
    if (status != BM_OK || sign == NULL)
        return status;
    run->event_column[sign - text] = '\0'; /* where no column fits, reading says so of this one */
    return bm_copy_string(&run->event_value, sign + 1, err);
}

static int same(const char *a, const char *b) {
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bm_status bm_survival_choose(void *chooser, const bm_strings *names, int nameless,
                             const bm_column_request **column, size_t *columns, bm_error *err) {
    bm_survival_run *run = chooser;
    const char *time = run->job->survival.time, *group = run->job->survival.group;
    bm_status status = tell_event(run, names, err);
    (void)nameless;
    if (status != BM_OK)
        return status;
    if (same(time, run->event_column) || same(time, group) || same(group, run->event_column))
        return bm_fail(
            err, BM_USAGE,
            "--time, --event and --group are different columns: \"%.80s\" is named twice",
            same(time, run->event_column) || same(time, group) ? time : group);
    run->wanted[0] = (bm_column_request){time, BM_WANT_NUMBER, 1, NULL};
    run->wanted[1] = (bm_column_request){run->event_column, BM_WANT_TEXT, 1, NULL};
    run->wanted[2] = (bm_column_request){group, BM_WANT_TEXT, 1, NULL};
    *column = run->wanted;
    *columns = group != NULL ? 3 : 2;
    return BM_OK;
}

static int read_number(const bm_job *job, bm_text text, double *number) {
    return bm_parse_number(text, number) ||
           bm_parse_decimal(text, job->reading.decimal, job->reading.thousands, number);
}

static int is_word(bm_text text, const char *word) {
    return text.length == strlen(word) && strncasecmp(text.data, word, text.length) == 0;
}

/* 1 event, 0 none, NOT_TOLD. */
static uint8_t event_of(const bm_survival_run *run, bm_text text) {
    const char *value = run->event_value;
    double number, wanted;
    int is_number = read_number(run->job, text, &number);
    if (value == NULL && is_number)
        return number == 1 || number == 0 ? number == 1 : NOT_TOLD;
    if (value == NULL)
        return is_word(text, "yes") || is_word(text, "true")   ? 1
               : is_word(text, "no") || is_word(text, "false") ? 0
                                                               : NOT_TOLD;
    if (text.length == strlen(value) && memcmp(text.data, value, text.length) == 0)
        return 1;
    return is_number && read_number(run->job, (bm_text){value, strlen(value)}, &wanted) &&
           number == wanted;
}

static bm_status tell_events(const bm_survival_run *run, const bm_column *column,
                             uint8_t **event_of_text, bm_error *err) {
    const bm_dictionary *texts = &column->dictionary;
    size_t events = 0;
    bm_status status = BM_NEW(event_of_text, texts->count, "events", err);
    for (size_t code = 0; status == BM_OK && code < texts->count; code++) {
        (*event_of_text)[code] = event_of(run, bm_dictionary_text(texts, (int32_t)code));
        events += (*event_of_text)[code] == 1;
    }
    if (status == BM_OK && run->event_value != NULL && events == 0 && texts->count > 0)
        bm_warn(run->context->log,
                "no row of the column \"%.80s\" has the event \"%.80s\": values are \"%.80s\"%s",
                run->event_column, run->event_value, bm_dictionary_string(texts, 0),
                texts->count > 1 ? " and others" : "");
    return status;
}

static unsigned long long line_of(const bm_survival_run *run, size_t row) {
    return bm_lines_of(&run->table.table.lines, row);
}

static bm_status fail_event(const bm_survival_run *run, const bm_column *column, size_t row,
                            bm_error *err) {
    const char *text = bm_dictionary_string(&column->dictionary, column->code[row]);
    return bm_fail(err, BM_DATA,
                   "%s:%llu: column \"%.80s\": \"%.80s\" does not say whether the event happened, "
                   "as 1 and 0, yes and no, true and false do; say which value is the event, as "
                   "in --event %.80s=%.80s",
                   run->job->buyers.path, line_of(run, row), column->name, text, column->name,
                   text);
}

static bm_status reject_time(bm_survival_run *run, const bm_column *time, size_t row,
                             bm_error *err) {
    char text[BM_NUMBER_TEXT];
    bm_accounting *rows = &run->table.accounting;
    bm_text shown = {text, (size_t)bm_format_number(text, time->number[row])};
    rows->used--;
    rows->rejected++;
    return bm_accounting_reject(rows, run->job->buyers.path, line_of(run, row), 0, time->name,
                                "a time is at least 0", shown, err);
}

static bm_status judge_times(const bm_survival_run *run, const bm_column *time, size_t row,
                             size_t faults, bm_error *err) {
    const bm_accounting *rows = &run->table.accounting;
    if (rows->rejected + rows->duplicates <= bm_bad_rows_allowed(run->job, rows->rows_in))
        return BM_OK;
    return bm_fail(err, BM_DATA,
                   "%s:%llu: column \"%.80s\": %g is not a time: times count from 0 (%zu such "
                   "rows; --max-bad-rows lets a stated number through)",
                   run->job->buyers.path, line_of(run, row), time->name, time->number[row], faults);
}

static int by_line(const void *a, const void *b) {
    const bm_reject *x = a, *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

/* Rows with a time, and what they say of the event; codes of the groups as they were read. */
static bm_status take(bm_survival_run *run, const bm_column *time, const bm_column *event,
                      const bm_column *group, const uint8_t *event_of_text, bm_error *err) {
    size_t faults = 0, first_fault = 0;
    bm_status status = BM_OK;
    for (size_t row = 0; row < run->table.table.rows; row++) {
        if (row % BLOCK == 0)
            BM_TRY(bm_check_interrupt(err));
        uint8_t happened = event_of_text[event->code[row]];
        if (happened == NOT_TOLD)
            return fail_event(run, event, row, err);
        if (!isfinite(time->number[row]) || time->number[row] < 0) {
            first_fault = faults++ == 0 ? row : first_fault;
            BM_TRY(reject_time(run, time, row, err));
            continue;
        }
        run->time[run->rows] = time->number[row];
        run->event[run->rows] = happened;
        run->group[run->rows++] = group != NULL ? group->code[row] : 0;
    }
    if (faults > 0) {
        bm_accounting *rows = &run->table.accounting;
        qsort(rows->reject, rows->rejects, sizeof *rows->reject, by_line);
        status = judge_times(run, time, first_fault, faults, err);
    }
cleanup:
    return status;
}

typedef struct group_name {
    bm_text text;
    double number;
    int32_t code;
} group_name;

static int by_text(const void *a, const void *b) {
    const group_name *x = a, *y = b;
    size_t length = x->text.length < y->text.length ? x->text.length : y->text.length;
    int order = memcmp(x->text.data, y->text.data, length);
    return order != 0 ? order
                      : (x->text.length > y->text.length) - (x->text.length < y->text.length);
}

static int by_number(const void *a, const void *b) {
    const group_name *x = a, *y = b;
    int order = (x->number > y->number) - (x->number < y->number);
    return order != 0 ? order : by_text(a, b);
}

static bm_status list_groups(const bm_survival_run *run, const bm_dictionary *texts,
                             group_name **list, size_t *groups, bm_error *err) {
    uint8_t *has_rows = NULL;
    int are_numbers = 1;
    bm_status status;
    *groups = 0;
    BM_TRY(BM_NEW(&has_rows, texts->count, "groups", err));
    BM_TRY(BM_NEW(list, texts->count, "groups", err));
    for (size_t i = 0; i < run->rows; i++)
        has_rows[run->group[i]] = 1;
    for (size_t code = 0; code < texts->count; code++) {
        group_name name = {.text = bm_dictionary_text(texts, (int32_t)code), .code = (int32_t)code};
        if (!has_rows[code])
            continue;
        are_numbers = read_number(run->job, name.text, &name.number) && are_numbers;
        (*list)[(*groups)++] = name;
    }
    qsort(*list, *groups, sizeof **list, are_numbers ? by_number : by_text);
cleanup:
    free(has_rows);
    return status;
}

/* Groups that have rows, in the order that a reader looks for. */
static bm_status name_groups(bm_survival_run *run, const bm_dictionary *texts, bm_error *err) {
    group_name *list = NULL;
    int32_t *place = NULL;
    size_t groups;
    bm_status status;
    BM_TRY(list_groups(run, texts, &list, &groups, err));
    BM_TRY(BM_NEW(&place, texts->count, "groups", err));
    for (size_t g = 0; g < groups; g++) {
        place[list[g].code] = (int32_t)g;
        BM_TRY(bm_strings_add(&run->names, bm_dictionary_string(texts, list[g].code), err));
    }
    for (size_t i = 0; i < run->rows; i++)
        run->group[i] = place[run->group[i]];
cleanup:
    free(list);
    free(place);
    return status;
}

bm_status bm_survival_take_rows(bm_survival_run *run, bm_error *err) {
    enum { OF_ROW = sizeof *run->time + sizeof *run->event + sizeof *run->group };
    const bm_table *table = &run->table.table;
    const char *name = run->job->survival.group;
    const bm_column *time = bm_table_column(table, run->job->survival.time);
    const bm_column *event = bm_table_column(table, run->event_column);
    const bm_column *group = name != NULL ? bm_table_column(table, name) : NULL;
    uint8_t *event_of_text = NULL;
    bm_status status;
    if (time == NULL || time->number == NULL || event == NULL || event->code == NULL ||
        (name != NULL && (group == NULL || group->code == NULL)))
        return bm_fail(err, BM_INTERNAL, "survival: a column was not read as it was asked for");
    BM_TRY(bm_require_memory(run->context, table->rows * OF_ROW, "times and events", err));
    run->context->held += table->rows * OF_ROW;
    BM_TRY(BM_NEW(&run->time, table->rows, "times", err));
    BM_TRY(BM_NEW(&run->event, table->rows, "events", err));
    BM_TRY(BM_NEW(&run->group, table->rows, "groups", err));
    BM_TRY(tell_events(run, event, &event_of_text, err));
    BM_TRY(take(run, time, event, group, event_of_text, err));
    if (group != NULL)
        status = name_groups(run, &group->dictionary, err);
    else if (run->rows > 0)
        status = bm_strings_add(&run->names, "all", err);
cleanup:
    free(event_of_text);
    return status;
}
