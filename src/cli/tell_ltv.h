/* What is told of lifetime models, and the tables that are no order logs. */
#ifndef BM_CLI_TELL_LTV_H
#define BM_CLI_TELL_LTV_H

#include "cli/verb.h"
#include "lifetime/ltv.h"

/* On stderr: a line a model, with LL, BIC and what is to be known of it, and what the chosen one
 * expects of all. group NULL: of everybody. */
void bm_tell_ltv(bm_invocation *invocation, const bm_ltv *ltv, const char *group);
/* ltv of a summary, of survivors or of contracts. */
bm_status bm_ltv_of_table(bm_invocation *invocation, bm_error *err) BM_MUST_CHECK;

#endif
