/* inspect TABLE: what the columns hold and what they would be used as. */
#include "base/memory.h"
#include "base/number.h"
#include "cli/job_for.h"
#include "cli/verb.h"
#include "input/input.h"
#include "job/run.h"
#include "output/output.h"
#include "profile/inspection.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns on a terminal: characters of UTF-8, not bytes. */
static int display_width(bm_text text) {
    int width = 0;
    for (size_t i = 0; i < text.length; i++)
        width += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return width;
}

/* One cell as text. Numbers are rounded for people; --out has them whole. */
static bm_text shown(const bm_result *result, size_t column, size_t row, char buffer[32]) {
    bm_text text = {buffer, 0};
    if (result->column[column].heading.cell == BM_CELL_TEXT) {
        bm_result_read(result, column, row, 1, &text);
        return text;
    }
    double value = NAN;
    if (result->column[column].heading.cell == BM_CELL_INTEGER)
        value = (double)result->column[column].integer[row];
    else
        value = result->column[column].number[row];
    if (!isnan(value))
        text.length = (size_t)snprintf(buffer, 32, "%.6g", value);
    return text;
}

static int column_width(const bm_result *result, size_t column) {
    char buffer[32];
    const char *name = result->column[column].heading.name;
    int width = (int)strlen(name);
    for (size_t row = 0; row < result->rows; row++) {
        int cell = display_width(shown(result, column, row, buffer));
        width = cell > width ? cell : width;
    }
    return width;
}

static void print_cell(bm_text text, int width, int right) {
    int pad = width - display_width(text);
    printf("%*s%.*s%*s", right ? pad : 0, "", (int)text.length, text.data, right ? 0 : pad, "");
}

static void print_row(const bm_result *result, const int *width, size_t row, int is_heading) {
    char buffer[32];
    for (size_t c = 0; c < result->columns; c++) {
        const bm_heading *heading = &result->column[c].heading;
        bm_text text = is_heading ? (bm_text){heading->name, strlen(heading->name)}
                                  : shown(result, c, row, buffer);
        int last = c + 1 == result->columns;
        print_cell(text, last ? display_width(text) : width[c], heading->cell != BM_CELL_TEXT);
        fputs(last ? "\n" : "  ", stdout);
    }
}

static bm_status print_table(const bm_result *result, bm_error *err) {
    int *width = NULL;
    bm_status status = BM_NEW(&width, result->columns, "a table", err);
    if (status != BM_OK)
        return status;
    for (size_t c = 0; c < result->columns; c++)
        width[c] = column_width(result, c);
    print_row(result, width, 0, 1);
    for (size_t row = 0; row < result->rows; row++)
        print_row(result, width, row, 0);
    free(width);
    return BM_OK;
}

static void print_accounting(const bm_read_result *read) {
    const bm_accounting *rows = &read->accounting;
    printf("%zu rows: %zu used, %zu rejected, %zu duplicates\n\n", rows->rows_in, rows->used,
           rows->rejected, rows->duplicates);
    for (size_t i = 0; i < rows->rejects && i < 10; i++) {
        const bm_reject *reject = &rows->reject[i];
        int of_column = reject->column[0] != '\0'; /* a whole line may hold an id */
        printf("bad row: %s:%llu: %s%s%s%s%s%s%s\n", reject->source,
               (unsigned long long)reject->line, of_column ? "column \"" : "", reject->column,
               of_column ? "\": " : "", reject->problem, of_column ? ": \"" : "",
               of_column ? reject->text : "", of_column ? "\"" : "");
    }
    if (rows->rejects > 10)
        printf("and %zu more bad rows\n", rows->rejects - 10);
    if (rows->rejects > 0)
        putchar('\n');
}

static bm_status publish(bm_invocation *invocation, bm_result *table, const bm_read_result *read,
                         bm_error *err) {
    bm_publication publication = {.lock = -1};
    bm_results results = {0};
    bm_provenance provenance = {.verb = "inspect", .warnings = &invocation->console.log.warnings};
    bm_input_file *input = NULL;
    bm_status status;
    BM_TRY(bm_publication_open(&publication, invocation->job.output.dir, err));
    BM_TRY(bm_provenance_input(&provenance, "table", invocation->operand, &input, err));
    input->bytes = read->bytes;
    memcpy(input->sha256, read->sha256, sizeof input->sha256);
    BM_TRY(bm_accounting_add(&input->accounting, &read->accounting, err));
    BM_TRY(bm_accounting_add(&provenance.accounting, &read->accounting, err));
    bm_results_attribute(&results, "format", "buyermap", 0);
    bm_results_attribute(&results, "format_version", NULL, 1);
    BM_TRY(bm_results_add(&results, table, err));
    status = bm_publish(&publication, &results, &provenance, invocation->job.output.csv,
                        invocation->job.output.hdf5, &invocation->context, err);
cleanup:
    bm_publication_close(&publication);
    bm_results_free(&results);
    bm_provenance_free(&provenance);
    return status;
}

static bm_status run_inspect(bm_invocation *invocation, bm_error *err) {
    const bm_job *job = &invocation->job;
    bm_dialect dialect = {0};
    bm_read_result read = {0};
    bm_result table = {0};
    bm_status status;
    BM_TRY(bm_run_dialect(job, &dialect, err));
    const bm_read_request request = {
        .path = invocation->operand,
        .dialect = &dialect,
        .others = BM_WANT_INFER,
        .keep_text = 1,
        .infer_id = 1,
        /* Faults are what inspect is there to show. */
        .max_bad_rows = SIZE_MAX,
        .max_bad_share = NAN,
    };
    invocation->silent = 1;
    BM_TRY(bm_read(&request, &invocation->context, &read, err));
    if (job->print_job) {
        status = bm_print_job(invocation, &read, err);
        goto cleanup;
    }
    BM_TRY(bm_inspect(&read.table, read.has_id ? 0 : SIZE_MAX, &table, err));
    print_accounting(&read);
    BM_TRY(print_table(&table, err));
    if (invocation->out_given && !job->dry_run)
        status = publish(invocation, &table, &read, err);
cleanup:
    bm_result_free(&table);
    bm_read_result_free(&read);
    bm_dialect_free(&dialect);
    return status;
}

static const bm_flag flags[] = {
    {"job", "inspect.job"},
    {NULL, NULL},
};
static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_inspect = {
    .name = "inspect",
    .operand = "TABLE",
    .summary = "types, missing values, ranges and outliers of a table's columns, and their use",
    .example = "buyermap inspect buyers.csv",
    .flags = tables,
    .run = run_inspect,
};
