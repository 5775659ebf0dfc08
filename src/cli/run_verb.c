/* What the verbs that run a job share: the run, and what is told when it is done. */
#include "cli/plan.h"
#include "cli/tell_ltv.h"
#include "cli/verb.h"
#include "cluster/stability.h"
#include "job/run.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* "0.91 valid", or blanks of its width: segment 0 has no stability. */
static void put_stability(char *text, size_t room, double stability) {
    if (isnan(stability))
        snprintf(text, room, "%22s", "");
    else
        snprintf(text, room, "  %4.2f %-15s", stability, bm_stability_word(stability));
}

/* What the words mean, below a table that has them. */
static void tell_stability_scale(bm_invocation *invocation) {
    bm_info(&invocation->console.log,
            "stability: mean bootstrap Jaccard (Hennig 2007); %.2f and more is valid, up to %.2f "
            "dissolved, between them a pattern at best",
            BM_STABLE, BM_DISSOLVED);
}

void bm_tell_segments(bm_invocation *invocation, const bm_results *results) {
    const bm_result *segments = bm_results_find(results, "segments");
    if (segments == NULL)
        return;
    size_t id = bm_result_find(segments, "segment"), name = bm_result_find(segments, "name");
    size_t buyers = bm_result_find(segments, "buyers"), share = bm_result_find(segments, "share");
    const double *stability = segments->column[bm_result_find(segments, "stability")].number;
    int has_stability = segments->rows > 0 && !isnan(stability[0]);
    bm_info(&invocation->console.log, "segment     buyers    share  %sname",
            has_stability ? "stability             " : "");
    for (size_t i = 0; i < segments->rows; i++) {
        char firm[40] = "";
        bm_text text;
        if (has_stability)
            put_stability(firm, sizeof firm, stability[i]);
        bm_result_read(segments, name, i, 1, &text);
        bm_info(&invocation->console.log, "%7lld %10lld %6.1f %%%s  %.*s",
                (long long)segments->column[id].integer[i],
                (long long)segments->column[buyers].integer[i],
                100 * segments->column[share].number[i], firm, (int)text.length, text.data);
    }
    if (has_stability)
        tell_stability_scale(invocation);
}

/* That k = 1 is the answer, and why. */
static void tell_cloud(bm_invocation *invocation, const bm_clustering *clustering) {
    char text[512];
    if (!clustering->verdict.one_cloud || clustering->chosen.k != 1)
        return;
    bm_cloud_text(&clustering->verdict, text, sizeof text);
    bm_info(&invocation->console.log, "k = 1: %s", text);
}

/* "  Champions   652  15.0 %": the named RFM segments, as they come in the table. */
static void tell_rfm(bm_invocation *invocation, const bm_results *results) {
    const bm_result *rfm = bm_results_find(results, "rfm");
    if (rfm == NULL || rfm->rows == 0)
        return;
    size_t at = bm_result_find(rfm, "rfm_segment");
    const bm_dictionary *names = &rfm->column[at].words;
    for (size_t code = 0; code < names->count; code++) {
        size_t buyers = 0;
        for (size_t i = 0; i < rfm->rows; i++)
            buyers += rfm->column[at].code[i] == (int32_t)code;
        bm_info(&invocation->console.log, "%-20s %8zu %6.1f %%",
                bm_dictionary_string(names, (int32_t)code), buyers,
                100.0 * (double)buyers / (double)rfm->rows);
    }
}

void bm_tell_accounting(bm_invocation *invocation, const bm_provenance *provenance) {
    for (size_t i = 0; i < provenance->inputs; i++) {
        const bm_accounting *rows = &provenance->input[i].accounting;
        if (rows->rows_in == 0) /* a map */
            continue;
        bm_info(&invocation->console.log,
                "%s: %zu rows: %zu used, %zu rejected, %zu duplicates, %zu excluded",
                provenance->input[i].role, rows->rows_in, rows->used, rows->rejected,
                rows->duplicates, rows->excluded);
        for (size_t j = 0; j < rows->exclusions; j++)
            bm_info(&invocation->console.log, "  excluded: %zu rows by \"%s\"",
                    rows->exclusion[j].rows, rows->exclusion[j].reason);
    }
}

bm_status bm_run_verb(bm_invocation *invocation, unsigned steps, bm_error *err) {
    bm_run run;
    bm_status status = bm_run_execute(&run, invocation->verb->name, steps, &invocation->job,
                                      &invocation->context, err);
    if (status == BM_OK && invocation->job.dry_run) {
        status = bm_print_plan(&run, err);
        invocation->silent = 1;
    } else if (status == BM_OK) {
        bm_tell_accounting(invocation, &run.provenance);
        bm_tell_segments(invocation, &run.results);
        tell_cloud(invocation, &run.clustering);
        if (steps == (BM_STEP_RFM | BM_STEP_CONCENTRATION))
            tell_rfm(invocation, &run.results);
        if (run.ltv.fits > 0)
            bm_tell_ltv(invocation, &run.ltv, NULL);
        status = bm_accounting_add(&invocation->summary, &run.provenance.accounting, err);
    }
    bm_run_free(&run);
    return status;
}
