/* The words of a command line -> bm_job. */
#include "base/memory.h"
#include "base/nearest.h"
#include "cli/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    {"escape", "reading.escape"},
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
typedef struct given_word {
    const bm_flag *flag; /* NULL: --set */
    const char *text;
} given_word;

typedef struct given_words {
    given_word *word;
    size_t words;
    int help;
} given_words;

static const bm_flag *find_flag(const bm_verb *verb, const char *name) {
    for (const bm_flag *const *table = verb->flags; *table != NULL; table++) {
        for (const bm_flag *flag = *table; flag->name != NULL; flag++) {
            if (strcmp(flag->name, name) == 0)
                return flag;
        }
    }
    return NULL;
}

static bm_status unknown_flag(const bm_verb *verb, const char *name, bm_error *err) {
    bm_nearest_word nearest = {0};
    for (const bm_flag *const *table = verb->flags; *table != NULL; table++) {
        for (const bm_flag *flag = *table; flag->name != NULL; flag++)
            bm_nearest_consider(&nearest, flag->name, name);
    }
    if (bm_nearest_is_slip(&nearest, name))
        return bm_fail(err, BM_USAGE, "unknown flag --%s; did you mean --%s?", name, nearest.word);
    return bm_fail(err, BM_USAGE, "unknown flag --%s; buyermap %s --help lists the flags", name,
                   verb->name);
}

/* A flag of the contract that later versions build ends the parse, whatever stands after it. */
static bm_status refuse_reserved(bm_job *job, const bm_flag *flag, bm_error *err) {
    char name[64];
    snprintf(name, sizeof name, "--%s", flag->name);
    return bm_key_set_flag(bm_job_key(flag->key), job, name, "", err);
}

/* One word that begins with two dashes: --name, --name=value, or --name and the word after it.
 * Names are never cut short: a new flag must not change what an old command line means. */
static bm_status take_flag(bm_invocation *invocation, given_words *given, int argc, char **argv,
                           int *at, bm_error *err) {
    const bm_verb *verb = invocation->verb;
    char name[64];
    size_t length = strcspn(argv[*at] + 2, "=");
    const char *value = argv[*at][2 + length] == '=' ? argv[*at] + 3 + length : NULL;
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1),
             argv[*at] + 2);
    if (strcmp(name, "help") == 0) {
        given->help = 1;
        return BM_OK;
    }
    int is_set = verb->takes_job && strcmp(name, "set") == 0;
    const bm_flag *flag = is_set ? NULL : find_flag(verb, name);
    if (flag == NULL && !is_set)
        return unknown_flag(verb, name, err);
    if (flag != NULL && bm_key_is_reserved(bm_job_key(flag->key)))
        return refuse_reserved(&invocation->job, flag, err);
    if (value == NULL && flag != NULL && bm_key_is_switch(bm_job_key(flag->key)))
        value = "true";
    if (value == NULL && *at + 1 < argc)
        value = argv[++*at];
    if (value == NULL)
        return bm_fail(err, BM_USAGE, "--%s needs a value", name);
    given->word[given->words++] = (given_word){flag, value};
    return BM_OK;
}

static bm_status take_operand(bm_invocation *invocation, const char *word, bm_error *err) {
    const bm_verb *verb = invocation->verb;
    if (invocation->operand != NULL && verb->second != NULL && invocation->second == NULL) {
        invocation->second = word;
        return BM_OK;
    }
    if (verb->operand == NULL || invocation->operand != NULL)
        return bm_fail(err, BM_USAGE,
                       "\"%s\" is one word too many; buyermap %s --help shows what it takes", word,
                       verb->name);
    invocation->operand = word;
    return BM_OK;
}

static bm_status collect(bm_invocation *invocation, given_words *given, int argc, char **argv,
                         bm_error *err) {
    int flags_end = 0;
    bm_status status = BM_OK;
    for (int at = 1; at < argc && status == BM_OK && !given->help; at++) {
        if (!flags_end && strcmp(argv[at], "--") == 0)
            flags_end = 1;
        else if (!flags_end && strncmp(argv[at], "--", 2) == 0)
            status = take_flag(invocation, given, argc, argv, &at, err);
        else if (!flags_end && strcmp(argv[at], "-h") == 0)
            given->help = 1;
        else if (!flags_end && argv[at][0] == '-' && argv[at][1] != '\0')
            status =
                bm_fail(err, BM_USAGE, "unknown flag %s; flags begin with two dashes", argv[at]);
        else
            status = take_operand(invocation, argv[at], err);
    }
    return status;
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

/* The file is judged by itself, so that what --set and flags bring is not blamed on it. */
static bm_status load_job(bm_invocation *invocation, bm_error *err) {
    bm_status status = bm_job_load(&invocation->job, invocation->operand, err);
    if (status != BM_OK)
        return status;
    bm_error why = {0};
    status = bm_job_check(&invocation->job, &why);
    return status == BM_OK ? BM_OK
                           : bm_fail(err, status, "%s: %s", invocation->operand, why.message);
}

bm_status bm_parse_arguments(bm_invocation *invocation, int argc, char **argv, int *help,
                             bm_error *err) {
    const bm_verb *verb = invocation->verb;
    given_words given = {0};
    bm_status status;
    BM_TRY(BM_NEW(&given.word, (size_t)argc, "the command line", err));
    BM_TRY(collect(invocation, &given, argc, argv, err));
    *help = given.help;
    if (given.help)
        goto cleanup;
    if ((verb->operand != NULL && invocation->operand == NULL) ||
        (verb->second != NULL && invocation->second == NULL)) {
        status = bm_fail(err, BM_USAGE, "buyermap %s needs %s%s%s; for example: %s", verb->name,
                         verb->operand, verb->second != NULL ? " and " : "",
                         verb->second != NULL ? verb->second : "", verb->example);
        goto cleanup;
    }
    if (verb->takes_job)
        BM_TRY(load_job(invocation, err));
    status = apply(invocation, &given, err);
cleanup:
    free(given.word);
    return status;
}
