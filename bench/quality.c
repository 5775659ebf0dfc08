/* Times quality indices of one partition and prints seconds and values as JSON.
 * usage: quality N D K THREADS REPEATS VALUES LABELS INDEX
 * VALUES: n × d doubles, row-major; LABELS: n 32-bit integers 0…k−1, both in the machine's byte
 * order. INDEX: silhouette, or centroids (Davies–Bouldin and Calinski–Harabasz). Of REPEATS runs
 * the median time is printed. */
#include "cluster/quality.h"
#include "base/clock.h"
#include "base/parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_REPEATS = 99 };

/* What is timed: from labels to the value, the means and sums of squares with it. */
typedef bm_status (*index_fn)(bm_partition *partition, double *value, bm_error *err);

static bm_status silhouette(bm_partition *partition, double *value, bm_error *err) {
    return bm_silhouettes(partition->features, 1, &partition->label, &partition->k, value, err);
}

static bm_status measured(bm_partition *partition, bm_error *err) {
    bm_status status = bm_partition_means(partition, err);
    return status == BM_OK ? bm_partition_measure(partition, err) : status;
}

static bm_status davies_bouldin(bm_partition *partition, double *value, bm_error *err) {
    bm_status status = measured(partition, err);
    *value = bm_davies_bouldin(partition);
    return status;
}

static bm_status calinski_harabasz(bm_partition *partition, double *value, bm_error *err) {
    bm_status status = measured(partition, err);
    *value = bm_calinski_harabasz(partition);
    return status;
}

static int ascending(const void *a, const void *b) {
    const double *left = a, *right = b;
    return (*left > *right) - (*left < *right);
}

/* Runs it once to warm up, then `repeats` times; prints `"name": [seconds, value]`. */
static bm_status repeat(const char *name, index_fn run, bm_partition *partition, size_t repeats,
                        bm_error *err) {
    double seconds[MOST_REPEATS], value = 0;
    bm_status status = run(partition, &value, err);
    for (size_t i = 0; i < repeats && status == BM_OK; i++) {
        double since = bm_seconds();
        status = run(partition, &value, err);
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
    bm_partition partition = {0};
    bm_status status;
    if (repeats == 0 || repeats > MOST_REPEATS)
        return 64;
    bm_set_threads(atoi(argv[4]));
    BM_TRY(bm_features_init(&features, n, d, &err));
    BM_TRY(bm_partition_init(&partition, &features, k, &err));
    partition.k = k;
    if (!load(argv[6], features.x, n * d * sizeof *features.x) ||
        !load(argv[7], partition.label, n * sizeof *partition.label)) {
        status = bm_fail(&err, BM_NOINPUT, "%s, %s: not %zu rows", argv[6], argv[7], n);
        goto cleanup;
    }
    printf("{");
    if (strcmp(argv[8], "silhouette") == 0) {
        BM_TRY(repeat("silhouette", silhouette, &partition, repeats, &err));
    } else {
        BM_TRY(repeat("davies_bouldin", davies_bouldin, &partition, repeats, &err));
        printf(", ");
        BM_TRY(repeat("calinski_harabasz", calinski_harabasz, &partition, repeats, &err));
    }
    printf("}\n");
cleanup:
    if (status != BM_OK)
        fprintf(stderr, "quality: %s\n", err.message);
    bm_partition_free(&partition);
    bm_features_free(&features);
    return status == BM_OK ? 0 : 1;
}
