/* assign RESULT.h5 TABLE: buyers into a map that is there. */
#include "job/assign.h"

#include "base/memory.h"
#include "cli/plan.h"
#include "cli/sheet.h"
#include "cli/verb.h"

#include <math.h>
#include <stdio.h>

/* What --dry-run prints. */
static void print_plan(const bm_assign *assign) {
    const bm_stored_map *map = &assign->map;
    const bm_job *job = assign->job;
    char bytes[32];
    bm_print_settings(&assign->provenance);
    bm_print_rows(&assign->provenance);
    printf("map: %s, %zu segments, %zu features, %s precision\n", map->method, map->k, map->d,
           map->is_single ? "single" : "double");
    puts("columns:");
    for (size_t s = 0; s < assign->sources; s++) {
        const bm_assign_source *source = &assign->source[s];
        fputs("  used     ", stdout);
        bm_put_text(source->column);
        printf(": %s%s\n", source->is_category ? "category" : "number",
               source->required                  ? "; a missing value is a fault"
               : map->missing == BM_MISSING_DROP ? "; buyers without a value are left out"
                                                 : "; missing values are filled");
    }
    printf("memory: %s beside the table\n",
           bm_format_bytes(bytes, sizeof bytes, bm_assign_memory(assign)));
    puts("files:");
    for (const char *const *table = bm_assign_tables; job->output.csv && *table != NULL; table++)
        printf("  %s/%s.csv\n", job->output.dir, *table);
    if (job->output.hdf5)
        printf("  %s/result.h5\n", job->output.dir);
    printf("  %s/run.json\n", job->output.dir);
}

static bm_status assign(bm_invocation *invocation, bm_error *err) {
    bm_assign made = {0};
    bm_status status;
    BM_TRY(bm_key_set_flag(bm_job_key("assign.map"), &invocation->job, "RESULT.h5",
                           invocation->operand, err));
    BM_TRY(bm_key_set_flag(bm_job_key("inputs.buyers.path"), &invocation->job, "TABLE",
                           invocation->second, err));
    BM_TRY(bm_assign_execute(&made, &invocation->job, &invocation->context, err));
    if (invocation->job.dry_run) {
        print_plan(&made);
        invocation->silent = 1;
        goto cleanup;
    }
    bm_tell_accounting(invocation, &made.provenance);
    bm_tell_segments(invocation, &made.results);
    status = bm_accounting_add(&invocation->summary, &made.provenance.accounting, err);
cleanup:
    bm_assign_free(&made);
    return status;
}

static const bm_flag flags[] = {
    {"id", "inputs.buyers.id"},
    {NULL, NULL},
};

static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_assign = {
    .name = "assign",
    .operand = "RESULT.h5",
    .second = "TABLE",
    .summary = "puts buyers into an existing map, by its normalization and centroids",
    .example = "buyermap assign map/result.h5 new-buyers.csv --out assigned",
    .flags = tables,
    .run = assign,
};
