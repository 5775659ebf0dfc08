/* What this binary was made from. */
#ifndef BM_JOB_VERSIONS_H
#define BM_JOB_VERSIONS_H

#include "buyermap/text.h"

/* Appends "name version" for the compiler, each library, and the distance kernel in use. */
bm_status bm_versions(bm_strings *list, bm_error *err) BM_MUST_CHECK;

#endif
