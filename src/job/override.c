/* --set KEY=VALUE: one key over the job file, its value as it would be written there. */
#include "base/memory.h"
#include "base/nearest.h"
#include "base/number.h"
#include "job/yaml_node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value in brackets, braces or quotes is YAML. */
static bm_status override_yaml(const bm_key *key, bm_job *job, const char *value, bm_yaml *yaml,
                               bm_error *err) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return bm_fail(err, BM_NOMEM, "out of memory: --set");
    yaml_parser_set_input_string(&parser, (const unsigned char *)value, strlen(value));
    bm_status status = bm_yaml_load(&parser, yaml, err);
    if (status == BM_OK)
        status = bm_yaml_set(yaml, key, yaml_document_get_root_node(&yaml->document), job, err);
    if (yaml->loaded)
        yaml_document_delete(&yaml->document);
    yaml_parser_delete(&parser);
    return status;
}

static bm_status unknown_override(const char *name, bm_error *err) {
    bm_nearest_word nearest = {0};
    for (size_t i = 0; i < bm_job_keys(); i++) {
        const char *key = bm_job_key_at(i)->name, *dot = strrchr(key, '.');
        if (!bm_key_in_file(bm_job_key_at(i)))
            continue;
        /* Somebody who types k means cluster.k. */
        if (dot != NULL && strcmp(dot + 1, name) == 0)
            nearest = (bm_nearest_word){key, 0};
        bm_nearest_consider(&nearest, key, name);
    }
    return bm_fail(err, BM_USAGE, "--set %s: unknown key; the nearest valid one is \"%s\"", name,
                   nearest.word);
}

/* The key above a dotted name that is none itself: lifetime.unit -> lifetime. */
static const bm_key *key_above(const char *name) {
    char above[BM_LONGEST_KEY];
    snprintf(above, sizeof above, "%s", name);
    for (char *dot; (dot = strrchr(above, '.')) != NULL;) {
        *dot = '\0';
        const bm_key *key = bm_job_key(above);
        if (key != NULL)
            return key;
    }
    return NULL;
}

/* features.weights.monetary=2: one weight, beside those that are there. */
static bm_status override_weight(const bm_key *key, bm_job *job, const char *feature,
                                 const char *value, bm_error *err) {
    bm_weight_list *list = bm_key_target(key, job);
    double weight;
    if (!bm_parse_number((bm_text){value, strlen(value)}, &weight) || weight <= 0 || weight > 1e12)
        return bm_fail(err, BM_USAGE, "--set %s.%s: \"%s\" is not a number above 0 and to 1e12",
                       key->name, feature, value);
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->item[i].name, feature) == 0) {
            list->item[i].weight = weight;
            return BM_OK;
        }
    }
    bm_feature_weight *grown = realloc(list->item, (list->count + 1) * sizeof *grown);
    if (grown == NULL)
        return bm_fail(err, BM_NOMEM, "out of memory: weights");
    list->item = grown;
    bm_status status = bm_copy_string(&grown[list->count].name, feature, err);
    grown[list->count].weight = weight;
    list->count += status == BM_OK;
    return status;
}

/* A name that is no key: part of one that is not built, a weight, or a slip. */
static bm_status override_part(bm_job *job, const char *name, const char *value, bm_error *err) {
    const bm_key *above = key_above(name);
    if (above != NULL && above->kind == BM_KEY_RESERVED) {
        char where[BM_LONGEST_KEY + 8];
        snprintf(where, sizeof where, "--set %s", name);
        const bm_origin origin = {where, BM_USAGE, NULL};
        return bm_key_parse(above, job, value, &origin, err);
    }
    if (above != NULL && above->kind == BM_KEY_WEIGHTS)
        return override_weight(above, job, name + strlen(above->name) + 1, value, err);
    return unknown_override(name, err);
}

bm_status bm_job_override(bm_job *job, const char *assignment, bm_error *err) {
    const char *equals = strchr(assignment, '=');
    if (equals == NULL || equals == assignment)
        return bm_fail(err, BM_USAGE, "--set %s: write it KEY=VALUE, as in --set cluster.k=5",
                       assignment);
    char *name = NULL, *where = NULL, *directory = NULL;
    bm_status status;
    BM_TRY(bm_copy_text(&name, assignment, (size_t)(equals - assignment), err));
    BM_TRY(bm_format(&where, err, "--set %s", name));
    const char *slash = job->file != NULL ? strrchr(job->file, '/') : NULL;
    if (slash != NULL)
        BM_TRY(bm_copy_text(&directory, job->file,
                            slash == job->file ? 1 : (size_t)(slash - job->file), err));
    const bm_key *key = bm_job_key(name);
    if (key == NULL || key->flag_only) {
        status = override_part(job, name, equals + 1, err);
    } else if (equals[1] != '\0' && strchr("[{\"'", equals[1]) != NULL) {
        bm_yaml yaml = {.name = where, .directory = directory, .status = BM_USAGE};
        status = override_yaml(key, job, equals + 1, &yaml, err);
    } else {
        const bm_origin origin = {where, BM_USAGE, directory};
        status = bm_key_parse(key, job, equals + 1, &origin, err);
    }
cleanup:
    free(name);
    free(where);
    free(directory);
    return status;
}
