/* Private to the centres: what a search keeps. */
#ifndef BM_CLUSTER_CENTRE_SEARCH_H
#define BM_CLUSTER_CENTRE_SEARCH_H

#include "cluster/centres.h"

/* Room for a search on each thread; for the places that there are, and any fewer. */
bm_status bm_centres_scratch_new(bm_centres *centres, bm_error *err) BM_MUST_CHECK;
void bm_centres_scratch_free(bm_centres *centres);

#endif
