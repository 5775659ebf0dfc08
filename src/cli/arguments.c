/* The words of a command line -> bm_job. */
#include "base/memory.h"
#include "base/nearest.h"
#include "cli/verb.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FLAGS = 96, FIRST_FLAG = 1000, HELP = 1, SET = 2 };

const bm_flag bm_common_flags[] = {
    {"out", "output.dir"},
    {"threads", "threads"},
    {"seed", "seed"},
    {"memory-limit", "memory_limit"},
    {"dry-run", "dry_run"},
    {"progress", "progress"},
    {"log-format", "log_format"},
    {"quiet", "quiet"},
    {NULL, NULL},
};

const bm_flag bm_reading_flags[] = {
    {"delimiter", "reading.delimiter"},
    {"decimal", "reading.decimal"},
    {"thousands", "reading.thousands"},
    {"quote", "reading.quote"},
    {"comment", "reading.comment"},
    {"header", "reading.header"},
    {"encoding", "reading.encoding"},
    {"na", "reading.na"},
    {"dataset", "reading.dataset"},
    {"max-bad-rows", "reading.max_bad_rows"},
    {NULL, NULL},
};

const bm_flag bm_order_flags[] = {
    {"buyer", "inputs.orders.buyer"},
    {"date", "inputs.orders.date"},
    {"date-format", "inputs.orders.date_format"},
    {"amount", "inputs.orders.amount"},
    {"order", "inputs.orders.order"},
    {"as-of", "as_of"},
    {"period", "cohorts.period"},
    {"scores", "rfm.scores"},
    {NULL, NULL},
};

/* What the command line holds, before any of it is applied: flags come over the job file. */
typedef struct given_words {
    const bm_flag *flag[MOST_FLAGS];
    struct option option[MOST_FLAGS + 3];
    int flags;
    struct {
        const bm_flag *flag; /* NULL: --set */
        const char *text;
    } * word;
    size_t words;
} given_words;

static void list_flags(const bm_verb *verb, given_words *given) {
    int n = 0;
    for (const bm_flag *const *table = verb->flags; *table != NULL; table++) {
        for (const bm_flag *flag = *table; flag->name != NULL && n < MOST_FLAGS; flag++) {
            const bm_key *key = bm_job_key(flag->key);
            int has_value =
                bm_key_is_switch(key) || bm_key_is_reserved(key) ? no_argument : required_argument;
            given->flag[n] = flag;
            given->option[n] = (struct option){flag->name, has_value, NULL, FIRST_FLAG + n};
            n++;
        }
    }
    given->flags = n;
    given->option[n++] = (struct option){"help", no_argument, NULL, HELP};
    if (verb->takes_job)
        given->option[n] = (struct option){"set", required_argument, NULL, SET};
}

static bm_status unknown_flag(const bm_verb *verb, const given_words *given, const char *word,
                              bm_error *err) {
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    const char *bare = name + strspn(name, "-");
    bm_nearest_word nearest = {0};
    for (int i = 0; given->option[i].name != NULL; i++)
        bm_nearest_consider(&nearest, given->option[i].name, bare);
    if (bm_nearest_is_slip(&nearest, bare))
        return bm_fail(err, BM_USAGE, "unknown flag %s; did you mean --%s?", name, nearest.word);
    return bm_fail(err, BM_USAGE, "unknown flag %s; buyermap %s --help lists the flags", name,
                   verb->name);
}

/* A flag of the contract that later versions build ends the parse, whatever stands after it. */
static bm_status refuse_reserved(bm_job *job, const bm_flag *flag, bm_error *err) {
    char name[64];
    snprintf(name, sizeof name, "--%s", flag->name);
    return bm_key_set_flag(bm_job_key(flag->key), job, name, "", err);
}

static bm_status collect(bm_invocation *invocation, given_words *given, int argc, char **argv,
                         int *help, bm_error *err) {
    opterr = 0;
    optind = 1;
    for (;;) {
        int at = optind;
        int found = getopt_long(argc, argv, ":", given->option, NULL);
        if (found == -1)
            break;
        if (found == HELP) {
            *help = 1;
            return BM_OK;
        }
        if (found == ':')
            return bm_fail(err, BM_USAGE, "%s needs a value", argv[optind - 1]);
        if (found == '?')
            return unknown_flag(invocation->verb, given, argv[optind > at ? optind - 1 : at], err);
        const bm_flag *flag = found == SET ? NULL : given->flag[found - FIRST_FLAG];
        if (flag != NULL && bm_key_is_reserved(bm_job_key(flag->key)))
            return refuse_reserved(&invocation->job, flag, err);
        given->word[given->words].flag = flag;
        given->word[given->words++].text = optarg != NULL ? optarg : "true";
    }
    int operands = argc - optind;
    if (operands > (invocation->verb->operand != NULL))
        return bm_fail(err, BM_USAGE,
                       "\"%s\" is one word too many; buyermap %s --help shows what "
                       "it takes",
                       argv[argc - 1], invocation->verb->name);
    if (operands == 1)
        invocation->operand = argv[optind];
    return BM_OK;
}

static bm_status apply(bm_invocation *invocation, const given_words *given, bm_error *err) {
    bm_job *job = &invocation->job;
    for (size_t i = 0; i < given->words; i++) {
        if (given->word[i].flag != NULL)
            continue;
        bm_status status = bm_job_override(job, given->word[i].text, err);
        if (status != BM_OK)
            return status;
    }
    for (size_t i = 0; i < given->words; i++) {
        const bm_flag *flag = given->word[i].flag;
        if (flag == NULL)
            continue;
        invocation->out_given |= strcmp(flag->name, "out") == 0;
        char name[64] = "--";
        strncat(name, flag->name, sizeof name - 3);
        bm_status status =
            bm_key_set_flag(bm_job_key(flag->key), job, name, given->word[i].text, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

bm_status bm_parse_arguments(bm_invocation *invocation, int argc, char **argv, int *help,
                             bm_error *err) {
    const bm_verb *verb = invocation->verb;
    given_words given = {0};
    bm_status status;
    BM_TRY(BM_NEW(&given.word, (size_t)argc, "the command line", err));
    list_flags(verb, &given);
    BM_TRY(collect(invocation, &given, argc, argv, help, err));
    if (*help)
        goto cleanup;
    if (verb->operand != NULL && invocation->operand == NULL) {
        status = bm_fail(err, BM_USAGE, "buyermap %s needs %s; for example: %s", verb->name,
                         verb->operand, verb->example);
        goto cleanup;
    }
    if (verb->takes_job)
        BM_TRY(bm_job_load(&invocation->job, invocation->operand, err));
    status = apply(invocation, &given, err);
cleanup:
    free(given.word);
    return status;
}
