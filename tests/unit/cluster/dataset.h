/* Data for the clustering tests: small readers and makers of features. */
#ifndef BM_TEST_CLUSTER_DATASET_H
#define BM_TEST_CLUSTER_DATASET_H

#include "buyermap/features.h"
#include "cluster/cluster.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static inline void make_features(bm_features *features, const double *x, size_t n, size_t d) {
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    if (n * d > 0)
        memcpy(features->x, x, n * d * sizeof *x);
}

static inline void give_weights(bm_features *features, double (*weight)(size_t)) {
    features->weight = malloc(features->n * sizeof *features->weight);
    assert_non_null(features->weight);
    for (size_t i = 0; i < features->n; i++)
        features->weight[i] = weight(i);
}

/* Columns first … first + d − 1 (from 0) of n rows of a plain CSV below $BUYERMAP_DATA. 0 when the
 * file is not there. */
static inline int read_columns(const char *name, size_t n, size_t first, size_t d,
                               bm_features *features) {
    char path[4096], line[4096];
    const char *folder = getenv("BUYERMAP_DATA");
    snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "../shared/data", name);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    assert_non_null(fgets(line, sizeof line, file));
    for (size_t i = 0; i < n; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        char *at = line;
        for (size_t column = 0; column < first; column++)
            at = strchr(at, ',') + 1;
        for (size_t f = 0; f < d; f++) {
            char *end;
            features->x[i * d + f] = strtod(at, &end);
            assert_true(end > at);
            at = end + 1;
        }
    }
    fclose(file);
    return 1;
}

static inline int read_iris(bm_features *features) {
    return read_columns("attributes/iris.csv", 150, 1, 4, features);
}

static inline int read_mall(bm_features *features) {
    return read_columns("attributes/Mall_Customers.csv", 200, 3, 2, features);
}

/* A fixed sequence over [0, 1). */
static inline double next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) / 9007199254740992.0;
}

/* n rows around `centres` centres, in d features. */
static inline void make_clouds(bm_features *features, size_t n, size_t d, size_t centres,
                               uint64_t seed) {
    uint64_t state = seed;
    assert_int_equal(bm_features_init(features, n, d, NULL), BM_OK);
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < d; f++)
            features->x[i * d + f] = (double)((i % centres * (f + 3) * 7) % 23) +
                                     next_random(&state) + next_random(&state);
}

static inline bm_cluster_options options_for(const char *method, size_t low, size_t high) {
    return (bm_cluster_options){.method = bm_clusterer_find(method),
                                .k_low = low,
                                .k_high = high,
                                .refine = 1,
                                .restarts = 8,
                                .max_iterations = 300,
                                .quality = 1};
}

static inline void assert_near(double value, double expected, double relative) {
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.15g is not %.15g", value, expected);
}

#endif
