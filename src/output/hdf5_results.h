/* All of a run's results -> one HDF5 file. */
#ifndef BM_OUTPUT_HDF5_RESULTS_H
#define BM_OUTPUT_HDF5_RESULTS_H

#include "buyermap/result.h"

/* Writes result.h5 into the empty fd, which must be readable and stays the caller's. The bytes
 * depend on nothing but the results. */
bm_status bm_hdf5_results(int fd, const char *shown, const bm_results *results,
                          bm_error *err) BM_MUST_CHECK;

#endif
