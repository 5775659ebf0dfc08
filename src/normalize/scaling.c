/* One value through a fitted transform and back. */
#include "buyermap/scaling.h"

#include <math.h>
#include <stdlib.h>

double bm_scale_apply(const bm_scale *scale, double x) {
    double shaped = scale->normalizer->shape(scale, x);
    return sqrt(scale->weight) * ((shaped - scale->center) / scale->scale);
}

double bm_scale_invert(const bm_scale *scale, double z) {
    double shaped = z / sqrt(scale->weight) * scale->scale + scale->center;
    return scale->normalizer->unshape(scale, shaped);
}

void bm_scaling_free(bm_scaling *scaling) {
    if (scaling == NULL)
        return;
    for (size_t j = 0; scaling->feature != NULL && j < scaling->d; j++)
        free(scaling->feature[j].quantile);
    free(scaling->feature);
    *scaling = (bm_scaling){0};
}
