/* Σ (a_i − b_i)², added from the first feature to the last: the one definition of distance that
 * every kernel must reproduce bit for bit. */
#include "kernel/distance.h"

double bm_squared_distance(const double *a, const double *b, size_t d) {
    double sum = 0;
    for (size_t i = 0; i < d; i++) {
        double difference = a[i] - b[i];
        sum += difference * difference;
    }
    return sum;
}
