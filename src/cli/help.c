/* --help and --version. Defaults and help come from the job's table of keys. */
#include "base/statistics.h"
#include "cli/verb.h"
#include "job/versions.h"

#include <stdio.h>
#include <string.h>

void bm_print_help(void) {
    puts("buyermap turns lists of buyers into a map: segments of buyers that behave alike, with\n"
         "their value, cohorts and concentration.\n\n"
         "  buyermap VERB … --out DIR\n");
    for (const bm_verb *const *verb = bm_verbs; *verb != NULL; verb++) {
        char usage[64];
        snprintf(usage, sizeof usage, "%s %s%s%s", (*verb)->name,
                 (*verb)->operand != NULL ? (*verb)->operand : "",
                 (*verb)->second != NULL ? " " : "",
                 (*verb)->second != NULL ? (*verb)->second : "");
        printf("  %-26s %s\n", usage, (*verb)->summary);
    }
    puts("\n  buyermap VERB --help         the flags of a verb, with defaults and an example\n"
         "  buyermap --version           version, compiler, libraries, kernel\n\n"
         "The last line on stdout is one JSON object; messages go to stderr.\n"
         "Exit codes: 0 ok, 64 usage, 65 bad data, 66 no input, 69 nothing to cluster,\n"
         "70 internal, 71 out of memory or over --memory-limit, 73 cannot create output,\n"
         "74 I/O error, 78 bad job file, 130 interrupted, 143 terminated.");
}

static void print_flag(const bm_flag *flag) {
    const bm_key *key = bm_job_key(flag->key);
    char left[64];
    snprintf(left, sizeof left, "--%s %s", flag->name,
             bm_key_is_switch(key) ? "" : bm_key_metavar(key));
    printf("  %-28s %s", left, bm_key_help(key));
    char words[256] = "";
    if (bm_key_meaning(key, 0) == NULL)
        bm_key_words(key, words, sizeof words);
    if (words[0] != '\0')
        printf(": %s", words);
    const char *initial = bm_key_default(key);
    if (initial != NULL && initial[0] != '\0' && !bm_key_is_switch(key))
        printf(" [%s]", initial);
    putchar('\n');
    for (size_t i = 0; bm_key_meaning(key, 0) != NULL && bm_key_word(key, i) != NULL; i++)
        printf("  %-28s   %-12s %s\n", "", bm_key_word(key, i), bm_key_meaning(key, i));
}

static void print_keys(void) {
    puts("\nkeys of the job file [default]:");
    for (size_t i = 0; i < bm_job_keys(); i++) {
        const bm_key *key = bm_job_key_at(i);
        const char *initial = bm_key_default(key);
        char words[256];
        bm_key_words(key, words, sizeof words);
        if (!bm_key_in_file(key) || bm_key_is_reserved(key))
            continue;
        printf("  %-28s %s%s%s", bm_key_name(key), bm_key_help(key), words[0] != '\0' ? ": " : "",
               words);
        if (initial != NULL && initial[0] != '\0')
            printf(" [%s]", initial);
        putchar('\n');
    }
}

void bm_print_verb_help(const bm_verb *verb) {
    printf("buyermap %s%s%s%s%s [flags]\n  %s.\n\nflags [default]:\n", verb->name,
           verb->operand != NULL ? " " : "", verb->operand != NULL ? verb->operand : "",
           verb->second != NULL ? " " : "", verb->second != NULL ? verb->second : "",
           verb->summary);
    if (verb->takes_job)
        printf("  %-28s %s\n", "--set KEY=VALUE", "override one key of the job file; repeatable");
    for (const bm_flag *const *table = verb->flags; *table != NULL; table++) {
        for (const bm_flag *flag = *table; flag->name != NULL; flag++)
            print_flag(flag);
    }
    printf("  %-28s %s\n", "--help", "this text");
    if (verb->takes_job)
        print_keys();
    printf("\nexample:\n  %s\n", verb->example);
}

void bm_print_version(void) {
    bm_strings versions = {0};
    printf("buyermap %s\n", BM_VERSION);
    if (bm_versions(&versions, NULL) == BM_OK) {
        for (size_t i = 0; i < versions.count; i++)
            puts(versions.item[i]);
    }
    bm_strings_free(&versions);
}
