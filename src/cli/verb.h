/* The front door: a verb is one file and one row in verbs.c; a flag is one row that names a key of
 * the job's table, which has its type, default and help. */
#ifndef BM_CLI_VERB_H
#define BM_CLI_VERB_H

#include "buyermap/accounting.h"
#include "buyermap/provenance.h"
#include "buyermap/result.h"
#include "cli/console.h"
#include "job/job.h"

typedef struct bm_verb bm_verb;

/* One flag: --name sets the key. */
typedef struct bm_flag {
    const char *name;
    const char *key;
} bm_flag;

/* One call of buyermap. */
typedef struct bm_invocation {
    const bm_verb *verb;
    const char *operand; /* JOB.yaml, TABLE, ORDERS, buyers|orders; NULL: none given */
    const char *second;  /* the one after it, of verbs that take two */
    bm_job job;
    bm_console console;
    bm_context context;
    bm_accounting summary; /* for the status line; empty for verbs without rows */
    int out_given;         /* --out was among the flags */
    int silent;            /* 1: no status line on success (--dry-run, inspect) */
} bm_invocation;

struct bm_verb {
    const char *name;
    const char *operand;         /* metavar of the operand; NULL: takes none */
    const char *second;          /* of the one after it; NULL: there is none */
    const char *summary;         /* one line */
    const char *example;         /* one command line */
    const bm_flag *const *flags; /* NULL-terminated list of tables that end with a NULL name */
    int takes_job;               /* the operand is a job file, and --set is a flag */
    bm_status (*run)(bm_invocation *invocation, bm_error *err);
};

/* The registry, NULL-terminated. */
extern const bm_verb *const bm_verbs[];
extern const bm_verb bm_verb_run, bm_verb_cluster, bm_verb_rfm, bm_verb_cohorts, bm_verb_inspect,
    bm_verb_generate, bm_verb_ltv, bm_verb_assign, bm_verb_survival;
bm_status bm_find_verb(const char *name, const bm_verb **verb, bm_error *err) BM_MUST_CHECK;
/* The flags every verb takes. */
extern const bm_flag bm_common_flags[], bm_reading_flags[], bm_order_flags[];

/* Runs one command line and gives the exit code. */
int bm_main(int argc, char **argv);

/* Parses the words after the verb into the invocation: job file, --set, then flags, each over the
 * one before. *help is 1 when --help was asked for. BM_USAGE, or what the job file gives. */
bm_status bm_parse_arguments(bm_invocation *invocation, int argc, char **argv, int *help,
                             bm_error *err) BM_MUST_CHECK;
void bm_print_help(void);
void bm_print_verb_help(const bm_verb *verb);
void bm_print_version(void);

/* Runs the job with the steps of a verb, prints the plan on --dry-run and the segments otherwise.
 */
bm_status bm_run_verb(bm_invocation *invocation, unsigned steps, bm_error *err) BM_MUST_CHECK;
/* On stderr: what became of the rows of each input; and "  1   1575  36.3 %  frequent, high value"
 * for each segment, where there are any. */
void bm_tell_accounting(bm_invocation *invocation, const bm_provenance *provenance);
void bm_tell_segments(bm_invocation *invocation, const bm_results *results);
/* Columns of an order log that no flag named, by their usual names; says what was guessed. */
bm_status bm_guess_orders(bm_invocation *invocation, bm_error *err) BM_MUST_CHECK;
/* Makes the operand the order log, and guesses its columns. */
bm_status bm_take_orders(bm_invocation *invocation, bm_error *err) BM_MUST_CHECK;

#endif
