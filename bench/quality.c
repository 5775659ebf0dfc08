/* Times quality indices of one partition and prints seconds and values as JSON.
 * usage: quality N D K THREADS REPEATS VALUES LABELS INDEX
 * VALUES: n × d doubles, row-major; LABELS: n 32-bit integers 0…k−1, both in the machine's byte
 * order. INDEX: silhouette, or centroids (Davies–Bouldin and Calinski–Harabasz, each with the means
 * and spreads it rests on). Of REPEATS runs the median time is printed. */
#include "cluster/quality.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REPEATS = 99 };

typedef bm_status (*index_fn)(const bm_features *features, size_t k, int32_t *label, double *value,
                              bm_error *err);

static bm_status silhouette(const bm_features *features, size_t k, int32_t *label, double *value,
                            bm_error *err) {
    bm_silhouette_sample sample = {0};
    int32_t *of_sample = NULL;
    bm_status status;
    BM_TRY(bm_silhouette_sample_new(&sample, features, 1, err));
    BM_TRY(BM_NEW(&of_sample, sample.n, "labels", err));
    for (size_t i = 0; i < sample.n; i++)
        of_sample[i] = label[sample.row[i]];
    BM_TRY(bm_silhouettes(&sample, 1, &of_sample, &k, value, err));
cleanup:
    free(of_sample);
    bm_silhouette_sample_free(&sample);
    return status;
}

static bm_status by_centroids(const bm_features *features, size_t k, int32_t *label,
                              double (*index)(const bm_partition *), double *value, bm_error *err) {
    bm_partition partition = {0};
    bm_status status;
    BM_TRY(bm_partition_init(&partition, features, k, err));
    partition.k = k;
    memcpy(partition.label, label, features->n * sizeof *label);
    BM_TRY(bm_partition_means(&partition, err));
    BM_TRY(bm_partition_measure(&partition, err));
    *value = index(&partition);
cleanup:
    bm_partition_free(&partition);
    return status;
}

static bm_status davies_bouldin(const bm_features *features, size_t k, int32_t *label,
                                double *value, bm_error *err) {
    return by_centroids(features, k, label, bm_davies_bouldin, value, err);
}

static bm_status calinski_harabasz(const bm_features *features, size_t k, int32_t *label,
                                   double *value, bm_error *err) {
    return by_centroids(features, k, label, bm_calinski_harabasz, value, err);
}

static int ascending(const void *a, const void *b) {
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Runs it once to warm up, then `repeats` times; prints `"name": [seconds, value]`. */
static bm_status measure(const char *name, index_fn run, const bm_features *features, size_t k,
                         int32_t *label, size_t repeats, bm_error *err) {
    double seconds[MOST_REPEATS], value = 0;
    bm_status status = run(features, k, label, &value, err);
    for (size_t i = 0; i < repeats && status == BM_OK; i++) {
        double since = bm_seconds();
        status = run(features, k, label, &value, err);
        seconds[i] = bm_seconds() - since;
    }
    if (status == BM_OK) {
        qsort(seconds, repeats, sizeof *seconds, ascending);
        printf("\"%s\": [%.9f, %.17g]", name, seconds[repeats / 2], value);
    }
    return status;
}

static int load(const char *path, void *into, size_t bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    int whole = fread(into, 1, bytes, file) == bytes;
    fclose(file);
    return whole;
}

int main(int argc, char **argv) {
    if (argc != 9)
        return 64;
    size_t n = strtoul(argv[1], NULL, 10), d = strtoul(argv[2], NULL, 10);
    size_t k = strtoul(argv[3], NULL, 10), repeats = strtoul(argv[5], NULL, 10);
    bm_features features = {0};
    bm_error err = {0};
    int32_t *label = NULL;
    bm_status status;
    if (repeats == 0 || repeats > MOST_REPEATS)
        return 64;
    bm_set_threads(atoi(argv[4]));
    BM_TRY(bm_features_init(&features, n, d, &err));
    BM_TRY(BM_NEW(&label, n, "labels", &err));
    if (!load(argv[6], features.x, n * d * sizeof *features.x) ||
        !load(argv[7], label, n * sizeof *label)) {
        status = bm_fail(&err, BM_NOINPUT, "%s, %s: not %zu rows", argv[6], argv[7], n);
        goto cleanup;
    }
    printf("{");
    if (strcmp(argv[8], "silhouette") == 0) {
        BM_TRY(measure("silhouette", silhouette, &features, k, label, repeats, &err));
    } else {
        BM_TRY(measure("davies_bouldin", davies_bouldin, &features, k, label, repeats, &err));
        printf(", ");
        BM_TRY(measure("calinski_harabasz", calinski_harabasz, &features, k, label, repeats, &err));
    }
    printf("}\n");
cleanup:
    if (status != BM_OK)
        fprintf(stderr, "quality: %s\n", err.message);
    free(label);
    bm_features_free(&features);
    return status == BM_OK ? 0 : 1;
}
