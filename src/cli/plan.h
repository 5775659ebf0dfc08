/* What --dry-run prints. */
#ifndef BM_CLI_PLAN_H
#define BM_CLI_PLAN_H

#include "job/run.h"

/* Resolved options, columns used and dropped and why, memory estimate, files to be written. */
bm_status bm_print_plan(const bm_run *run, bm_error *err) BM_MUST_CHECK;

#endif
