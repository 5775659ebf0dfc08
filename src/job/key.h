/* The table of keys, as the files of job/ see it. */
#ifndef BM_JOB_KEY_H
#define BM_JOB_KEY_H

#include "job/job.h"

/* How a value is written and where it is stored. */
typedef enum bm_key_kind {
    BM_KEY_TEXT,      /* char * */
    BM_KEY_PATH,      /* char *, relative to the job file's folder */
    BM_KEY_START,     /* char *: a word of bm_start_is_drawn, or a path */
    BM_KEY_LIST,      /* bm_strings */
    BM_KEY_COUNT,     /* size_t within low … high */
    BM_KEY_BYTES,     /* size_t: 4G, 512M */
    BM_KEY_REAL,      /* double within low … high */
    BM_KEY_SWITCH,    /* int: true, false; as a flag it takes no value */
    BM_KEY_YES_NO,    /* int: yes, no, true, false; as a flag it takes one */
    BM_KEY_CHOICE,    /* int: index of one of the words */
    BM_KEY_K,         /* bm_k_range */
    BM_KEY_DAY,       /* int32_t, an ISO date */
    BM_KEY_CHARACTER, /* char */
    BM_KEY_AMOUNT,    /* bm_amount */
    BM_KEY_BAD_ROWS,  /* bm_bad_rows */
    BM_KEY_FILTER,    /* bm_condition_list: a sequence of mappings */
    BM_KEY_RETURNS,   /* bm_condition_list: one mapping */
    BM_KEY_WEIGHTS,   /* bm_weight_list: feature: weight */
    BM_KEY_RESERVED,  /* in the contract, not built in this version: refused by name */
} bm_key_kind;

struct bm_key {
    const char *name; /* dotted: "cluster.k" */
    bm_key_kind kind;
    size_t offset;                           /* into bm_job */
    const char *initial;                     /* default as text; NULL: not set */
    const char *metavar;                     /* of its flag; NULL: by the kind */
    const char *help;                        /* one line */
    const char *const *words;                /* CHOICE: NULL-terminated, or … */
    const char *(*word_at)(size_t index);    /* … rows of a registry; NULL past the last */
    const char *(*meaning_at)(size_t index); /* of that word, one line; NULL: none */
    double low, high;                        /* COUNT, REAL; both 0: no bounds */
    int infinite;                            /* REAL: "inf" is a value, too */
    int flag_only;                           /* may not stand in a job file */
    size_t given; /* offset of an int that is 1 once a value is given; 0: nobody asks */
};

/* Who is speaking, for messages: `where` begins them, `status` is BM_JOB or BM_USAGE, and
 * `directory` is what relative paths are relative to (NULL: the working directory). */
typedef struct bm_origin {
    const char *where;
    bm_status status;
    const char *directory;
} bm_origin;

/* Sets, prints and frees one value. Lists, filters and weights come from YAML nodes (yaml_load.c);
 * as plain text a list is split at commas. */
bm_status bm_key_parse(const bm_key *key, bm_job *job, const char *text, const bm_origin *origin,
                       bm_error *err) BM_MUST_CHECK;
void bm_key_clear(const bm_key *key, bm_job *job);
void *bm_key_target(const bm_key *key, bm_job *job);

#endif
