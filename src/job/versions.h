/* What this binary was made from. */
#ifndef BM_JOB_VERSIONS_H
#define BM_JOB_VERSIONS_H

#include "buyermap/text.h"

/* Appends a line each for the compiler, the libraries and the distance kernel in use. */
bm_status bm_versions(bm_strings *list, bm_error *err) BM_MUST_CHECK;

#endif
