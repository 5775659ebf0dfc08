/* k-means on tiny inputs against the optimum of all partitions, found by trying each: never below
 * it from any start, and at it with restarts. */
#include "dataset.h"

enum { MOST_ROWS = 9, MOST_COLUMNS = 3, KINDS = 6, ROUNDS = 72 };

static const bm_context CONTEXT = {.seed = 1};

/* Rows with their weights, and the least inertia of all partitions into each number of parts. */
typedef struct tiny {
    size_t n, d;
    double x[MOST_ROWS * MOST_COLUMNS], weight[MOST_ROWS];
    double best[MOST_ROWS + 1];
} tiny;

static double value_of_kind(size_t kind, uint64_t *random) {
    double u = next_random(random);
    switch (kind) {
    case 0: /* anywhere */
        return u;
    case 1: /* whole numbers: ties, and equal rows */
        return floor(4 * u);
    case 2: /* two places, close together */
        return floor(2 * u) + 1e-6 * next_random(random);
    case 3: /* far from the origin */
        return 1e6 + u;
    case 4: /* long tails */
        return exp(8 * u);
    default: /* a tiny unit */
        return 1e-150 * u;
    }
}

static double inertia_of(const tiny *data, const size_t *label, size_t parts) {
    double inertia = 0;
    for (size_t part = 0; part < parts; part++) {
        for (size_t f = 0; f < data->d; f++) {
            double sum = 0, mass = 0, first = NAN;
            for (size_t i = 0; i < data->n; i++) {
                if (label[i] != part)
                    continue;
                double value = data->x[i * data->d + f];
                first = mass > 0 ? first : value;
                sum += data->weight[i] * (value - first);
                mass += data->weight[i];
            }
            for (size_t i = 0; i < data->n; i++) {
                double apart = data->x[i * data->d + f] - first - sum / mass;
                inertia += label[i] == part ? data->weight[i] * apart * apart : 0;
            }
        }
    }
    return inertia;
}

/* Each partition once: row i goes to a part of the rows before it, or to the next new one. */
static void try_partitions(tiny *data, size_t *label, size_t i, size_t parts) {
    if (i == data->n) {
        double inertia = inertia_of(data, label, parts);
        if (inertia < data->best[parts])
            data->best[parts] = inertia;
        return;
    }
    for (size_t part = 0; part <= parts; part++) {
        label[i] = part;
        try_partitions(data, label, i + 1, part == parts ? parts + 1 : parts);
    }
}

/* Round r: its kind of values, 3 to 9 rows, 1 to 3 columns, weights in each second round of a kind.
 */
static tiny make_tiny(size_t round) {
    uint64_t random = 1000 + round;
    tiny data = {.n = 3 + round * 5 % 7, .d = 1 + round / KINDS % MOST_COLUMNS};
    size_t label[MOST_ROWS] = {0};
    for (size_t i = 0; i < data.n * data.d; i++)
        data.x[i] = value_of_kind(round % KINDS, &random);
    for (size_t i = 0; i < data.n; i++)
        data.weight[i] = round / KINDS % 2 == 1 ? exp(6 * next_random(&random) - 3) : 1;
    for (size_t parts = 0; parts <= data.n; parts++)
        data.best[parts] = INFINITY;
    try_partitions(&data, label, 0, 0);
    return data;
}

static size_t distinct_rows(const tiny *data) {
    size_t distinct = 0;
    for (size_t i = 0; i < data->n; i++) {
        size_t j = 0;
        while (j < i &&
               memcmp(data->x + i * data->d, data->x + j * data->d, data->d * sizeof(double)) != 0)
            j++;
        distinct += j == i;
    }
    return distinct;
}

/* Rounding is by the size of the values. */
static double slack_of(const tiny *data, double best) {
    double largest = 0;
    for (size_t i = 0; i < data->n * data->d; i++)
        largest = fmax(largest, fabs(data->x[i]));
    return 1e-9 * best + 1e-24 * largest * largest;
}

static double inertia_found(const tiny *data, size_t k, size_t restarts, int random_init) {
    bm_features features;
    bm_clustering clustering;
    bm_error err = {0};
    make_features(&features, data->x, data->n, data->d);
    features.weight = malloc(data->n * sizeof *features.weight);
    assert_non_null(features.weight);
    memcpy(features.weight, data->weight, data->n * sizeof *features.weight);
    bm_cluster_options options = options_for("kmeans", k, k);
    options.restarts = restarts;
    options.random_init = random_init;
    options.quality = 0;
    if (bm_cluster(&features, &options, NULL, &CONTEXT, &clustering, &err) != BM_OK)
        fail_msg("n %zu, k %zu: %s", data->n, k, err.message);
    double inertia = clustering.chosen.inertia;
    bm_clustering_free(&clustering);
    bm_features_free(&features);
    return inertia;
}

static void no_start_ends_below_the_optimum_of_all_partitions(void **state) {
    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        tiny data = make_tiny(round);
        size_t most = distinct_rows(&data);
        for (size_t k = 1; k <= most; k++) {
            double least = data.best[k] - slack_of(&data, data.best[k]);
            for (int random_init = 0; random_init <= 1; random_init++) {
                double found = inertia_found(&data, k, 1, random_init);
                if (!(found >= least))
                    fail_msg("round %zu, k %zu: %.17g is below %.17g", round, k, found,
                             data.best[k]);
            }
        }
    }
}

static void restarts_reach_the_optimum_of_all_partitions(void **state) {
    (void)state;
    for (size_t round = 0; round < ROUNDS; round++) {
        tiny data = make_tiny(round);
        size_t most = distinct_rows(&data);
        for (size_t k = 1; k <= most; k++) {
            double found = inertia_found(&data, k, 20, 0);
            if (!(found <= data.best[k] + slack_of(&data, data.best[k])))
                fail_msg("round %zu, n %zu, k %zu: %.17g is not %.17g", round, data.n, k, found,
                         data.best[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_start_ends_below_the_optimum_of_all_partitions),
        cmocka_unit_test(restarts_reach_the_optimum_of_all_partitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
