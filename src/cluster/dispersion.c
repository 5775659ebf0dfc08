/* Indices made of the centroids and the spread about them: Calinski–Harabasz (Comm. Stat. 3, 1974),
 * Davies–Bouldin (IEEE PAMI 1, 1979) and the simplified silhouette (Hruschka, de Castro & Campello,
 * ICDM 2004). O(k d), O(k² d) and O(k) once the partition is measured. */
#include "cluster/quality.h"
#include "kernel/distance.h"

#include <math.h>

static int is_defined(const bm_partition *partition) {
    return partition->k > 1 && partition->k < partition->features->n;
}

/* Σ weight × squared distance of centroids to the overall mean, feature by feature. */
static double between(const bm_partition *partition) {
    size_t k = partition->k, d = partition->features->d;
    double total = 0, squares = 0;
    for (size_t segment = 0; segment < k; segment++)
        total += partition->weight[segment];
    for (size_t f = 0; f < d; f++) {
        double mean = 0;
        for (size_t segment = 0; segment < k; segment++)
            mean += partition->weight[segment] / total * partition->centroid[segment * d + f];
        for (size_t segment = 0; segment < k; segment++) {
            double apart = partition->centroid[segment * d + f] - mean;
            squares += partition->weight[segment] * apart * apart;
        }
    }
    return squares;
}

double bm_calinski_harabasz(const bm_partition *partition) {
    if (!is_defined(partition) || partition->inertia <= 0)
        return NAN;
    double k = (double)partition->k, n = (double)partition->features->n;
    return between(partition) / partition->inertia * ((n - k) / (k - 1));
}

double bm_davies_bouldin(const bm_partition *partition) {
    if (!is_defined(partition))
        return NAN;
    size_t k = partition->k, d = partition->features->d;
    double sum = 0;
    for (size_t i = 0; i < k; i++) {
        double worst = 0;
        for (size_t j = 0; j < k; j++) {
            double apart = sqrt(
                bm_squared_distance(partition->centroid + i * d, partition->centroid + j * d, d));
            if (i == j || apart <= 0)
                continue;
            double ratio = (partition->spread[i] / partition->weight[i] +
                            partition->spread[j] / partition->weight[j]) /
                           apart;
            worst = ratio > worst ? ratio : worst;
        }
        sum += worst;
    }
    return sum / (double)k;
}

double bm_simplified_silhouette(const bm_partition *partition) {
    double sum = 0, total = 0;
    if (!is_defined(partition))
        return NAN;
    for (size_t segment = 0; segment < partition->k; segment++) {
        sum += partition->simplified[segment];
        total += partition->weight[segment];
    }
    return sum / total;
}
