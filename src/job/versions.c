#include "job/versions.h"

#include "base/memory.h"
#include "base/statistics.h"
#include "input/input.h"
#include "kernel/distance.h"
#include "output/output.h"

#include <stdlib.h>
#include <yaml.h>

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static bm_status add(bm_strings *list, bm_error *err, const char *name, const char *value) {
    char *line = NULL;
    bm_status status = bm_format(&line, err, "%s%s", name, value);
    if (status == BM_OK)
        status = bm_strings_add(list, line, err);
    free(line);
    return status;
}

bm_status bm_versions(bm_strings *list, bm_error *err) {
    bm_status status;
    BM_TRY(add(list, err, "compiler: ", COMPILER));
    BM_TRY(add(list, err, "", bm_statistics_version()));
    BM_TRY(add(list, err, "libyaml ", yaml_get_version_string()));
    BM_TRY(add(list, err, "kernel: ", bm_kernel_name()));
    bm_output_versions(list);
cleanup:
    return status;
}
