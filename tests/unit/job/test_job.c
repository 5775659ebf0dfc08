/* Job files, --set, and flags: what is read, and what is refused with which words. */
#include "feature/features.h"
#include "job/job.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/buyermap-job-XXXXXX";

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(path) == NULL;
}

static int remove_folder(void **state) {
    char file[64];
    (void)state;
    snprintf(file, sizeof file, "%s/job.yaml", path);
    unlink(file);
    return rmdir(path);
}

/* Loads yaml as a job file named job.yaml. */
static bm_status load(bm_job *job, const char *yaml, bm_error *err) {
    char file[64];
    snprintf(file, sizeof file, "%s/job.yaml", path);
    FILE *out = fopen(file, "w");
    assert_non_null(out);
    fputs(yaml, out);
    fclose(out);
    assert_int_equal(bm_job_default(job, err), BM_OK);
    return bm_job_load(job, file, err);
}

/* The fault of a job, from the file's name on. */
static void assert_fault(const char *yaml, const char *message) {
    bm_job job;
    bm_error err = {0};
    assert_int_equal(load(&job, yaml, &err), BM_JOB);
    const char *name = strstr(err.message, "job.yaml");
    assert_non_null(name);
    if (strstr(name, message) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", name, message);
    bm_job_free(&job);
}

static void defaults_are_those_of_the_table(void **state) {
    bm_job job;
    (void)state;
    assert_int_equal(bm_job_default(&job, NULL), BM_OK);
    assert_true(job.cluster.k.automatic);
    assert_int_equal(job.cluster.k.low, 2);
    assert_int_equal(job.cluster.k.high, 12);
    assert_int_equal(job.cluster.restarts, 8);
    assert_int_equal(job.seed, 1);
    assert_int_equal(job.reading.na.count, 3);
    assert_int_equal(job.as_of, BM_NO_DAY);
    assert_string_equal(job.output.dir, "buyermap-out");
    bm_job_free(&job);
}

static void every_kind_of_value_is_read(void **state) {
    bm_job job;
    bm_error err;
    (void)state;
    assert_int_equal(load(&job,
                          "job: weekly\n"
                          "as_of: 2011-12-10\n"
                          "inputs:\n"
                          "  orders:\n"
                          "    path: orders.csv\n"
                          "    amount: Quantity * UnitPrice\n"
                          "    filter:\n"
                          "      - {column: Quantity, above: 0, max: 100}\n"
                          "      - {column: Country, in: [France, \"1\"]}\n"
                          "      - {column: Id, not_missing: true}\n"
                          "      - {column: Code, equals: 7}\n"
                          "    returns: {column: invoice, prefix: C}\n"
                          "features: {use: [a, b], weights: {a: 2, b: 0.5}, winsorize: 0.01}\n"
                          "cluster: {k: [2, 6], tolerance: 1e-4}\n"
                          "reading: {delimiter: tab, max_bad_rows: 1%}\n"
                          "output: {dir: /tmp/elsewhere, csv: no}\n"
                          "seed: 42\n",
                          &err),
                     BM_OK);
    char orders[64];
    snprintf(orders, sizeof orders, "%s/orders.csv", path);
    assert_string_equal(job.orders.path, orders);
    assert_int_equal(job.as_of, 15318);
    assert_string_equal(job.orders.amount.column, "Quantity");
    assert_string_equal(job.orders.amount.factor, "UnitPrice");
    assert_int_equal(job.orders.filter.count, 5);
    assert_string_equal(job.orders.filter.item[0].text, "Quantity above 0");
    assert_int_equal(job.orders.filter.item[1].kind, BM_MAX);
    assert_string_equal(job.orders.filter.item[2].text, "Country in France, 1");
    assert_false(job.orders.filter.item[2].numeric);
    assert_true(job.orders.filter.item[4].numeric);
    assert_int_equal(job.orders.returns.item[0].kind, BM_PREFIX);
    assert_true(job.features.weights.item[0].weight == 2);
    assert_int_equal(job.cluster.k.high, 6);
    assert_false(job.cluster.k.automatic);
    assert_int_equal(job.reading.delimiter, '\t');
    assert_true(fabs(job.reading.max_bad_rows.share - 0.01) < 1e-15);
    assert_string_equal(job.output.dir, "/tmp/elsewhere");
    assert_false(job.output.csv);
    assert_int_equal(job.seed, 42);
    bm_job_free(&job);
}

static void unknown_keys_are_named_with_line_and_nearest_key(void **state) {
    (void)state;
    assert_fault("seed: 1\ncluter: {k: 5}\n", ":2: cluter: unknown key; the nearest valid one is "
                                              "\"cluster\"");
    assert_fault("cluster:\n  restart: 5\n", ":2: cluster.restart: unknown key; the nearest valid "
                                             "one is \"restarts\"");
    assert_fault("cluster.k: 5\n", "unknown key");
    assert_fault("threads: 2\n", "unknown key");
}

static void repeated_keys_are_refused(void **state) {
    (void)state;
    assert_fault("seed: 1\nseed: 2\n", ":2: seed: this key stands twice");
    assert_fault("cluster: {k: 2, k: 3}\n", "cluster.k: this key stands twice");
}

static void wrong_types_are_refused(void **state) {
    (void)state;
    assert_fault("cluster: 5\n", ":1: cluster: needs a mapping, not a value");
    assert_fault("seed: [1]\n", "seed: needs a single value, not a list");
    assert_fault("seed: one\n", "seed: \"one\" is not a whole number");
    assert_fault("seed:\n", "needs a single value, not nothing");
    assert_fault("cluster: {k: [2, 3, 4]}\n", "a range is two numbers");
    assert_fault("cluster: {k: [5, 2]}\n", "is not a range from a lower to a higher");
    assert_fault("cluster: {k: 0}\n", "is not auto, a whole number from 1");
    assert_fault("cluster: {method: dbscan}\n", "is not one of kmeans, ward");
    assert_fault("features: {winsorize: 0.6}\n", "is not a number from 0 to 0.49");
    assert_fault("output: {csv: maybe}\n", "is not true or false");
    assert_fault("as_of: yesterday\n", "is not a date");
    assert_fault("- a\n- b\n", "a job file is a mapping");
    assert_fault("", "empty");
    assert_fault("seed: 1\n---\nseed: 2\n", "more than one YAML document");
    assert_fault("seed: {1\n", "not valid YAML");
    assert_fault("seed: \"\x01\"\n", "not valid YAML");
}

static void conditions_that_say_nothing_are_refused(void **state) {
    (void)state;
    assert_fault("inputs: {orders: {filter: {column: a, above: 0}}}\n", "needs a list");
    assert_fault("inputs: {orders: {filter: [{above: 0}]}}\n", "needs a column");
    assert_fault("inputs: {orders: {filter: [{column: a}]}}\n", "says nothing");
    assert_fault("inputs: {orders: {filter: [{column: a, over: 0}]}}\n",
                 "\"over\" is no condition");
    assert_fault("inputs: {orders: {filter: [{column: a, above: x}]}}\n",
                 "above of \"a\" needs a number, not \"x\"");
    assert_fault("inputs: {orders: {filter: [{column: a, in: x}]}}\n", "in needs a list");
    assert_fault("inputs: {orders: {returns: {column: a, prefix: C, above: 0}}}\n",
                 "takes one condition, not 2");
}

static void parts_that_are_not_built_are_refused_by_name(void **state) {
    (void)state;
    assert_fault("privacy: {min_cell: 10}\n", ":1: privacy is not built");
    assert_fault("inputs: {stages: {path: s.csv}}\n", "inputs.stages is not built");
    assert_fault("previous: last/result.h5\n", "previous is not built");
    assert_fault("inputs: {buyers: {protected: [gender]}}\n",
                 "inputs.buyers.protected is not built");
}

static void assert_unsettled(const char *lifetime, const char *message) {
    bm_job job;
    bm_error err = {0};
    char text[256];
    snprintf(text, sizeof text, "lifetime: {%s}\n", lifetime);
    assert_int_equal(load(&job, text, &err), BM_OK);
    assert_int_equal(bm_job_check(&job, &err), BM_JOB);
    if (strstr(err.message, message) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", message, err.message);
    bm_job_free(&job);
}

static void the_horizon_is_a_year_of_the_unit_unless_it_is_given(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double horizon;
    } rows[] = {{"lifetime: {unit: day}\n", 365},
                {"lifetime: {unit: month}\n", 12},
                {"lifetime: {discount: 1000000}\n", 52},
                {"lifetime: {unit: month, horizon: 52}\n", 52},
                {"lifetime: {horizon: inf, margin: 0}\n", INFINITY}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bm_job job;
        bm_error err;
        assert_int_equal(load(&job, rows[i].text, &err), BM_OK);
        assert_int_equal(bm_job_check(&job, &err), BM_OK);
        assert_true(job.lifetime.horizon == rows[i].horizon);
        bm_job_free(&job);
    }
    /* What a file is judged by does not bind what comes over it. */
    bm_job job;
    bm_error err;
    assert_int_equal(load(&job, "seed: 1\n", &err), BM_OK);
    assert_int_equal(bm_job_check(&job, &err), BM_OK);
    assert_int_equal(bm_job_override(&job, "lifetime.unit=month", &err), BM_OK);
    assert_int_equal(bm_job_check(&job, &err), BM_OK);
    assert_true(job.lifetime.horizon == 12);
    bm_job_free(&job);
}

static void lifetimes_that_cannot_be_are_refused(void **state) {
    (void)state;
    assert_fault("lifetime: {horizon: -1}\n", "\"-1\" is not a number from 0 to 100000, or inf");
    assert_fault("lifetime: {discount: inf}\n", "\"inf\" is not a number");
    assert_fault("lifetime: {margin: -0.1}\n", "is not a number from 0");
    assert_fault("lifetime: {until: soon}\n", "is not a date");
    assert_unsettled("horizon: 0", "above 0");
    assert_unsettled("horizon: inf, discount: 0", "needs a lifetime.discount above 0");
    assert_unsettled("models: [nbd, bgnb]", "no model \"bgnb\"; there are nbd, bgnbd");
    assert_unsettled("models: [auto, nbd]", "auto stands alone");
    assert_unsettled("models: [nbd, nbd]", "nbd stands twice");
    assert_unsettled("models: []", "is empty");
    assert_unsettled("holdout_until: 2011-01-01", "needs lifetime.until");
    assert_unsettled("until: 2011-01-01, holdout_until: 2011-01-01", "nothing is held out");
}

static void aliases_that_turn_in_circles_end(void **state) {
    bm_job job;
    bm_error err;
    (void)state;
    assert_true(load(&job, "cluster: &a\n  k: *a\n", &err) != BM_OK);
    bm_job_free(&job);
    assert_true(load(&job, "inputs: &a\n  orders: *a\n", &err) != BM_OK);
    bm_job_free(&job);
}

static void set_overrides_one_key(void **state) {
    bm_job job;
    bm_error err;
    (void)state;
    assert_int_equal(load(&job, "cluster: {k: 3}\n", &err), BM_OK);
    assert_int_equal(bm_job_override(&job, "cluster.k=7", &err), BM_OK);
    assert_int_equal(job.cluster.k.low, 7);
    assert_int_equal(bm_job_override(&job, "cluster.k=[2, 9]", &err), BM_OK);
    assert_int_equal(job.cluster.k.high, 9);
    assert_int_equal(bm_job_override(&job, "features.use=recency_days,frequency", &err), BM_OK);
    assert_int_equal(job.features.use.count, 2);
    assert_int_equal(bm_job_override(&job, "inputs.orders.date_format=%d/%m/%Y", &err), BM_OK);
    assert_string_equal(job.orders.date_format, "%d/%m/%Y");
    assert_int_equal(bm_job_override(&job, "features.weights.aov=4", &err), BM_OK);
    assert_int_equal(bm_job_override(&job, "features.weights.frequency=3", &err), BM_OK);
    assert_int_equal(bm_job_override(&job, "features.weights.aov=2", &err), BM_OK);
    assert_int_equal(job.features.weights.count, 2);
    assert_true(job.features.weights.item[0].weight == 2);
    assert_int_equal(bm_job_override(&job, "features.weights.aov=0", &err), BM_USAGE);
    assert_int_equal(bm_job_override(&job, "privacy.min_cell=10", &err), BM_USAGE);
    assert_non_null(strstr(err.message, "not built"));
    assert_int_equal(bm_job_override(&job, "cluster.q=7", &err), BM_USAGE);
    assert_non_null(strstr(err.message, "\"cluster.k\""));
    assert_int_equal(bm_job_override(&job, "cluster.k", &err), BM_USAGE);
    assert_int_equal(bm_job_override(&job, "cluster.k=few", &err), BM_USAGE);
    assert_int_equal(bm_job_override(&job, "cluster.k=[2", &err), BM_USAGE);
    bm_job_free(&job);
}

static void files_that_cannot_be_opened_are_no_input(void **state) {
    bm_job job;
    bm_error err;
    (void)state;
    assert_int_equal(bm_job_default(&job, &err), BM_OK);
    assert_int_equal(bm_job_load(&job, "/tmp/buyermap-no-such-job.yaml", &err), BM_NOINPUT);
    assert_int_equal(bm_job_load(&job, path, &err), BM_NOINPUT);
    assert_non_null(strstr(err.message, "is a directory"));
    bm_job_free(&job);
}

static void what_cannot_go_together_is_refused(void **state) {
    bm_job job;
    bm_error err;
    (void)state;
    static const char *const wrong[] = {"reading.delimiter=.", "reading.encoding=koi8-r",
                                        "cohorts.period=fortnight", "cohorts.period=rolling:0"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(bm_job_default(&job, &err), BM_OK);
        assert_int_equal(bm_job_check(&job, &err), BM_OK);
        assert_int_equal(bm_job_override(&job, wrong[i], &err), BM_OK);
        assert_int_equal(bm_job_check(&job, &err), BM_JOB);
        bm_job_free(&job);
    }
    assert_int_equal(bm_job_default(&job, &err), BM_OK);
    assert_int_equal(bm_job_override(&job, "cluster.max_size=500", &err), BM_OK);
    assert_int_equal(bm_job_check(&job, &err), BM_OK);
    assert_int_equal(bm_job_override(&job, "cluster.method=ward", &err), BM_OK);
    assert_int_equal(bm_job_check(&job, &err), BM_JOB);
    bm_job_free(&job);
}

static bm_status check_with(bm_job *job, const char *const *set, bm_error *err) {
    bm_job_free(job);
    assert_int_equal(bm_job_default(job, err), BM_OK);
    for (; *set != NULL; set++)
        assert_int_equal(bm_job_override(job, *set, err), BM_OK);
    return bm_job_check(job, err);
}

/* Missing values are skipped pairwise by default with gower, and with nothing else. */
static void the_distance_settles_what_becomes_of_missing_values(void **state) {
    bm_job job = {0};
    bm_error err;
    (void)state;
#define WITH(...) check_with(&job, (const char *const[]){__VA_ARGS__, NULL}, &err)
    assert_int_equal(WITH("cluster.k=3"), BM_OK);
    assert_int_equal(job.features.missing, BM_MISSING_ERROR);
    assert_int_equal(WITH("cluster.distance=gower", "cluster.method=average"), BM_OK);
    assert_int_equal(job.features.missing, BM_MISSING_PAIRWISE);
    assert_int_equal(bm_job_override(&job, "cluster.distance=euclidean", &err), BM_OK);
    assert_int_equal(bm_job_check(&job, &err), BM_OK);
    assert_int_equal(job.features.missing, BM_MISSING_ERROR);
    assert_int_equal(
        WITH("cluster.distance=gower", "cluster.method=single", "features.missing=error"), BM_OK);
    assert_int_equal(job.features.missing, BM_MISSING_ERROR);
    assert_int_equal(
        WITH("cluster.distance=gower", "cluster.method=complete", "features.missing=drop"), BM_OK);
    assert_int_equal(job.features.missing, BM_MISSING_DROP);
    assert_int_equal(
        WITH("cluster.distance=gower", "cluster.method=weighted", "features.missing=mean"), BM_JOB);
    assert_non_null(strstr(err.message, "pairwise"));
    assert_int_equal(WITH("features.missing=pairwise"), BM_JOB);
    assert_non_null(strstr(err.message, "gower"));
    assert_int_equal(WITH("cluster.distance=gower"), BM_JOB); /* kmeans */
    assert_non_null(strstr(err.message, "single, complete, average"));
    assert_int_equal(WITH("cluster.distance=gower", "cluster.method=ward"), BM_JOB);
    assert_int_equal(
        WITH("cluster.distance=gower", "cluster.method=average", "cluster.criterion=gap"), BM_JOB);
#undef WITH
    bm_job_free(&job);
}

/* What a key prints is what it reads. */
static void values_print_as_they_are_written(void **state) {
    static const char *const written[][2] = {
        {"cluster.k", "[2, 9]"},
        {"cluster.k", "auto"},
        {"cluster.k", "5"},
        {"features.winsorize", "0.01"},
        {"features.use", "[a, b]"},
        {"as_of", "2011-12-10"},
        {"reading.max_bad_rows", "2.5%"},
        {"reading.delimiter", "tab"},
        {"output.csv", "false"},
        {"inputs.orders.amount", "a * b"},
        {"features.normalize", "robust"},
    };
    bm_job job;
    bm_error err;
    (void)state;
    assert_int_equal(bm_job_default(&job, &err), BM_OK);
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        char assignment[64], *text = NULL;
        snprintf(assignment, sizeof assignment, "%s=%s", written[i][0], written[i][1]);
        assert_int_equal(bm_job_override(&job, assignment, &err), BM_OK);
        assert_int_equal(bm_key_value(bm_job_key(written[i][0]), &job, &text, &err), BM_OK);
        assert_string_equal(text, written[i][1]);
        free(text);
    }
    bm_job_free(&job);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table),
        cmocka_unit_test(every_kind_of_value_is_read),
        cmocka_unit_test(unknown_keys_are_named_with_line_and_nearest_key),
        cmocka_unit_test(repeated_keys_are_refused),
        cmocka_unit_test(wrong_types_are_refused),
        cmocka_unit_test(conditions_that_say_nothing_are_refused),
        cmocka_unit_test(parts_that_are_not_built_are_refused_by_name),
        cmocka_unit_test(the_horizon_is_a_year_of_the_unit_unless_it_is_given),
        cmocka_unit_test(lifetimes_that_cannot_be_are_refused),
        cmocka_unit_test(aliases_that_turn_in_circles_end),
        cmocka_unit_test(set_overrides_one_key),
        cmocka_unit_test(files_that_cannot_be_opened_are_no_input),
        cmocka_unit_test(what_cannot_go_together_is_refused),
        cmocka_unit_test(the_distance_settles_what_becomes_of_missing_values),
        cmocka_unit_test(values_print_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
