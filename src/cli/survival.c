/* survival TABLE: how long they stay, by group. */
#include "job/survival.h"

#include "base/memory.h"
#include "base/number.h"
#include "cli/plan.h"
#include "cli/sheet.h"
#include "cli/verb.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS_TOLD = 20, NAME_WIDTH = 32 };

static void print_column(const char *name, const char *as) {
    fputs("  used     ", stdout);
    bm_put_text(name);
    printf(": %s\n", as);
}

/* What --dry-run prints. */
static void print_plan(const bm_survival_run *run) {
    const bm_job *job = run->job;
    char bytes[32];
    bm_print_settings(&run->provenance);
    bm_print_rows(&run->provenance);
    puts("columns:");
    print_column(job->survival.time, "time");
    print_column(run->event_column,
                 run->event_value != NULL ? "event, where it has the value given" : "event");
    if (job->survival.group != NULL)
        print_column(job->survival.group, "group");
    printf("groups: %zu\n", run->names.count);
    printf("memory: at most %s beside the table\n",
           bm_format_bytes(bytes, sizeof bytes, bm_survival_memory(run->rows)));
    puts("files:");
    for (const char *const *name = bm_survival_table_names; job->output.csv && *name != NULL;
         name++)
        printf("  %s/%s.csv\n", job->output.dir, *name);
    if (job->output.hdf5)
        printf("  %s/result.h5\n", job->output.dir);
    printf("  %s/run.json\n", job->output.dir);
}

enum { TIME_ROOM = 32, MEDIAN_ROOM = 4 * TIME_ROOM };

/* A dash where the curve does not reach it. */
static const char *shown(char room[TIME_ROOM], double time) {
    snprintf(room, TIME_ROOM, isnan(time) ? "-" : "%.6g", time);
    return room;
}

/* "median 31 (13 to -)", "median not reached" */
static void put_median(char text[MEDIAN_ROOM], const bm_result *summary, size_t row) {
    double median = summary->column[3].number[row], low = summary->column[4].number[row];
    double high = summary->column[5].number[row];
    char number[3][TIME_ROOM], limits[2 * TIME_ROOM + 8] = "";
    if (!isnan(low) || !isnan(high))
        snprintf(limits, sizeof limits, " (%s to %s)", shown(number[0], low),
                 shown(number[1], high));
    snprintf(text, MEDIAN_ROOM, "median %s%s",
             isnan(median) ? "not reached" : shown(number[2], median), limits);
}

static bm_status tell_group(bm_invocation *invocation, const bm_result *summary, size_t row,
                            size_t width, bm_error *err) {
    char *name = NULL, median[MEDIAN_ROOM];
    bm_text text;
    bm_result_read(summary, 0, row, 1, &text);
    bm_status status = bm_text_shown(&name, text, NAME_WIDTH, err);
    if (status != BM_OK)
        return status;
    put_median(median, summary, row);
    int pad = (int)(width - bm_text_width((bm_text){name, strlen(name)}));
    bm_info(&invocation->console.log, "%s%*s %10lld %10lld  %s, mean up to %.6g: %.6g (se %.4g)",
            name, pad, "", (long long)summary->column[1].integer[row],
            (long long)summary->column[2].integer[row], median, summary->column[8].number[row],
            summary->column[6].number[row], summary->column[7].number[row]);
    free(name);
    return BM_OK;
}

static bm_status widest_name(const bm_result *summary, size_t *width, bm_error *err) {
    *width = strlen("group");
    for (size_t row = 0; row < summary->rows && row < GROUPS_TOLD; row++) {
        char *name = NULL;
        bm_text text;
        bm_result_read(summary, 0, row, 1, &text);
        bm_status status = bm_text_shown(&name, text, NAME_WIDTH, err);
        if (status != BM_OK)
            return status;
        size_t columns = bm_text_width((bm_text){name, strlen(name)});
        *width = columns > *width ? columns : *width;
        free(name);
    }
    return BM_OK;
}

static void tell_tests(bm_log *log, const bm_result *tests) {
    for (size_t row = 0; row < tests->rows; row++) {
        double p = tests->column[4].number[row];
        long long degrees = (long long)tests->column[3].integer[row];
        char chance[32];
        snprintf(chance, sizeof chance, p > 0 ? "= %.4g" : "< 1e-300", p);
        bm_info(log, "%-18s chi-squared %.6g on %lld degree%s of freedom, p %s",
                bm_survival_test_names[row], tests->column[2].number[row], degrees,
                degrees == 1 ? "" : "s", chance);
    }
}

static bm_status tell(bm_invocation *invocation, const bm_results *results, bm_error *err) {
    const bm_result *summary = bm_results_find(results, "survival_summary");
    const bm_result *tests = bm_results_find(results, "survival_tests");
    bm_log *log = &invocation->console.log;
    size_t width;
    bm_status status;
    if (summary->rows == 0)
        return BM_OK;
    BM_TRY(widest_name(summary, &width, err));
    bm_info(log, "%-*s %10s %10s", (int)width, "group", "rows", "events");
    for (size_t row = 0; row < summary->rows && row < GROUPS_TOLD; row++)
        BM_TRY(tell_group(invocation, summary, row, width, err));
    if (summary->rows > GROUPS_TOLD)
        bm_info(log, "and %zu more in survival_summary", summary->rows - GROUPS_TOLD);
    tell_tests(log, tests);
cleanup:
    return status;
}

static bm_status survival(bm_invocation *invocation, bm_error *err) {
    bm_survival_run run = {0};
    bm_status status;
    BM_TRY(bm_key_set_flag(bm_job_key("inputs.buyers.path"), &invocation->job, "TABLE",
                           invocation->operand, err));
    BM_TRY(bm_survival_execute(&run, &invocation->job, &invocation->context, err));
    if (invocation->job.dry_run) {
        print_plan(&run);
        invocation->silent = 1;
        goto cleanup;
    }
    bm_tell_accounting(invocation, &run.provenance);
    BM_TRY(tell(invocation, &run.results, err));
    status = bm_accounting_add(&invocation->summary, &run.provenance.accounting, err);
cleanup:
    bm_survival_run_free(&run);
    return status;
}

static const bm_flag flags[] = {
    {"time", "survival.time"},
    {"event", "survival.event"},
    {"group", "survival.group"},
    {"interval", "survival.interval"},
    {"restricted-to", "survival.restricted_to"},
    {NULL, NULL},
};

static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_survival = {
    .name = "survival",
    .operand = "TABLE",
    .summary = "Kaplan–Meier curves of how long they stay, and tests between groups",
    .example = "buyermap survival contracts.csv --time months --event churned=yes --group plan",
    .flags = tables,
    .run = survival,
};
