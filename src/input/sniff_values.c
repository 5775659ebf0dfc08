/* What the values of a sample are: which decimal mark and thousands separator they have, and
 * whether the first record names the columns. */
#include "input/sniff_parts.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

enum { LONGEST = 40 }; /* bytes of a value that may be a number */

static bm_text trim(bm_text text) {
    while (text.length > 0 && text.data[0] == ' ') {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && text.data[text.length - 1] == ' ')
        text.length--;
    return text;
}

static int is_missing(bm_text text, const bm_dialect *now) {
    if (text.length == 0)
        return 1;
    for (size_t i = 0; i < now->na.count; i++) {
        if (strlen(now->na.item[i]) == text.length &&
            memcmp(now->na.item[i], text.data, text.length) == 0)
            return 1;
    }
    return 0;
}

/* Groups of digits after a 0 are no number but a code, as a telephone number is. */
static int reads(bm_text text, bm_number_marks marks, double *value) {
    char first = text.data[0];
    if (text.length > LONGEST || (first > '9' && first != marks.decimal))
        return 0;
    if (marks.thousands != '\0' && first == '0' && text.length > 1 &&
        memchr(text.data, marks.thousands, text.length) != NULL)
        return 0;
    return bm_parse_decimal(text, marks.decimal, marks.thousands, value);
}

static void look(bm_values *values, size_t at, bm_text text, int is_first, const bm_dialect *now) {
    bm_column_values *column = &values->column[at];
    text = trim(text);
    if (is_missing(text, now)) {
        column->first_is_missing |= is_first;
        return;
    }
    column->present += !is_first;
    for (unsigned i = 0; i < BM_SNIFF_MARKS; i++) {
        double value;
        if (!reads(text, values->marks[i], &value))
            continue;
        if (!is_first) {
            column->numbers[i]++;
            continue;
        }
        column->first_is_number |= 1u << i;
        column->first[i] = value;
    }
}

/* Takes the record at which the scan is into account, if it has as many fields as the first. */
static void look_at_record(bm_values *values, bm_sniff_scan *scan, size_t columns, int is_first,
                           const bm_dialect *now) {
    bm_sniff_scan again = *scan;
    bm_text field;
    size_t fields = 0;
    while (bm_sniff_field(scan, &field))
        fields++;
    if (fields != columns || scan->has_fault || (scan->is_cut && !is_first))
        return;
    for (size_t at = 0; at < values->columns && bm_sniff_field(&again, &field); at++)
        look(values, at, field, is_first, now);
}

void bm_sniff_values(const bm_sample *sample, bm_marks marks, const bm_dialect *now,
                     bm_values *values) {
    bm_sniff_scan scan;
    bm_text field;
    size_t columns = 0;
    *values = (bm_values){.marks = {{now->decimal, now->thousands},
                                    {'.', '\0'},
                                    {',', '\0'},
                                    {'.', ','},
                                    {',', '.'},
                                    {'.', ' '},
                                    {',', ' '},
                                    {'.', '\''},
                                    {',', '\''}}};
    bm_sniff_begin(&scan, sample, marks);
    if (bm_sniff_record(&scan)) {
        while (bm_sniff_field(&scan, &field))
            columns++;
    }
    values->columns = columns < BM_SNIFF_COLUMNS ? columns : BM_SNIFF_COLUMNS;
    bm_sniff_begin(&scan, sample, marks);
    for (int is_first = 1; bm_sniff_record(&scan); is_first = 0)
        look_at_record(values, &scan, columns, is_first, now);
}

/* What marks `i` are worth beside those of now: values gained, or 0 when any is lost. A column
 * counts when nearly all of it becomes numbers, be it that most already were. */
static size_t gain(const bm_values *values, size_t now, size_t i) {
    size_t sum = 0;
    for (size_t at = 0; at < values->columns; at++) {
        const bm_column_values *column = &values->column[at];
        size_t before = column->numbers[now], after = column->numbers[i];
        if (after < before)
            return 0;
        if (after > before && after * 10 >= (size_t)column->present * 9)
            sum += after - before;
    }
    return sum;
}

size_t bm_sniff_number_marks(const bm_values *values, char delimiter, size_t *other) {
    size_t now = values->marks[0].decimal == delimiter ? delimiter == '.' ? 2 : 1 : 0;
    size_t best = now, most = 0;
    *other = 0;
    for (size_t i = 1; i < BM_SNIFF_MARKS; i++) {
        if (values->marks[i].decimal == delimiter)
            continue;
        size_t gained = gain(values, now, i);
        if (gained > most) {
            best = i;
            most = gained;
        }
    }
    /* 12,345 may be one or the other. Between commas nobody writes a decimal comma. */
    if (best == 2 && gain(values, now, 3) == most)
        *other = 3;
    return best;
}

double bm_sniff_number_share(const bm_values *values, size_t marks) {
    size_t present = 0, numbers = 0;
    for (size_t at = 0; at < values->columns; at++) {
        present += values->column[at].present;
        numbers += values->column[at].numbers[marks];
    }
    return present > 0 ? (double)numbers / (double)present : 0;
}

static int is_all_numbers(const bm_column_values *column, size_t marks, size_t least) {
    return column->present >= least && column->numbers[marks] == column->present;
}

size_t bm_sniff_number_columns(const bm_values *values, size_t marks) {
    size_t columns = 0;
    for (size_t at = 0; at < values->columns; at++)
        columns += (size_t)is_all_numbers(&values->column[at], marks, 1);
    return columns;
}

/* Columns may be named by numbers: years, or 1, 2, 3, or 10, 20, 30. */
typedef struct first_numbers {
    size_t count;
    double last, step;
    int all_years, all_steps;
} first_numbers;

static void add_first(first_numbers *first, double value) {
    if (value != floor(value) || value < 1900 || value > 2100)
        first->all_years = 0;
    double step = value - first->last;
    if (first->count == 1)
        first->step = step;
    if (value != floor(value) || (first->count > 0 && (step <= 0 || step != first->step)))
        first->all_steps = 0;
    first->last = value;
    first->count++;
}

int bm_sniff_first_record(const bm_values *values, size_t marks) {
    first_numbers first = {.all_years = 1, .all_steps = 1};
    size_t words = 0;
    for (size_t at = 0; at < values->columns; at++) {
        const bm_column_values *column = &values->column[at];
        if (!is_all_numbers(column, marks, 2) || column->first_is_missing)
            continue;
        if ((column->first_is_number >> marks & 1u) == 0)
            words++;
        else
            add_first(&first, column->first[marks]);
    }
    if (words > 0)
        return first.count == 0 ? -1 : 0;
    if (first.count == 0 || first.all_years || (first.count > 1 && first.all_steps))
        return 0;
    return 1;
}
