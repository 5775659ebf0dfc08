/* The potential kernel of floats for any CPU. */
#define BM_POTENTIAL bm_potential_float_generic
#define BM_SINGLE 1
#define BM_BYTES 16
#define BM_TARGET
#include "kernel/potential_lanes.h"
