/* Before anything else runs. */
#ifndef BM_JOB_START_H
#define BM_JOB_START_H

/* Calls the one init function of each door: GSL's error handler off, HDF5's printing off, OpenBLAS
 * to one thread. Call it once, before any thread is started. */
void bm_start(void);

#endif
