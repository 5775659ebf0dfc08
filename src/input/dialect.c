#include "input/input.h"

bm_status bm_dialect_default(bm_dialect *dialect, bm_error *err) {
    *dialect = (bm_dialect){
        .delimiter = ',', .decimal = '.', .quote = '"', .header = 1, .encoding = "utf-8"};
    bm_status status = bm_strings_split(&dialect->na, "NA,NULL,NaN", ',', err);
    if (status != BM_OK)
        bm_dialect_free(dialect);
    return status;
}

void bm_dialect_free(bm_dialect *dialect) {
    bm_strings_free(&dialect->na);
    *dialect = (bm_dialect){0};
}
