#include "job/versions.h"

#include "base/statistics.h"
#include "input/input.h"
#include "kernel/distance.h"
#include "output/output.h"

#include <stdio.h>
#include <yaml.h>

bm_status bm_versions(bm_strings *list, bm_error *err) {
    char compiler[64], blas[96], yaml[32], kernel[32];
#ifdef __clang__
    snprintf(compiler, sizeof compiler, "clang %d.%d.%d", __clang_major__, __clang_minor__,
             __clang_patchlevel__);
#else
    snprintf(compiler, sizeof compiler, "gcc %d.%d.%d", __GNUC__, __GNUC_MINOR__,
             __GNUC_PATCHLEVEL__);
#endif
    bm_blas_version(blas, sizeof blas);
    snprintf(yaml, sizeof yaml, "libyaml %s", yaml_get_version_string());
    snprintf(kernel, sizeof kernel, "kernel %s", bm_kernel_name());
    const char *const line[] = {compiler, bm_statistics_version(), blas, bm_input_version(), yaml,
                                kernel};
    for (size_t i = 0; i < sizeof line / sizeof line[0]; i++) {
        bm_status status = bm_strings_add(list, line[i], err);
        if (status != BM_OK)
            return status;
    }
    bm_output_versions(list);
    return BM_OK;
}
