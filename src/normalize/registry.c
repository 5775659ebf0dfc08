#include "normalize/normalize.h"
#include "normalize/normalizers.h"

#include <string.h>

const bm_normalizer *const bm_normalizers[] = {
    &bm_none,  &bm_zscore,     &bm_minmax,           &bm_robust,
    &bm_log1p, &bm_yeojohnson, &bm_quantile_uniform, NULL,
};

const bm_normalizer *bm_normalizer_find(const char *name) {
    for (size_t i = 0; bm_normalizers[i] != NULL; i++)
        if (strcmp(bm_normalizers[i]->name, name) == 0)
            return bm_normalizers[i];
    return NULL;
}
