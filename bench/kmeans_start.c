/* Times starts of k-means by libbuyermap on a raw matrix.
 * usage: kmeans_start FILE ROWS FEATURES K float|double plus_plus|parallel|random SEED THREADS
 * [SEEDS] One line a seed: seconds, and the sum of squared distances to the centroids drawn. */
#include "cluster/kmeans_start.h"
#include "base/clock.h"
#include "base/parallel.h"
#include "base/random.h"
#include "kernel/distance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *read_matrix(const char *path, size_t bytes) {
    FILE *file = fopen(path, "rb");
    void *data = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (file == NULL || data == NULL || fread(data, 1, bytes, file) != bytes) {
        fprintf(stderr, "%s: cannot be read\n", path);
        exit(66);
    }
    fclose(file);
    return data;
}

static double potential(bm_starter *starter, const double *centroid, size_t k) {
    bm_starter_round(starter, centroid, k * starter->features->d, starter->centre);
    if (bm_starter_fold(starter, starter->centre, k, 0, 1, NULL, NULL) != BM_OK)
        exit(70);
    return bm_starter_potential(starter);
}

static bm_status draw(bm_starter *starter, const char *how, size_t k, gsl_rng *rng,
                      double *centroid) {
    return strcmp(how, "parallel") == 0 ? bm_starter_parallel(starter, k, rng, centroid, NULL)
           : strcmp(how, "random") == 0 ? bm_starter_random(starter, k, rng, centroid, NULL)
                                        : bm_starter_plus_plus(starter, k, rng, centroid, NULL);
}

int main(int argc, char **argv) {
    if (argc < 9) {
        fprintf(stderr, "usage: kmeans_start FILE ROWS FEATURES K float|double "
                        "plus_plus|parallel|random SEED THREADS [SEEDS]\n");
        return 64;
    }
    size_t n = strtoull(argv[2], NULL, 10), d = strtoull(argv[3], NULL, 10);
    size_t k = strtoull(argv[4], NULL, 10), seed = strtoull(argv[7], NULL, 10);
    size_t seeds = argc > 9 ? strtoull(argv[9], NULL, 10) : 1;
    int single = strcmp(argv[5], "float") == 0;
    bm_features features = {.n = n, .d = d};
    bm_starter starter;
    gsl_rng *rng;
    double *centroid = calloc(k * d, sizeof *centroid);
    void *matrix = read_matrix(argv[1], n * d * (single ? sizeof(float) : sizeof(double)));
    features.x = single ? NULL : matrix;
    features.single = single ? matrix : NULL;
    bm_set_threads(atoi(argv[8]));
    if (centroid == NULL || bm_random_new(&rng, 1, "bench", 0, NULL) != BM_OK ||
        bm_starter_init(&starter, &features, k, NULL, NULL) != BM_OK)
        return 71;
    potential(&starter, centroid, 1); /* pages are touched, as the peer's are */
    for (size_t last = seed + seeds; seed < last; seed++) {
        bm_random_seed(rng, seed, "bench", 0);
        double begun = bm_seconds();
        if (draw(&starter, argv[6], k, rng, centroid) != BM_OK)
            return 70;
        double seconds = bm_seconds() - begun;
        printf("%.6f %.9g\n", seconds, potential(&starter, centroid, k));
    }
    bm_starter_free(&starter);
    gsl_rng_free(rng);
    free(centroid);
    free(matrix);
    return 0;
}
