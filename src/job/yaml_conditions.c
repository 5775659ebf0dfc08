/* `filter:` and `returns:`: conditions on columns. */
#include "base/memory.h"
#include "base/number.h"
#include "job/yaml_node.h"

#include <stdlib.h>
#include <string.h>

static int is_numeric_kind(bm_condition_kind kind) {
    return kind == BM_ABOVE || kind == BM_BELOW || kind == BM_MIN || kind == BM_MAX;
}

static int takes_list(bm_condition_kind kind) {
    return kind == BM_IN || kind == BM_NOT_IN;
}

static int find_kind(const char *word, bm_condition_kind *kind) {
    for (int i = BM_ABOVE; i <= BM_NOT_MISSING; i++) {
        if (strcmp(bm_condition_word((bm_condition_kind)i), word) == 0) {
            *kind = (bm_condition_kind)i;
            return 1;
        }
    }
    return 0;
}

/* Adds one value; `numeric` stays 1 while every value is a plain (unquoted) number. */
static bm_status add_value(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                           bm_condition *condition, bm_error *err) {
    const char *text = bm_yaml_text(node);
    double number;
    if (text == NULL)
        return bm_yaml_fail(yaml, node, key->name, err, "%s needs a plain value",
                            bm_condition_word(condition->kind));
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
        !bm_parse_number((bm_text){text, strlen(text)}, &number))
        condition->numeric = 0;
    return bm_strings_add(&condition->values, text, err);
}

static bm_status read_value(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                            bm_condition *condition, bm_error *err) {
    const char *word = bm_condition_word(condition->kind);
    const char *text = bm_yaml_text(node);
    if (condition->kind == BM_NOT_MISSING) {
        if (text == NULL || strcmp(text, "true") != 0)
            return bm_yaml_fail(yaml, node, key->name, err, "%s of \"%s\" can only be true", word,
                                condition->column);
        return BM_OK;
    }
    if (is_numeric_kind(condition->kind)) {
        if (text == NULL || !bm_parse_number((bm_text){text, strlen(text)}, &condition->number))
            return bm_yaml_fail(yaml, node, key->name, err,
                                "%s of \"%s\" needs a number, not \"%s\"", word, condition->column,
                                text != NULL ? text : "");
        return bm_strings_add(&condition->values, text, err);
    }
    condition->numeric = 1;
    if (!takes_list(condition->kind))
        return add_value(yaml, key, node, condition, err);
    if (node->type != YAML_SEQUENCE_NODE)
        return bm_yaml_fail(yaml, node, key->name, err, "%s needs a list: [A, B]", word);
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        bm_status status = add_value(yaml, key, bm_yaml_node(yaml, *item), condition, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

/* "Quantity above 0", "Country in A, B". */
static bm_status describe(bm_condition *condition, bm_error *err) {
    char *values = NULL, *longer = NULL;
    bm_status status;
    BM_TRY(bm_copy_string(&values, "", err));
    for (size_t i = 0; i < condition->values.count; i++) {
        BM_TRY(bm_format(&longer, err, "%s%s%s", values, i > 0 ? ", " : " ",
                         condition->values.item[i]));
        free(values);
        values = longer;
        longer = NULL;
    }
    status = bm_format(&condition->text, err, "%s %s%s", condition->column,
                       bm_condition_word(condition->kind), values);
cleanup:
    free(values);
    return status;
}

static bm_status append(bm_condition_list *list, bm_condition *condition, bm_error *err) {
    bm_condition *grown = realloc(list->item, (list->count + 1) * sizeof *grown);
    if (grown == NULL) {
        bm_condition_free(condition);
        return bm_fail(err, BM_NOMEM, "out of memory: conditions");
    }
    list->item = grown;
    grown[list->count++] = *condition;
    return BM_OK;
}

static const char *column_of(const bm_yaml *yaml, const yaml_node_t *mapping) {
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const char *word = bm_yaml_text(bm_yaml_node(yaml, pair->key));
        if (word != NULL && strcmp(word, "column") == 0)
            return bm_yaml_text(bm_yaml_node(yaml, pair->value));
    }
    return NULL;
}

/* Every condition of one mapping {column: Quantity, above: 0, max: 1000}. */
static bm_status read_mapping(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *mapping,
                              bm_condition_list *list, bm_error *err) {
    if (mapping->type != YAML_MAPPING_NODE)
        return bm_yaml_fail(yaml, mapping, key->name, err,
                            "a condition is written {column: Quantity, above: 0}");
    const char *column = column_of(yaml, mapping);
    if (column == NULL)
        return bm_yaml_fail(yaml, mapping, key->name, err, "a condition needs a column");
    size_t before = list->count;
    int columns = 0;
    for (const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start;
         pair < mapping->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key_node = bm_yaml_node(yaml, pair->key);
        const char *word = bm_yaml_text(key_node);
        if (word != NULL && strcmp(word, "column") == 0 && columns++ == 0)
            continue;
        bm_condition condition = {0};
        if (word == NULL || !find_kind(word, &condition.kind))
            return bm_yaml_fail(yaml, key_node, key->name, err,
                                "\"%s\" is no condition; there are above, below, min, max, equals, "
                                "not_equals, in, not_in, prefix, not_prefix, not_missing",
                                word != NULL ? word : "");
        bm_status status = bm_copy_string(&condition.column, column, err);
        if (status == BM_OK)
            status = read_value(yaml, key, bm_yaml_node(yaml, pair->value), &condition, err);
        if (status == BM_OK)
            status = describe(&condition, err);
        if (status != BM_OK) {
            bm_condition_free(&condition);
            return status;
        }
        status = append(list, &condition, err);
        if (status != BM_OK)
            return status;
    }
    if (list->count == before)
        return bm_yaml_fail(yaml, mapping, key->name, err, "the condition on \"%s\" says nothing",
                            column);
    return BM_OK;
}

static void clear(bm_condition_list *list) {
    for (size_t i = 0; i < list->count; i++)
        bm_condition_free(&list->item[i]);
    free(list->item);
    *list = (bm_condition_list){0};
}

bm_status bm_yaml_set_filter(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                             bm_condition_list *list, bm_error *err) {
    if (node->type != YAML_SEQUENCE_NODE)
        return bm_yaml_fail(yaml, node, key->name, err,
                            "needs a list of conditions: [{column: Quantity, above: 0}]");
    clear(list);
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        bm_status status = read_mapping(yaml, key, bm_yaml_node(yaml, *item), list, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

bm_status bm_yaml_set_returns(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                              bm_condition_list *list, bm_error *err) {
    clear(list);
    bm_status status = read_mapping(yaml, key, node, list, err);
    if (status == BM_OK && list->count != 1)
        status =
            bm_yaml_fail(yaml, node, key->name, err, "takes one condition, not %zu", list->count);
    return status;
}
