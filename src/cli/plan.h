/* What --dry-run prints. */
#ifndef BM_CLI_PLAN_H
#define BM_CLI_PLAN_H

#include "job/run.h"

/* Resolved options, columns used and dropped and why, memory estimate, files to be written. */
bm_status bm_print_plan(const bm_run *run, bm_error *err) BM_MUST_CHECK;

/* The part of it on the options of a verb that runs no job. */
void bm_print_settings(const bm_provenance *provenance);

/* The part of it on what became of the rows of each input. */
void bm_print_rows(const bm_provenance *provenance);

#endif
