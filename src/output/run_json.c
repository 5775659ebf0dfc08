#include "output/run_json.h"

#include "base/clock.h"
#include "base/number.h"
#include "output/output.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Doubles are printed with this many digits; a setting that needs more stays text. */
enum { DIGITS = 15 };

/* Every setter below takes the value, and fails when it, or the object, is NULL: building needs no
 * checks in between, the last line of bm_run_json sees any failure. */
typedef struct build {
    int failed;
} build;

static void put(build *b, json_t *object, const char *key, json_t *value) {
    b->failed |= json_object_set_new_nocheck(object, key, value) != 0;
}

static void append(build *b, json_t *array, json_t *value) {
    b->failed |= json_array_append_new(array, value) != 0;
}

/* A path need not be UTF-8, but JSON is. */
static json_t *text_of(const char *text) {
    char *clean = NULL;
    if (text == NULL || bm_text_clean(&clean, (bm_text){text, strlen(text)}, NULL) != BM_OK)
        return text == NULL ? json_string("") : NULL;
    json_t *value = json_string(clean);
    free(clean);
    return value;
}

static json_t *count_of(uint64_t count) {
    return json_integer((json_int_t)count);
}

/* Seconds to the microsecond. */
static json_t *seconds_of(double seconds) {
    return json_real(isfinite(seconds) ? round(seconds * 1e6) / 1e6 : 0);
}

/* A number only when it is written like one in JSON, so that "0001" and "1_000" stay text. */
static json_t *setting_of(const char *value) {
    char again[40];
    double number;
    int64_t whole;
    bm_text text = {value, strlen(value)};
    if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0)
        return json_boolean(value[0] == 't');
    if (bm_parse_integer(text, INT64_MIN, INT64_MAX, &whole)) {
        snprintf(again, sizeof again, "%lld", (long long)whole);
        if (strcmp(again, value) == 0)
            return json_integer((json_int_t)whole);
    }
    const char *digits = value + (value[0] == '-');
    int like_json = digits[0] >= '0' && digits[0] <= '9' &&
                    (digits[0] != '0' || digits[1] == '.') && strpbrk(value, ".eE") != NULL &&
                    value[text.length - 1] != '.';
    if (like_json && bm_parse_number(text, &number)) {
        snprintf(again, sizeof again, "%.*g", DIGITS, number);
        if (strtod(again, NULL) == number)
            return json_real(number);
    }
    return text_of(value);
}

/* "cluster.k" = 5 becomes {"cluster": {"k": 5}}. Where that cannot be, because "cluster" has a
 * value of its own, the rest of the key keeps its dots. */
static void put_setting(build *b, json_t *object, const char *key, json_t *value) {
    char part[128];
    for (const char *dot; (dot = strchr(key, '.')) != NULL; key = dot + 1) {
        size_t length = (size_t)(dot - key);
        if (length == 0 || length >= sizeof part)
            break;
        memcpy(part, key, length);
        part[length] = '\0';
        json_t *inner = json_object_get(object, part);
        if (inner == NULL) {
            inner = json_object();
            put(b, object, part, inner);
        }
        if (!json_is_object(inner))
            break;
        object = inner;
    }
    if (json_is_object(json_object_get(object, key))) {
        char whole[160];
        snprintf(whole, sizeof whole, "%.128s.value", key);
        put(b, object, whole, value);
        return;
    }
    put(b, object, key, value);
}

static json_t *job_of(build *b, const bm_provenance *provenance) {
    json_t *job = json_object();
    for (size_t i = 0; i < provenance->settings; i++) {
        const bm_setting *setting = &provenance->setting[i];
        json_t *value = setting->value != NULL ? setting_of(setting->value) : json_array();
        for (size_t j = 0; j < setting->items.count; j++)
            append(b, value, setting_of(setting->items.item[j]));
        put_setting(b, job, setting->key, value);
    }
    return job;
}

static json_t *rows_of(build *b, const bm_accounting *accounting) {
    json_t *rows = json_object(), *exclusions = json_array();
    put(b, rows, "rows_in", count_of(accounting->rows_in));
    put(b, rows, "used", count_of(accounting->used));
    put(b, rows, "rejected", count_of(accounting->rejected));
    put(b, rows, "duplicates", count_of(accounting->duplicates));
    put(b, rows, "excluded", count_of(accounting->excluded));
    for (size_t i = 0; i < accounting->exclusions; i++) {
        json_t *one = json_object();
        put(b, one, "reason", text_of(accounting->exclusion[i].reason));
        put(b, one, "rows", count_of(accounting->exclusion[i].rows));
        append(b, exclusions, one);
    }
    put(b, rows, "exclusions", exclusions);
    return rows;
}

static json_t *inputs_of(build *b, const bm_provenance *provenance) {
    json_t *inputs = json_array();
    for (size_t i = 0; i < provenance->inputs; i++) {
        const bm_input_file *input = &provenance->input[i];
        json_t *one = json_object();
        put(b, one, "role", text_of(input->role));
        put(b, one, "path", text_of(input->path));
        put(b, one, "bytes", count_of(input->bytes));
        put(b, one, "sha256", text_of(input->sha256));
        put(b, one, "rows", rows_of(b, &input->accounting));
        append(b, inputs, one);
    }
    return inputs;
}

/* "GSL 2.7.1" becomes "GSL": "2.7.1". */
static json_t *versions_of(build *b, const bm_provenance *provenance) {
    json_t *versions = json_object();
    for (size_t i = 0; i < provenance->versions.count; i++) {
        const char *text = provenance->versions.item[i];
        char name[64];
        size_t length = strcspn(text, " ");
        if (length >= sizeof name || text[length] == '\0')
            continue;
        memcpy(name, text, length);
        name[length] = '\0';
        put(b, versions, name, text_of(text + length + 1));
    }
    return versions;
}

static json_t *timings_of(build *b, const bm_provenance *provenance) {
    json_t *timings = json_object();
    for (int stage = 0; stage < BM_STAGES; stage++)
        put(b, timings, bm_stage_name((bm_stage)stage), seconds_of(provenance->seconds[stage]));
    return timings;
}

static json_t *outputs_of(build *b, const bm_output_file *output, size_t outputs) {
    json_t *list = json_array();
    for (size_t i = 0; i < outputs; i++) {
        json_t *one = json_object();
        put(b, one, "name", text_of(output[i].name));
        put(b, one, "bytes", count_of(output[i].bytes));
        put(b, one, "sha256", text_of(output[i].sha256));
        put(b, one, "rows", count_of(output[i].rows));
        append(b, list, one);
    }
    return list;
}

static json_t *warnings_of(build *b, const bm_strings *warnings) {
    json_t *list = json_array();
    for (size_t i = 0; warnings != NULL && i < warnings->count; i++)
        append(b, list, text_of(warnings->item[i]));
    return list;
}

bm_status bm_run_json(char **text, const bm_provenance *provenance, const bm_output_file *output,
                      size_t outputs, bm_error *err) {
    build b = {0};
    char *dump = NULL;
    json_t *root = json_object();
    put(&b, root, "format", json_string("buyermap"));
    put(&b, root, "format_version", json_integer(1));
    put(&b, root, "tool_version", json_string(BM_VERSION));
    put(&b, root, "verb", text_of(provenance->verb != NULL ? provenance->verb : ""));
    put(&b, root, "job", job_of(&b, provenance));
    put(&b, root, "inputs", inputs_of(&b, provenance));
    put(&b, root, "rows", rows_of(&b, &provenance->accounting));
    put(&b, root, "outputs", outputs_of(&b, output, outputs));
    put(&b, root, "warnings", warnings_of(&b, provenance->warnings));
    put(&b, root, "versions", versions_of(&b, provenance));
    put(&b, root, "timings", timings_of(&b, provenance));
    put(&b, root, "peak_memory_bytes", count_of(bm_peak_memory()));
    if (!b.failed)
        dump = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(DIGITS));
    json_decref(root);
    size_t length = dump != NULL ? strlen(dump) : 0;
    *text = dump != NULL ? realloc(dump, length + 2) : NULL;
    if (*text == NULL) {
        free(dump);
        return bm_fail(err, BM_NOMEM, "out of memory: run.json");
    }
    memcpy(*text + length, "\n", 2);
    return BM_OK;
}

bm_status bm_run_json_files(int fd, bm_strings *files, int *ours, bm_error *err) {
    json_t *root = json_loadfd(fd, 0, NULL);
    const char *format = json_string_value(json_object_get(root, "format"));
    const json_t *outputs = json_object_get(root, "outputs");
    bm_status status = BM_OK;
    *ours = format != NULL && strcmp(format, "buyermap") == 0;
    for (size_t i = 0; *ours && status == BM_OK && i < json_array_size(outputs); i++) {
        const char *name = json_string_value(json_object_get(json_array_get(outputs, i), "name"));
        if (name != NULL)
            status = bm_strings_add(files, name, err);
    }
    if (*ours && status == BM_OK)
        status = bm_strings_add(files, "run.json", err);
    json_decref(root);
    return status;
}
