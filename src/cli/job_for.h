/* inspect --job: a job file that runs, for a table that was read. */
#ifndef BM_CLI_JOB_FOR_H
#define BM_CLI_JOB_FOR_H

#include "cli/verb.h"
#include "input/input.h"

/* Prints it to stdout: an order log when the columns look like one, else a buyers table. */
bm_status bm_print_job(bm_invocation *invocation, const bm_read_result *read,
                       bm_error *err) BM_MUST_CHECK;

#endif
