/* generate buyers|orders: synthetic data with known truth, block by block into one file. */
#include "generate/generate.h"

#include "base/number.h"
#include "cli/verb.h"
#include "output/output.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* r,alpha,a,b of --params. */
static bm_status parse_params(const char *text, bm_generate_options *options, bm_error *err) {
    double *const target[] = {&options->r, &options->alpha, &options->a, &options->b};
    for (size_t i = 0; i < 4; i++)
        *target[i] = NAN;
    if (text == NULL)
        return BM_OK;
    bm_strings parts = {0};
    bm_status status = bm_strings_split(&parts, text, ',', err);
    for (size_t i = 0; status == BM_OK && i < 4; i++) {
        double value = 0;
        if (parts.count != 4 ||
            !bm_parse_number((bm_text){parts.item[i], strlen(parts.item[i])}, &value) || value <= 0)
            status = bm_fail(err, BM_USAGE,
                             "--params: \"%s\" is not four positive numbers r,alpha,a,b", text);
        *target[i] = value;
    }
    bm_strings_free(&parts);
    return status;
}

/* Every block from the generator to the file. */
static bm_status copy_blocks(bm_generation *generation, bm_stream *stream, bm_context *context,
                             size_t *rows, bm_error *err) {
    for (;;) {
        const void *const *block = NULL;
        size_t count = 0;
        bm_status status = bm_check_interrupt(err);
        if (status == BM_OK)
            status = bm_generation_next(generation, &block, &count, err);
        if (status == BM_OK && count == 0)
            return BM_OK;
        if (status == BM_OK)
            status = bm_stream_write(stream, block, count, err);
        if (status != BM_OK)
            return status;
        *rows += count;
        bm_progress(context->log, "generate", *rows, 0, "rows");
    }
}

static bm_status generate(bm_invocation *invocation, const bm_generator *generator,
                          const bm_generate_options *options, bm_error *err) {
    bm_generation *generation = NULL;
    bm_stream *stream = NULL;
    size_t columns, rows = 0;
    const size_t *width;
    bm_status status;
    BM_TRY(generator->start(options, &invocation->context, &generation, err));
    const bm_heading *heading = bm_generation_heading(generation, &columns, &width);
    BM_TRY(bm_stream_open(&stream, invocation->job.output.dir, generator->name, heading, width,
                          columns, err));
    status = copy_blocks(generation, stream, &invocation->context, &rows, err);
    if (status == BM_OK)
        status = bm_stream_close(stream, err);
    else
        bm_stream_abort(stream);
    if (status == BM_OK) {
        bm_info(&invocation->console.log, "generated %zu rows of %s for %zu buyers", rows,
                generator->name, options->buyers);
        invocation->summary.rows_in = invocation->summary.used = rows;
        /* Rows that went to stdout are not to be followed by a line that is no row. */
        invocation->silent = strcmp(invocation->job.output.dir, "/dev/stdout") == 0;
    }
cleanup:
    bm_generation_free(generation);
    return status;
}

static bm_status run_generate(bm_invocation *invocation, bm_error *err) {
    const bm_job *job = &invocation->job;
    if (!invocation->out_given)
        return bm_fail(err, BM_USAGE, "generate needs --out FILE (.csv, .csv.gz or .h5)");
    const bm_generator *generator = bm_generator_find(invocation->operand);
    if (generator == NULL && strcmp(invocation->operand, "stages") == 0)
        return bm_fail(err, BM_USAGE, "generate stages is not built in this version of buyermap");
    if (generator == NULL)
        return bm_fail(err, BM_USAGE, "\"%s\" cannot be generated; there are buyers and orders",
                       invocation->operand);
    bm_generate_options options = {
        .buyers = job->generate.buyers,
        .columns = job->generate.columns,
        .segments = job->generate.segments,
        .from = job->generate.from,
        .to = job->generate.to,
    };
    bm_status status = parse_params(job->generate.params, &options, err);
    if (status == BM_OK && options.to < options.from)
        status = bm_fail(err, BM_USAGE, "--to is before --from");
    if (status != BM_OK)
        return status;
    if (job->dry_run) {
        printf("%s: %zu buyers, %zu columns, %zu segments, seed %zu\nfiles:\n  %s\n",
               generator->name, options.buyers, options.columns, options.segments, job->seed,
               job->output.dir);
        invocation->silent = 1;
        return BM_OK;
    }
    return generate(invocation, generator, &options, err);
}

static const bm_flag flags[] = {
    {"buyers", "generate.buyers"},
    {"columns", "generate.columns"},
    {"segments", "generate.segments"},
    {"params", "generate.params"},
    {"from", "generate.from"},
    {"to", "generate.to"},
    {NULL, NULL},
};
static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_generate = {
    .name = "generate",
    .operand = "buyers|orders",
    .summary = "synthetic data with known truth; --out is the file (.csv, .csv.gz, .h5)",
    .example = "buyermap generate orders --buyers 2000 --seed 7 --out orders.csv.gz",
    .flags = tables,
    .run = run_generate,
};
