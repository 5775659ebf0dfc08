/* The YAML tree of a job file, as the files of job/ read it. libyaml keeps the line of each node.
 */
#ifndef BM_JOB_YAML_NODE_H
#define BM_JOB_YAML_NODE_H

#include "job/key.h"

#include <yaml.h>

enum { BM_LONGEST_KEY = 128 };

typedef struct bm_yaml {
    yaml_document_t document;
    int loaded;
    const char *name;      /* what messages begin with: the file, or "--set KEY" */
    const char *directory; /* what relative paths are relative to */
    bm_status status;      /* of its faults: BM_JOB or BM_USAGE */
    int has_lines;         /* 1: messages give the line too */
} bm_yaml;

/* Loads the one document of the parser's input; the caller deletes it when yaml->loaded. */
bm_status bm_yaml_load(yaml_parser_t *parser, bm_yaml *yaml, bm_error *err) BM_MUST_CHECK;
/* The text of a scalar that has one, else NULL. */
const char *bm_yaml_text(const yaml_node_t *node);
const yaml_node_t *bm_yaml_node(const bm_yaml *yaml, int index);
/* "weekly.yaml:12: cluster.k: …" */
bm_status bm_yaml_fail(const bm_yaml *yaml, const yaml_node_t *node, const char *key, bm_error *err,
                       const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Sets a key from a node, of whatever kind. */
bm_status bm_yaml_set(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node, bm_job *job,
                      bm_error *err) BM_MUST_CHECK;
/* The kinds that are more than a scalar (yaml_conditions.c). */
bm_status bm_yaml_set_filter(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                             bm_condition_list *list, bm_error *err) BM_MUST_CHECK;
bm_status bm_yaml_set_returns(const bm_yaml *yaml, const bm_key *key, const yaml_node_t *node,
                              bm_condition_list *list, bm_error *err) BM_MUST_CHECK;

#endif
