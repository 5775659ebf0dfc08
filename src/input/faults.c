/* Bad rows: what is kept of them, how many are let through, and what is said of the first. */
#include "input/rows.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How many bad rows are let through of so many. */
static size_t allowed(const bm_read_request *request, size_t rows) {
    if (isnan(request->max_bad_share))
        return request->max_bad_rows;
    double share = floor(request->max_bad_share * (double)rows);
    return share > 0 ? (size_t)share : 0;
}

static size_t bad_rows(const bm_rows *rows) {
    return rows->accounting.rejected + rows->accounting.duplicates - rows->faults.forgiven;
}

/* The first fault makes the message; what it points to is gone by then. */
static void remember(bm_rows *rows, const bm_fault *fault) {
    double number;
    bm_faults *faults = &rows->faults;
    const bm_dialect *dialect = rows->request->dialect;
    faults->any = 1;
    faults->first = *fault;
    snprintf(faults->problem, sizeof faults->problem, "%s", fault->problem);
    bm_shown(faults->shown, fault->text);
    faults->comma_helps = dialect->decimal == '.' && dialect->thousands == '\0' &&
                          fault->kind == BM_FAULT_VALUE &&
                          bm_parse_decimal(fault->text, ',', '.', &number);
}

static const char *column_name(const bm_rows *rows, const bm_fault *fault) {
    return fault->column == BM_NO_COLUMN ? "" : rows->feed->names.item[fault->column];
}

bm_status bm_faults_add(bm_rows *rows, const bm_fault *fault, bm_error *err) {
    bm_accounting *accounting = &rows->accounting;
    int forgiven = fault->kind == BM_FAULT_REPEATED_ROW;
    if (forgiven || fault->kind == BM_FAULT_REPEATED_ID)
        accounting->duplicates++;
    else
        accounting->rejected++;
    rows->faults.forgiven += forgiven ? 1 : 0;
    if (!forgiven && !rows->faults.any)
        remember(rows, fault);
    /* Past the limit the file is refused anyway, and nobody sees the rest. */
    if (bad_rows(rows) > allowed(rows->request, bm_feed_most_rows(rows->feed, accounting->rows_in)))
        return BM_OK;
    return bm_accounting_reject(accounting, rows->request->path, fault->line, fault->byte_offset,
                                column_name(rows, fault), fault->problem, fault->text, err);
}

static const bm_build *build_of(const bm_rows *rows, size_t column) {
    for (size_t i = 0; i < rows->builds; i++) {
        if (rows->build[i].source == column)
            return &rows->build[i];
    }
    return NULL;
}

/* The text may be an id when the column holds texts that were asked for. */
static int is_secret(const bm_rows *rows, size_t column) {
    const bm_build *build = build_of(rows, column);
    return column == rows->unique_column ||
           (build != NULL && (build->want == BM_WANT_TEXT || build->is_candidate));
}

/* `column "amount": "12,5" is not a number` */
static void describe(const bm_rows *rows, char *buffer, size_t size) {
    const bm_faults *faults = &rows->faults;
    const char *problem = faults->problem, *column = column_name(rows, &faults->first);
    if (faults->first.column == BM_NO_COLUMN) {
        snprintf(buffer, size, "%s", problem);
        return;
    }
    char name[BM_SHOWN_BUFFER];
    int is_verdict = strncmp(problem, "not ", 4) == 0;
    bm_shown(name, (bm_text){column, strlen(column)});
    if (is_secret(rows, faults->first.column) || faults->first.text.length == 0)
        snprintf(buffer, size, "column \"%s\": %s", name, problem);
    else
        snprintf(buffer, size, "column \"%s\": \"%s\"%s%s", name, faults->shown,
                 is_verdict ? " is " : ": ", problem);
}

/* What to do about a problem, where that is always the same. */
const char *bm_usual_fix(const char *problem) {
    static const struct {
        const char *begins, *fix;
    } known[] = {
        {"invalid UTF-8", "add --encoding latin1 (or windows-1252) if that is what the file is in, "
                          "or convert it with iconv -t UTF-8"},
        {"NUL byte", "the file is damaged or no text; tr -d '\\0' takes such bytes out"},
        {"quote inside an unquoted field",
         "a field that holds quotes must be quoted, and each quote in it doubled"},
        {"text after a closing quote", "a quote inside a quoted field must be doubled"},
        {"quote that is never closed", "close it, or double it if it belongs to the text"},
        {"line over", "the file may have no line ends, or be no text"},
        {"field over", "a quote may not be closed"},
        {"record over", "a quote may not be closed"},
        {"over 16,384 columns", "another --delimiter may be meant, or rows and columns exchanged"},
        {"number out of range", "a double holds up to 1.8e308"},
        {"missing id", "every buyer needs one"},
        {"missing value", "this column is needed in every row"},
        {"duplicate id", "each buyer is to have one row"},
        {NULL, NULL},
    };
    for (size_t i = 0; known[i].begins != NULL; i++) {
        if (strncmp(problem, known[i].begins, strlen(known[i].begins)) == 0)
            return known[i].fix;
    }
    return strstr(problem, " instead of ") != NULL
               ? "a field that holds the delimiter must be quoted"
               : NULL;
}

/* The fix: how the dialect may be meant comes before what is usual. */
static void add_fix(const bm_rows *rows, char *buffer, size_t size) {
    const bm_faults *faults = &rows->faults;
    const char *problem = faults->problem, *fix = bm_usual_fix(problem);
    const bm_build *build = build_of(rows, faults->first.column);
    buffer[0] = '\0';
    if (strstr(problem, " date") != NULL && build != NULL)
        bm_date_guess_hint(&build->guess, rows->request->role, buffer, size);
    if (buffer[0] != '\0')
        return;
    char advice[BM_SNIFF_ADVICE];
    bm_feed_advise(rows->feed, advice);
    if (advice[0] != '\0')
        snprintf(buffer, size, "; %s", advice);
    else if (strcmp(problem, "not a number") == 0 && faults->comma_helps)
        snprintf(buffer, size, "; with a decimal comma, say so: --decimal ,");
    else if (strcmp(problem, "not a number") == 0)
        snprintf(buffer, size, "; if it means that the value is missing, name it: --na");
    else if (strcmp(problem, "not a date") == 0)
        snprintf(buffer, size, "; dates are read as 2011-12-09 or 2011-12-09T08:26:00");
    else if (fix != NULL)
        snprintf(buffer, size, "; %s", fix);
}

bm_status bm_faults_judge(const bm_rows *rows, bm_error *err) {
    const bm_faults *faults = &rows->faults;
    size_t bad = bad_rows(rows), limit = allowed(rows->request, rows->accounting.rows_in);
    if (bad <= limit)
        return BM_OK;
    char what[2 * BM_SHOWN_BUFFER + 120], fix[BM_SNIFF_ADVICE + 8], place[40] = "", more[80] = "",
                                                                    over[80] = "";
    describe(rows, what, sizeof what);
    add_fix(rows, fix, sizeof fix);
    if (rows->feed->lines)
        snprintf(place, sizeof place, "at byte %llu; ",
                 (unsigned long long)faults->first.byte_offset);
    if (bad > 1)
        snprintf(more, sizeof more, "and %zu more bad row%s; ", bad - 1, bad > 2 ? "s" : "");
    if (limit > 0)
        snprintf(over, sizeof over, "more than the %zu allowed; ", limit);
    return bm_fail(err, BM_DATA,
                   "%s:%s%llu: %s%s (%s%s%s--max-bad-rows lets a stated number through)",
                   rows->request->path, rows->feed->lines ? "" : " row ",
                   (unsigned long long)faults->first.line, what, fix, place, more, over);
}
