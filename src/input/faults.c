/* Bad rows: what is kept of them, how many are let through, and what is said of the first. */
#include "input/reading.h"

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

static size_t bad_rows(const bm_faults *faults, const bm_accounting *accounting) {
    return accounting->rejected + accounting->duplicates - faults->forgiven;
}

/* The first fault makes the message; what it points to is gone by then. */
static void remember(bm_faults *faults, const bm_record *record, const bm_fault *fault) {
    double number;
    faults->any = 1;
    faults->first.fault = *fault;
    faults->first.line = record->line;
    snprintf(faults->first.problem, sizeof faults->first.problem, "%s", fault->problem);
    bm_shown(faults->first.shown, fault->text);
    const bm_dialect *dialect = faults->request->dialect;
    faults->first.comma_helps = dialect->decimal == '.' && dialect->thousands == '\0' &&
                                fault->kind == BM_FAULT_VALUE &&
                                bm_parse_decimal(fault->text, ',', '.', &number);
}

bm_status bm_faults_add(bm_faults *faults, bm_accounting *accounting, const bm_record *record,
                        const bm_fault *fault, bm_error *err) {
    int forgiven = fault->kind == BM_FAULT_REPEATED_ROW;
    if (forgiven || fault->kind == BM_FAULT_REPEATED_ID)
        accounting->duplicates++;
    else
        accounting->rejected++;
    faults->forgiven += forgiven ? 1 : 0;
    if (!forgiven && !faults->any)
        remember(faults, record, fault);
    /* Past the limit the file is refused anyway, and nobody sees the rest. */
    size_t rows = accounting->rows_in > faults->records->rows_expected
                      ? accounting->rows_in
                      : faults->records->rows_expected;
    if (bad_rows(faults, accounting) > allowed(faults->request, rows))
        return BM_OK;
    return bm_accounting_reject(accounting, faults->request->path, record->line,
                                record->byte_offset, fault->column != NULL ? fault->column : "",
                                fault->problem, fault->text, err);
}

/* `column "amount": "12,5" is not a number` */
static void describe(const bm_faults *faults, char *buffer, size_t size) {
    const bm_fault *fault = &faults->first.fault;
    const char *problem = faults->first.problem;
    if (fault->column == NULL) {
        snprintf(buffer, size, "%s", problem);
        return;
    }
    char name[BM_SHOWN_BUFFER];
    bm_shown(name, (bm_text){fault->column, strlen(fault->column)});
    if (fault->is_secret || fault->text.length == 0)
        snprintf(buffer, size, "column \"%s\": %s", name, problem);
    else
        snprintf(buffer, size, "column \"%s\": \"%s\"%s%s", name, faults->first.shown,
                 strncmp(problem, "not ", 4) == 0 ? " is " : ": ", problem);
}

static void add_hint(const bm_faults *faults, char *buffer, size_t size) {
    const char *problem = faults->first.problem;
    buffer[0] = '\0';
    if (strcmp(problem, "invalid UTF-8") == 0)
        snprintf(buffer, size,
                 "; if the file is Windows-1252 or Latin-1, convert it with iconv "
                 "-f WINDOWS-1252 -t UTF-8");
    else if (strcmp(problem, "not a number") == 0 && faults->first.comma_helps)
        snprintf(buffer, size, "; with a decimal comma, say so: --decimal ,");
    else if (strcmp(problem, "not a date") == 0 && faults->first.fault.build != NULL)
        bm_date_guess_hint(&faults->first.fault.build->guess, faults->request->role, buffer, size);
}

bm_status bm_faults_judge(const bm_faults *faults, const bm_accounting *accounting, bm_error *err) {
    size_t bad = bad_rows(faults, accounting);
    size_t limit = allowed(faults->request, accounting->rows_in);
    if (bad <= limit)
        return BM_OK;
    char what[300], hint[300], more[80] = "", over[80] = "";
    describe(faults, what, sizeof what);
    add_hint(faults, hint, sizeof hint);
    if (bad > 1)
        snprintf(more, sizeof more, "and %zu more bad row%s; ", bad - 1, bad > 2 ? "s" : "");
    if (limit > 0)
        snprintf(over, sizeof over, "more than the %zu allowed; ", limit);
    return bm_fail(err, BM_DATA,
                   "%s:%s%llu: %s%s (%s%s--max-bad-rows lets a stated number through)",
                   faults->request->path, faults->records->lines ? "" : " row ",
                   (unsigned long long)faults->first.line, what, hint, more, over);
}
