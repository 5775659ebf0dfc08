/* Putting a finished staging directory in DIR's place. */
#ifndef BM_OUTPUT_EXCHANGE_H
#define BM_OUTPUT_EXCHANGE_H

#include "buyermap/context.h"
#include "output/output.h"

/* Opens publication->folder anew (-1 when DIR is absent). BM_CANTCREATE: not a directory. */
bm_status bm_publication_look(bm_publication *publication, bm_error *err) BM_MUST_CHECK;
/* Replaces DIR by what is staged. On failure DIR is as it was, but for a publication in place,
 * which the next start then finishes. */
bm_status bm_publication_commit(bm_publication *publication, const bm_context *context,
                                bm_error *err) BM_MUST_CHECK;
/* Finishes a commit in place that was cut short in DIR; there mostly is none. */
bm_status bm_commit_finish(int folder, const char *shown, bm_error *err) BM_MUST_CHECK;

#endif
