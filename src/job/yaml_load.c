/* A job file, read through libyaml: every key once, known, and of the right type. */
#include "base/memory.h"
#include "base/nearest.h"
#include "base/number.h"
#include "job/yaml_node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_KEY = 128 };

const char *bm_yaml_text(const yaml_node_t *node) {
    if (node == NULL || node->type != YAML_SCALAR_NODE)
        return NULL;
    const char *text = (const char *)node->data.scalar.value;
    if (strlen(text) != node->data.scalar.length)
        return NULL; /* a NUL byte inside */
    int plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (plain && (text[0] == '\0' || strcmp(text, "~") == 0 || strcmp(text, "null") == 0))
        return NULL;
    return text;
}

const yaml_node_t *bm_yaml_node(const bm_yaml *yaml, int index) {
    return yaml_document_get_node((yaml_document_t *)&yaml->document, index);
}

bm_status bm_yaml_fail(const bm_yaml *yaml, const yaml_node_t *node, const char *key, bm_error *err,
                       const char *format, ...) {
    char problem[768];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof problem, format, arguments);
    va_end(arguments);
    if (!yaml->has_lines)
        return bm_fail(err, yaml->status, "%s: %s", yaml->name, problem);
    return bm_fail(err, yaml->status, "%s:%zu: %s: %s", yaml->name, node->start_mark.line + 1, key,
                   problem);
}

static const char *node_kind(const yaml_node_t *node) {
    if (node->type == YAML_SEQUENCE_NODE)
        return "a list";
    if (node->type == YAML_MAPPING_NODE)
        return "a mapping";
    return bm_yaml_text(node) != NULL ? "a value" : "nothing";
}

static bm_status wrong_type(const bm_yaml *yaml, const yaml_node_t *node, const char *key,
                            const char *wanted, bm_error *err) {
    return bm_yaml_fail(yaml, node, key, err, "needs %s, not %s", wanted, node_kind(node));
}

static bm_status set_scalar(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                            const char *text, bm_job *job, bm_error *err) {
    char where[512];
    if (yaml->has_lines)
        snprintf(where, sizeof where, "%s:%zu: %s", yaml->name, node->start_mark.line + 1,
                 key->name);
    else
        snprintf(where, sizeof where, "%s", yaml->name);
    const bm_origin origin = {where, yaml->status, yaml->directory};
    return bm_key_parse(key, job, text, &origin, err);
}

/* A list of scalars. An empty list is allowed. */
static bm_status set_list(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                          bm_strings *target, bm_error *err) {
    bm_strings list = {0};
    bm_status status = BM_OK;
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top && status == BM_OK; item++) {
        const yaml_node_t *element = bm_yaml_node(yaml, *item);
        const char *text = bm_yaml_text(element);
        status = text != NULL ? bm_strings_add(&list, text, err)
                              : wrong_type(yaml, element, key->name, "a list of plain values", err);
    }
    if (status != BM_OK) {
        bm_strings_free(&list);
        return status;
    }
    bm_strings_free(target);
    *target = list;
    return BM_OK;
}

/* [low, high] is the same as low:high. */
static bm_status set_k_range(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                             bm_job *job, bm_error *err) {
    bm_strings ends = {0};
    char *text = NULL;
    bm_status status;
    BM_TRY(set_list(yaml, key, node, &ends, err));
    if (ends.count != 2) {
        status = bm_yaml_fail(yaml, node, key->name, err,
                              "a range is two numbers such as [2, 12], not %zu", ends.count);
        goto cleanup;
    }
    BM_TRY(bm_format(&text, err, "%s:%s", ends.item[0], ends.item[1]));
    status = set_scalar(yaml, key, node, text, job, err);
cleanup:
    free(text);
    bm_strings_free(&ends);
    return status;
}

static bm_status set_weights(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                             bm_job *job, bm_error *err) {
    bm_weight_list *target = bm_key_target(key, job);
    bm_key_clear(key, job);
    bm_status status;
    size_t count = (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    BM_TRY(BM_NEW(&target->item, count, "weights", err));
    for (size_t i = 0; i < count; i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        const yaml_node_t *value = bm_yaml_node(yaml, pair->value);
        const char *name = bm_yaml_text(bm_yaml_node(yaml, pair->key));
        const char *text = bm_yaml_text(value);
        bm_feature_weight *weight = &target->item[target->count];
        if (name == NULL || text == NULL ||
            !bm_parse_number((bm_text){text, strlen(text)}, &weight->weight) ||
            weight->weight <= 0 || weight->weight > 1e12)
            return bm_yaml_fail(yaml, value, key->name, err,
                                "a weight is written feature: number, above 0 and to 1e12");
        for (size_t j = 0; j < target->count; j++) {
            if (strcmp(target->item[j].name, name) == 0)
                return bm_yaml_fail(yaml, value, key->name, err, "\"%s\" stands twice", name);
        }
        BM_TRY(bm_copy_string(&weight->name, name, err));
        target->count++;
    }
cleanup:
    return status;
}

bm_status bm_yaml_set(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node, bm_job *job,
                      bm_error *err) {
    if (key->kind == BM_KEY_RESERVED)
        return set_scalar(yaml, key, node, "", job, err);
    void *target = bm_key_target(key, job);
    if (key->kind == BM_KEY_FILTER)
        return bm_yaml_set_filter(yaml, key, node, target, err);
    if (key->kind == BM_KEY_RETURNS)
        return bm_yaml_set_returns(yaml, key, node, target, err);
    if (key->kind == BM_KEY_WEIGHTS)
        return node->type == YAML_MAPPING_NODE
                   ? set_weights(yaml, key, node, job, err)
                   : wrong_type(yaml, node, key->name, "a mapping feature: weight", err);
    if (node->type == YAML_SEQUENCE_NODE && key->kind == BM_KEY_LIST)
        return set_list(yaml, key, node, target, err);
    if (node->type == YAML_SEQUENCE_NODE && key->kind == BM_KEY_K)
        return set_k_range(yaml, key, node, job, err);
    const char *text = bm_yaml_text(node);
    if (text == NULL)
        return wrong_type(yaml, node, key->name,
                          key->kind == BM_KEY_LIST ? "a list" : "a single value", err);
    return set_scalar(yaml, key, node, text, job, err);
}

/* Whether the dotted name is the beginning of longer keys of the job file. */
static int is_section(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 0; i < bm_job_keys(); i++) {
        const bm_key *key = bm_job_key_at(i);
        if (!key->flag_only && strncmp(key->name, name, length) == 0 && key->name[length] == '.')
            return 1;
    }
    return 0;
}

/* The part of a key that follows a section: "inputs.orders" of "inputs." -> "orders". */
static void child_name(const char *key, size_t prefix, char child[LONGEST_KEY]) {
    snprintf(child, LONGEST_KEY, "%s", key + prefix);
    child[strcspn(child, ".")] = '\0';
}

static bm_status unknown_key(const bm_yaml *yaml, const yaml_node_t *node, const char *prefix,
                             const char *name, bm_error *err) {
    size_t length = strlen(prefix);
    bm_nearest_word nearest = {0};
    char full[2 * LONGEST_KEY], child[LONGEST_KEY], best[LONGEST_KEY] = "";
    for (size_t i = 0; i < bm_job_keys(); i++) {
        const bm_key *key = bm_job_key_at(i);
        if (key->flag_only || strncmp(key->name, prefix, length) != 0)
            continue;
        child_name(key->name, length, child);
        const size_t before = nearest.distance;
        const int first = nearest.word == NULL;
        bm_nearest_consider(&nearest, child, name);
        if (first || nearest.distance < before)
            memcpy(best, child, sizeof best);
    }
    snprintf(full, sizeof full, "%s%s", prefix, name);
    return bm_yaml_fail(yaml, node, full, err, "unknown key; the nearest valid one is \"%s\"",
                        best);
}

/* Keys of one mapping, whose dotted prefix ("cluster.") is given. */
static bm_status set_mapping(const bm_yaml *yaml, const yaml_node_t *mapping, const char *prefix,
                             bm_job *job, bm_error *err) {
    const yaml_node_pair_t *first = mapping->data.mapping.pairs.start;
    for (const yaml_node_pair_t *pair = first; pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key_node = bm_yaml_node(yaml, pair->key);
        const yaml_node_t *value = bm_yaml_node(yaml, pair->value);
        const char *name = bm_yaml_text(key_node);
        char full[2 * LONGEST_KEY];
        if (name == NULL || strlen(name) >= LONGEST_KEY)
            return bm_yaml_fail(yaml, key_node, prefix[0] != '\0' ? prefix : "job file", err,
                                "a key must be a short plain text");
        snprintf(full, sizeof full, "%s%s", prefix, name);
        for (const yaml_node_pair_t *earlier = first; earlier < pair; earlier++) {
            const char *other = bm_yaml_text(bm_yaml_node(yaml, earlier->key));
            if (other != NULL && strcmp(other, name) == 0)
                return bm_yaml_fail(yaml, key_node, full, err, "this key stands twice");
        }
        int dotted = strchr(name, '.') != NULL; /* dots are for --set */
        const bm_key *key = dotted ? NULL : bm_job_key(full);
        bm_status status;
        if (key != NULL && !key->flag_only) {
            status = bm_yaml_set(yaml, key, value, job, err);
        } else if (!dotted && is_section(full)) {
            if (value->type != YAML_MAPPING_NODE)
                return wrong_type(yaml, value, full, "a mapping", err);
            strncat(full, ".", sizeof full - strlen(full) - 1);
            status = set_mapping(yaml, value, full, job, err);
        } else {
            status = unknown_key(yaml, key_node, prefix, name, err);
        }
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

static bm_status parser_fault(const yaml_parser_t *parser, const bm_yaml *yaml, bm_error *err) {
    const char *problem = parser->problem != NULL ? parser->problem : "cannot be read";
    if (parser->error == YAML_MEMORY_ERROR)
        return bm_fail(err, BM_NOMEM, "out of memory: %s", yaml->name);
    if (!yaml->has_lines)
        return bm_fail(err, yaml->status, "%s: not valid YAML: %s", yaml->name, problem);
    size_t line =
        parser->error == YAML_READER_ERROR ? parser->mark.line : parser->problem_mark.line;
    return bm_fail(err, yaml->status, "%s:%zu: not valid YAML: %s", yaml->name, line + 1, problem);
}

/* Loads the one document of the parser's input. */
static bm_status load_document(yaml_parser_t *parser, bm_yaml *yaml, bm_error *err) {
    if (!yaml_parser_load(parser, &yaml->document))
        return parser_fault(parser, yaml, err);
    yaml->loaded = 1;
    if (yaml_document_get_root_node(&yaml->document) == NULL)
        return bm_fail(err, yaml->status, "%s: empty: there is no job in it", yaml->name);
    yaml_document_t next;
    if (!yaml_parser_load(parser, &next))
        return parser_fault(parser, yaml, err);
    int second = yaml_document_get_root_node(&next) != NULL;
    yaml_document_delete(&next);
    if (second)
        return bm_fail(err, yaml->status, "%s: holds more than one YAML document", yaml->name);
    return BM_OK;
}

static bm_status open_job(const char *path, FILE **file, bm_error *err) {
    struct stat info;
    *file = fopen(path, "rb");
    if (*file == NULL)
        return bm_fail(err, BM_NOINPUT, "cannot open the job file %s: %s", path, strerror(errno));
    if (fstat(fileno(*file), &info) == 0 && S_ISDIR(info.st_mode)) {
        fclose(*file);
        *file = NULL;
        return bm_fail(err, BM_NOINPUT, "the job file %s is a directory", path);
    }
    return BM_OK;
}

bm_status bm_job_load(bm_job *job, const char *path, bm_error *err) {
    const char *slash = strrchr(path, '/');
    char *directory = NULL;
    FILE *file = NULL;
    yaml_parser_t parser;
    bm_yaml yaml = {.name = path, .status = BM_JOB, .has_lines = 1};
    int parsing = 0;
    bm_status status;
    BM_TRY(open_job(path, &file, err));
    free(job->file);
    BM_TRY(bm_copy_string(&job->file, path, err));
    if (slash != NULL)
        BM_TRY(bm_copy_text(&directory, path, slash == path ? 1 : (size_t)(slash - path), err));
    yaml.directory = directory;
    if (!yaml_parser_initialize(&parser)) {
        status = bm_fail(err, BM_NOMEM, "out of memory: %s", path);
        goto cleanup;
    }
    parsing = 1;
    yaml_parser_set_input_file(&parser, file);
    BM_TRY(load_document(&parser, &yaml, err));
    const yaml_node_t *root = yaml_document_get_root_node(&yaml.document);
    if (root->type != YAML_MAPPING_NODE)
        status =
            bm_fail(err, BM_JOB, "%s:%zu: a job file is a mapping of keys, such as inputs:", path,
                    root->start_mark.line + 1);
    else
        status = set_mapping(&yaml, root, "", job, err);
cleanup:
    if (yaml.loaded)
        yaml_document_delete(&yaml.document);
    if (parsing)
        yaml_parser_delete(&parser);
    if (file != NULL)
        fclose(file);
    free(directory);
    return status;
}

/* A value in brackets, braces or quotes is YAML. */
static bm_status override_yaml(const bm_key *key, bm_job *job, const char *value, bm_yaml *yaml,
                               bm_error *err) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return bm_fail(err, BM_NOMEM, "out of memory: --set");
    yaml_parser_set_input_string(&parser, (const unsigned char *)value, strlen(value));
    bm_status status = load_document(&parser, yaml, err);
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
        if (bm_key_in_file(bm_job_key_at(i)))
            bm_nearest_consider(&nearest, bm_job_key_at(i)->name, name);
    }
    return bm_fail(err, BM_USAGE, "--set %s: unknown key; the nearest valid one is \"%s\"", name,
                   nearest.word);
}

/* The key above a dotted name that is none itself: lifetime.unit -> lifetime. */
static const bm_key *key_above(const char *name) {
    char above[LONGEST_KEY];
    const char *dot = strrchr(name, '.');
    for (; dot != NULL && (size_t)(dot - name) < sizeof above; dot = strrchr(above, '.')) {
        snprintf(above, sizeof above, "%.*s", (int)(dot - name), name);
        const bm_key *key = bm_job_key(above);
        if (key != NULL)
            return key;
        name = above;
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
        char where[LONGEST_KEY + 8];
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
