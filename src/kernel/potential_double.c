/* The potential kernel of doubles for any CPU. */
#define BM_POTENTIAL bm_potential_double_generic
#define BM_SINGLE 0
#define BM_BYTES 16
#define BM_TARGET
#include "kernel/potential_lanes.h"
