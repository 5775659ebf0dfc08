#include "scratch.h"

#include "output/run_json.h"

#include <jansson.h>

static json_t *dump(const bm_provenance *provenance, const bm_output_file *output, size_t outputs) {
    char *text = NULL;
    assert_int_equal(bm_run_json(&text, provenance, output, outputs, NULL), BM_OK);
    assert_int_equal(text[strlen(text) - 1], '\n');
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    free(text);
    return root;
}

static const json_t *at(const json_t *object, const char *a, const char *b) {
    const json_t *inner = json_object_get(object, a);
    return b != NULL ? json_object_get(inner, b) : inner;
}

static void set(bm_provenance *provenance, const char *key, const char *value) {
    assert_int_equal(bm_provenance_setting(provenance, key, value, NULL), BM_OK);
}

static void settings_are_nested_and_typed(void **state) {
    (void)state;
    bm_provenance provenance = {.verb = "run"};
    set(&provenance, "job", "weekly");
    set(&provenance, "seed", "42");
    set(&provenance, "cluster.k", "[2, 12]");
    set(&provenance, "cluster.method", "kmeans");
    set(&provenance, "lifetime.discount", "0.1");
    set(&provenance, "output.csv", "true");
    set(&provenance, "inputs.buyers.id", "0001");
    set(&provenance, "inputs.buyers.minus", "-0.25");
    set(&provenance, "tiny", "1e-300");
    set(&provenance, "precise", "0.12345678901234567");
    set(&provenance, "version", "1.");
    bm_strings range = {0};
    assert_int_equal(bm_strings_split(&range, "2,12", ',', NULL), BM_OK);
    assert_int_equal(bm_provenance_list(&provenance, "range", &range, NULL), BM_OK);
    bm_strings_free(&range);
    assert_int_equal(bm_strings_add(&provenance.versions, "GSL 2.7.1", NULL), BM_OK);
    set(&provenance, "as_of", "2011-12-10");
    json_t *root = dump(&provenance, NULL, 0);
    const json_t *job = at(root, "job", NULL), *buyers = at(job, "inputs", "buyers");
    assert_string_equal(json_string_value(at(root, "format", NULL)), "buyermap");
    assert_int_equal(json_integer_value(at(root, "format_version", NULL)), 1);
    assert_string_equal(json_string_value(at(root, "tool_version", NULL)), BM_VERSION);
    assert_string_equal(json_string_value(at(root, "verb", NULL)), "run");
    assert_string_equal(json_string_value(at(job, "job", NULL)), "weekly");
    assert_int_equal(json_integer_value(at(job, "seed", NULL)), 42);
    assert_string_equal(json_string_value(at(job, "cluster", "k")), "[2, 12]");
    assert_string_equal(json_string_value(at(job, "cluster", "method")), "kmeans");
    assert_true(json_real_value(at(job, "lifetime", "discount")) == 0.1);
    assert_true(json_is_true(at(job, "output", "csv")));
    assert_string_equal(json_string_value(at(buyers, "id", NULL)), "0001");
    assert_true(json_real_value(at(buyers, "minus", NULL)) == -0.25);
    assert_true(json_real_value(at(job, "tiny", NULL)) == 1e-300);
    assert_string_equal(json_string_value(at(job, "precise", NULL)), "0.12345678901234567");
    assert_string_equal(json_string_value(at(root, "versions", "GSL")), "2.7.1");
    assert_int_equal(json_integer_value(json_array_get(at(job, "range", NULL), 1)), 12);
    assert_string_equal(json_string_value(at(job, "version", NULL)), "1.");
    assert_string_equal(json_string_value(at(job, "as_of", NULL)), "2011-12-10");
    json_decref(root);
    bm_provenance_free(&provenance);
}

static void a_key_that_is_also_a_folder_of_keys_keeps_both_values(void **state) {
    (void)state;
    bm_provenance provenance = {.verb = "run"};
    set(&provenance, "a", "1");
    set(&provenance, "a.b", "2");
    set(&provenance, "c.d", "3");
    set(&provenance, "c", "4");
    json_t *root = dump(&provenance, NULL, 0);
    const json_t *job = at(root, "job", NULL);
    assert_int_equal(json_integer_value(at(job, "a", NULL)), 1);
    assert_int_equal(json_integer_value(at(job, "b", NULL)), 0);
    assert_int_equal(json_integer_value(at(job, "a.b", NULL)), 2);
    assert_int_equal(json_integer_value(at(job, "c", "d")), 3);
    assert_int_equal(json_integer_value(at(job, "c.value", NULL)), 4);
    json_decref(root);
    bm_provenance_free(&provenance);
}

static void inputs_rows_timings_warnings_and_outputs_are_there(void **state) {
    (void)state;
    bm_provenance provenance = {.verb = "run"};
    bm_strings warnings = {0};
    bm_input_file *input;
    bm_output_file output = {"segments.csv", 120, "beef", 7};
    assert_int_equal(bm_strings_add(&warnings, "a column is constant", NULL), 0);
    provenance.warnings = &warnings;
    assert_int_equal(bm_provenance_input(&provenance, "orders", "o.csv", &input, NULL), 0);
    input->bytes = 5000000000;
    snprintf(input->sha256, sizeof input->sha256, "%064d", 7);
    input->accounting.rows_in = 10;
    input->accounting.used = 6;
    input->accounting.rejected = 1;
    input->accounting.duplicates = 1;
    assert_int_equal(bm_accounting_exclude(&input->accounting, "qty above 0", 2, NULL), 0);
    assert_int_equal(bm_accounting_add(&provenance.accounting, &input->accounting, NULL), 0);
    provenance.seconds[BM_STAGE_CLUSTER] = 1.5;
    json_t *root = dump(&provenance, &output, 1);
    const json_t *in_json = json_array_get(at(root, "inputs", NULL), 0);
    const json_t *rows = at(in_json, "rows", NULL);
    assert_string_equal(json_string_value(at(in_json, "role", NULL)), "orders");
    assert_true(json_integer_value(at(in_json, "bytes", NULL)) == 5000000000);
    assert_int_equal(json_string_length(at(in_json, "sha256", NULL)), 64);
    assert_int_equal(json_integer_value(at(rows, "rows_in", NULL)), 10);
    assert_int_equal(json_integer_value(at(rows, "excluded", NULL)), 2);
    const json_t *exclusion = json_array_get(at(rows, "exclusions", NULL), 0);
    assert_string_equal(json_string_value(at(exclusion, "reason", NULL)), "qty above 0");
    assert_int_equal(json_integer_value(at(exclusion, "rows", NULL)), 2);
    assert_int_equal(json_integer_value(at(root, "rows", "used")), 6);
    assert_true(json_real_value(at(root, "timings", "cluster_seconds")) == 1.5);
    for (int stage = 0; stage < BM_STAGES; stage++)
        assert_true(json_is_real(at(root, "timings", bm_stage_name((bm_stage)stage))));
    assert_true(json_integer_value(at(root, "peak_memory_bytes", NULL)) > 0);
    assert_string_equal(json_string_value(json_array_get(at(root, "warnings", NULL), 0)),
                        "a column is constant");
    const json_t *file = json_array_get(at(root, "outputs", NULL), 0);
    assert_string_equal(json_string_value(at(file, "name", NULL)), "segments.csv");
    assert_string_equal(json_string_value(at(file, "sha256", NULL)), "beef");
    assert_int_equal(json_integer_value(at(file, "rows", NULL)), 7);
    json_decref(root);
    bm_provenance_free(&provenance);
    bm_strings_free(&warnings);
}

static void a_path_that_is_not_utf8_does_not_stop_the_run(void **state) {
    (void)state;
    bm_provenance provenance = {.verb = "run"};
    bm_input_file *input;
    const char *path = "caf\xe9/\xe1\x83\x97\xff.csv"; /* Latin-1, Georgian, rubbish */
    assert_int_equal(bm_provenance_input(&provenance, "orders", path, &input, NULL), 0);
    json_t *root = dump(&provenance, NULL, 0);
    const json_t *in_json = json_array_get(at(root, "inputs", NULL), 0);
    assert_string_equal(json_string_value(at(in_json, "path", NULL)),
                        "caf\xEF\xBF\xBD/\xe1\x83\x97\xEF\xBF\xBD.csv");
    json_decref(root);
    bm_provenance_free(&provenance);
}

static void equal_runs_give_equal_text(void **state) {
    (void)state;
    char *text[2];
    for (int i = 0; i < 2; i++) {
        bm_provenance provenance = {.verb = "run"};
        set(&provenance, "z.b", "1");
        set(&provenance, "a.c", "2");
        set(&provenance, "z.a", "3");
        assert_int_equal(bm_run_json(&text[i], &provenance, NULL, 0, NULL), BM_OK);
        *strstr(text[i], "\"peak_memory_bytes\"") = '\0';
        bm_provenance_free(&provenance);
    }
    assert_string_equal(text[0], text[1]);
    assert_true(strstr(text[0], "\"z\"") < strstr(text[0], "\"a\": {"));
    free(text[0]);
    free(text[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_nested_and_typed),
        cmocka_unit_test(a_key_that_is_also_a_folder_of_keys_keeps_both_values),
        cmocka_unit_test(inputs_rows_timings_warnings_and_outputs_are_there),
        cmocka_unit_test(a_path_that_is_not_utf8_does_not_stop_the_run),
        cmocka_unit_test(equal_runs_give_equal_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
