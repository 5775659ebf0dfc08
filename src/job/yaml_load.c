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
static void child_name(const char *key, size_t prefix, char child[BM_LONGEST_KEY]) {
    snprintf(child, BM_LONGEST_KEY, "%s", key + prefix);
    child[strcspn(child, ".")] = '\0';
}

static bm_status unknown_key(const bm_yaml *yaml, const yaml_node_t *node, const char *prefix,
                             const char *name, bm_error *err) {
    size_t length = strlen(prefix);
    bm_nearest_word nearest = {0};
    char full[2 * BM_LONGEST_KEY], child[BM_LONGEST_KEY], best[BM_LONGEST_KEY] = "";
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
        char full[2 * BM_LONGEST_KEY];
        if (name == NULL || strlen(name) >= BM_LONGEST_KEY)
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

bm_status bm_yaml_load(yaml_parser_t *parser, bm_yaml *yaml, bm_error *err) {
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
    BM_TRY(bm_yaml_load(&parser, &yaml, err));
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
