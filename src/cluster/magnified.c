/* Distances of features whose squares a double cannot hold are computed of their multiples. */
#include "cluster/magnified.h"

#include <math.h>

#define TINY 0x1p-300

double bm_magnified(const bm_features *features) {
    double most = 0;
    int exponent;
    for (size_t i = 0; i < features->n * features->d; i++)
        most = fmax(most, fabs(features->x[i]));
    frexp(most, &exponent);
    return most > 0 && most < TINY ? ldexp(1, exponent < -1000 ? 1000 : -exponent) : 1;
}
