/* Which marks a sample was written with.
 *
 * Marks fit as well as the share of records that have as many fields as the first, which names the
 * columns, and no stray quote. Others are believed only when they fit clearly better than those of
 * the dialect, so that rows which are simply bad, or texts that hold semicolons, say nothing. */
#include "input/sniff_parts.h"

#include <string.h>

typedef struct fit {
    bm_marks marks;
    bm_shape shape;
    double score;
    int changes;
} fit;

/* Delimiters of choice come first; the others occur in texts and times, and must prove more. */
static const char delimiters[] = {',', ';', '\t', '|', '^', '~', ':', ' '};
enum { USUAL = 4 };

static int is_usual(char delimiter) {
    return memchr(delimiters, delimiter, USUAL) != NULL;
}

static int is_perfect(const bm_shape *shape) {
    return shape->records > 0 && shape->good == shape->records;
}

/* One column is what any text is under a mark that it does not hold. */
static double score(const bm_shape *shape) {
    if (shape->records == 0)
        return 0;
    double share = (double)shape->good / (double)shape->records;
    if (shape->columns > 1)
        return share;
    return shape->begins_with_hash ? 0.40 * share : 0.45 * share;
}

static fit measure(const bm_sample *sample, bm_marks marks) {
    fit it = {.marks = marks};
    bm_sniff_shape(sample, marks, &it.shape);
    it.score = score(&it.shape);
    return it;
}

/* Half of the columns, and two at least, must be numbers, under names that are words. */
static int has_columns_of_numbers(const bm_sample *sample, bm_marks marks, const bm_dialect *now) {
    bm_values values;
    size_t other;
    bm_sniff_values(sample, marks, now, &values);
    size_t best = bm_sniff_number_marks(&values, marks.delimiter, &other);
    size_t numbers = bm_sniff_number_columns(&values, best);
    int first = bm_sniff_first_record(&values, best);
    for (size_t at = 0; at < values.columns; at++) {
        if (values.column[at].first_is_missing || values.column[at].present == 0)
            return 0;
    }
    return numbers >= 2 && numbers * 2 >= values.columns &&
           (first == -1 || (first == 1 && marks.delimiter == ' '));
}

/* A field that begins with a quote is one in quotes, perhaps with a fault. */
static int quotes_are_text(const bm_sample *sample, bm_marks marks, char quote) {
    bm_shape shape;
    marks.quote = quote;
    bm_sniff_shape(sample, marks, &shape);
    return shape.opened == 0;
}

static int is_plausible(const bm_sample *sample, const fit *it, const fit *now,
                        const bm_dialect *dialect) {
    const bm_shape *shape = &it->shape;
    const bm_marks *marks = &it->marks;
    int other_delimiter = marks->delimiter != now->marks.delimiter;
    if (shape->good * 10 < shape->records * 9 || (shape->columns < 2 && other_delimiter))
        return 0;
    if (shape->records < 2 && (shape->records == 0 || now->shape.columns > 1))
        return 0;
    if (marks->quote == '\0' && now->marks.quote != '\0' &&
        (shape->columns < 2 || !quotes_are_text(sample, *marks, now->marks.quote)))
        return 0;
    if (marks->quote != '\0' && marks->quote != now->marks.quote && shape->quoted == 0)
        return 0;
    if (marks->escape != now->marks.escape && shape->escapes == 0)
        return 0;
    if (!other_delimiter || is_usual(marks->delimiter))
        return 1;
    return is_perfect(shape) && shape->records >= 3 &&
           shape->columns >= 3 - (marks->delimiter == ' ') &&
           has_columns_of_numbers(sample, *marks, dialect);
}

static int is_clearly_better(const fit *it, const fit *now) {
    double gained = it->score - now->score;
    if (it->marks.delimiter != now->marks.delimiter)
        return gained >= 0.3;
    return gained >= 0.1 || (gained > 1e-9 && is_perfect(&it->shape));
}

static int is_better(const fit *it, const fit *best) {
    if (it->score != best->score)
        return it->score > best->score;
    if (it->changes != best->changes)
        return it->changes < best->changes;
    return it->shape.columns > best->shape.columns;
}

static int occurs(const bm_sample *sample, char c) {
    return c != '\0' && memchr(sample->data, c, sample->size) != NULL;
}

/* Variant 0 are the marks as they are; 0 when there is no such variant. */
static int quote_variant(const bm_sample *sample, int variant, bm_marks *marks) {
    char other = marks->quote == '"' ? '\'' : '"';
    switch (variant) {
    case 0:
        return 1;
    case 1:
        if (marks->escape != '\0' || !occurs(sample, '\\'))
            return 0;
        marks->escape = '\\';
        return 1;
    case 2:
        if (!occurs(sample, other))
            return 0;
        marks->quote = other;
        return 1;
    default:
        if (!occurs(sample, marks->quote))
            return 0;
        marks->quote = '\0';
        return 1;
    }
}

static int clash(const bm_marks *marks) {
    char c = marks->delimiter;
    return c == marks->quote || c == marks->escape || c == marks->comment;
}

static void try_delimiter(const bm_sample *sample, char delimiter, const fit *now,
                          const bm_dialect *dialect, fit *best) {
    enum { QUOTES = 4 };
    for (int comment = 0; comment < 2; comment++) {
        for (int quote = 0; quote < QUOTES; quote++) {
            bm_marks marks = now->marks;
            marks.delimiter = delimiter;
            if (comment == 1 && (marks.comment != '\0' || !occurs(sample, '#')))
                continue;
            if (comment == 1)
                marks.comment = '#';
            if (!quote_variant(sample, quote, &marks) || clash(&marks))
                continue;
            fit it = measure(sample, marks);
            it.changes = (delimiter != now->marks.delimiter) + (quote > 0) + comment;
            if (is_clearly_better(&it, now) && is_better(&it, best) &&
                is_plausible(sample, &it, now, dialect))
                *best = it;
        }
    }
}

static double share_of_numbers(const bm_sample *sample, bm_marks marks, const bm_dialect *now,
                               char *decimal) {
    bm_values values;
    size_t other;
    bm_sniff_values(sample, marks, now, &values);
    size_t best = bm_sniff_number_marks(&values, marks.delimiter, &other);
    *decimal = values.marks[best].decimal;
    return bm_sniff_number_share(&values, best);
}

/* Marks that fit can be wrong ones all the same: 1,5;2,5 has two commas in every line. Another
 * delimiter is believed when it makes numbers of what were none, or decimal marks of the delimiters
 * of now. */
static void try_rivals(const bm_sample *sample, const bm_dialect *dialect, const fit *now,
                       fit *best) {
    double numbers = -1;
    char decimal;
    for (size_t i = 0; i < USUAL; i++) {
        bm_marks marks = now->marks;
        marks.delimiter = delimiters[i];
        if (marks.delimiter == now->marks.delimiter || clash(&marks) ||
            !occurs(sample, marks.delimiter))
            continue;
        fit it = measure(sample, marks);
        if (!is_perfect(&it.shape) || it.shape.records < 3 || it.shape.columns < 2)
            continue;
        if (numbers < 0)
            numbers = share_of_numbers(sample, now->marks, dialect, &decimal);
        double share = share_of_numbers(sample, marks, dialect, &decimal);
        int makes_numbers =
            share > numbers + 0.2 && (it.shape.columns > now->shape.columns || share >= 0.9);
        int makes_decimals = share > 0 && share >= numbers && decimal == now->marks.delimiter;
        if (makes_numbers || makes_decimals) {
            *best = it;
            numbers = share;
        }
    }
}

/* 1,5 below 1: one column of numbers with decimal commas, torn in two. */
static void try_one_column(const bm_sample *sample, const bm_dialect *dialect, fit *best) {
    bm_marks marks = best->marks;
    bm_values values;
    size_t other;
    marks.delimiter = ';';
    if (best->marks.delimiter != ',' || clash(&marks))
        return;
    fit it = measure(sample, marks);
    if (it.shape.columns != 1 || it.shape.records < 3 || !is_perfect(&it.shape))
        return;
    bm_sniff_values(sample, marks, dialect, &values);
    size_t number_marks = bm_sniff_number_marks(&values, ';', &other);
    if (number_marks > 0 && values.marks[number_marks].decimal == ',' &&
        bm_sniff_number_columns(&values, number_marks) == 1)
        *best = it;
}

bm_marks bm_sniff_marks(const bm_sample *sample, const bm_dialect *dialect, bm_shape *shape) {
    const bm_marks marks = {dialect->delimiter, dialect->quote, dialect->escape, dialect->comment};
    const fit now = measure(sample, marks);
    fit best = now;
    if (!is_perfect(&now.shape) || now.shape.columns == 1) {
        try_delimiter(sample, marks.delimiter, &now, dialect, &best);
        for (size_t i = 0; i < sizeof delimiters; i++) {
            if (delimiters[i] != marks.delimiter && occurs(sample, delimiters[i]))
                try_delimiter(sample, delimiters[i], &now, dialect, &best);
        }
    }
    if (best.marks.delimiter == marks.delimiter && now.shape.columns > 1)
        try_rivals(sample, dialect, &now, &best);
    else if (best.changes == 0 && now.shape.records > 0 && !is_perfect(&now.shape))
        try_one_column(sample, dialect, &best);
    *shape = best.shape;
    return best.marks;
}
