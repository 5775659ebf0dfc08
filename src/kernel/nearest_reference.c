/* Nearest centroid, plainly: the oracle of the other kernels. O(n k d) time, no memory; ties to the
 * lowest index. */
#include "kernel/distance.h"

void bm_nearest_reference(const double *x, size_t n, size_t d, const double *c, size_t k,
                          int32_t *label, double *distance, double *scratch) {
    (void)scratch;
    for (size_t i = 0; i < n; i++) {
        size_t nearest = 0;
        double least = bm_squared_distance(x + i * d, c, d);
        for (size_t j = 1; j < k; j++) {
            double candidate = bm_squared_distance(x + i * d, c + j * d, d);
            if (candidate < least) {
                least = candidate;
                nearest = j;
            }
        }
        label[i] = (int32_t)nearest;
        distance[i] = least;
    }
}
