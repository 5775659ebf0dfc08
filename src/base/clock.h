/* Time and memory of the process, for provenance and progress only: no result depends on them. */
#ifndef BM_BASE_CLOCK_H
#define BM_BASE_CLOCK_H

#include <stddef.h>

/* Seconds of a monotonic clock. */
double bm_seconds(void);
/* Peak resident memory of the process in bytes; 0 when unknown. */
size_t bm_peak_memory(void);
/* Bytes the machine could still give (MemAvailable); 0 when unknown. */
size_t bm_available_memory(void);

#endif
