#include "job/start.h"

#include "base/statistics.h"
#include "input/input.h"
#include "kernel/distance.h"
#include "output/output.h"

void bm_start(void) {
    bm_statistics_start();
    bm_kernel_start();
    bm_input_start();
    bm_output_start();
}
