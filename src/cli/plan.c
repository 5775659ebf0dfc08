#include "cli/plan.h"

#include "base/date.h"
#include "base/memory.h"
#include "cli/sheet.h"
#include "normalize/categories.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_day(const char *key, int32_t value) {
    char day[BM_DATE_TEXT];
    bm_format_date(day, value);
    printf("  %s: %s\n", key, day);
}

static void print_options(const bm_run *run) {
    const bm_job *job = run->job;
    puts("options:");
    for (size_t i = 0; i < bm_job_keys(); i++) {
        const bm_key *key = bm_job_key_at(i);
        char *text = NULL;
        int32_t day;
        if (bm_key_in_file(key) && bm_key_value(key, job, &text, NULL) == BM_OK && text != NULL) {
            printf("  %s: ", bm_key_name(key));
            bm_put_text(text);
            putchar('\n');
        } else if (bm_run_day_from_inputs(run, bm_key_name(key), &day))
            print_day(bm_key_name(key), day);
        free(text);
    }
}

static void print_setting(const bm_setting *setting) {
    printf("  %s: ", setting->key);
    for (size_t i = 0; setting->value == NULL && i < setting->items.count; i++) {
        fputs(i > 0 ? ", " : "", stdout);
        bm_put_text(setting->items.item[i]);
    }
    bm_put_text(setting->value != NULL ? setting->value : "");
    putchar('\n');
}

void bm_print_settings(const bm_provenance *provenance) {
    puts("options:");
    for (size_t i = 0; i < provenance->settings; i++)
        print_setting(&provenance->setting[i]);
}

void bm_print_rows(const bm_provenance *provenance) {
    puts("inputs:");
    for (size_t i = 0; i < provenance->inputs; i++) {
        const bm_input_file *input = &provenance->input[i];
        const bm_accounting *rows = &input->accounting;
        printf("  %s: ", input->role);
        bm_put_text(input->path);
        if (rows->rows_in == 0) { /* a map */
            putchar('\n');
            continue;
        }
        printf(": %zu rows, %zu used, %zu rejected, %zu duplicates, %zu excluded\n", rows->rows_in,
               rows->used, rows->rejected, rows->duplicates, rows->excluded);
    }
}

/* Names of columns are the file's: they may hold anything. */
static void print_column(int used, const char *name, const char *why) {
    printf("  %-8s ", used ? "used" : "not used");
    bm_put_text(name);
    fputs(": ", stdout);
    bm_put_text(why);
    putchar('\n');
}

static int has_numbers(const bm_features *features) {
    for (size_t j = 0; j < features->d; j++) {
        if (features->feature[j].clustered && features->feature[j].kind == BM_FEATURE_NUMBER)
            return 1;
    }
    return 0;
}

/* What a difference in a category counts beside a number in Euclidean distance, whatever normalizes
 * the numbers. */
static void print_categories(const bm_run *run, const bm_categories *categories) {
    char text[BM_CATEGORIES_TEXT] = "";
    if (run->job->cluster.distance == BM_DISTANCE_EUCLIDEAN && has_numbers(&run->set.all))
        bm_categories_tell(categories, 0, 1, text);
    if (text[0] == 0)
        return;
    bm_put_text(text);
    putchar('\n');
}

static bm_status print_columns(const bm_run *run, bm_error *err) {
    const bm_features_built *built = &run->set;
    const bm_strings *ignored = &run->job->buyers.ignore;
    bm_categories categories;
    bm_status status = bm_categories_measure(&built->all, &categories, err);
    if (status != BM_OK)
        return status;
    puts("columns:");
    for (size_t i = 0; i < ignored->count; i++)
        print_column(0, ignored->item[i], "excluded");
    for (size_t i = 0; i < built->columns; i++)
        print_column(built->column[i].used, built->column[i].name, built->column[i].why);
    print_categories(run, &categories);
    bm_categories_free(&categories);
    return BM_OK;
}

static void print_files(const bm_run *run) {
    const char *dir = run->job->output.dir;
    puts("files:");
    for (const bm_statistic *table = bm_statistics; table->name != NULL; table++) {
        if (run->job->output.csv && bm_statistic_applies(table, run))
            printf("  %s/%s.csv\n", dir, table->name);
    }
    if (run->job->output.newick)
        printf("  %s/dendrogram.nwk\n", dir);
    if (run->job->output.hdf5)
        printf("  %s/result.h5\n", dir);
    printf("  %s/run.json\n", dir);
}

bm_status bm_print_plan(const bm_run *run, bm_error *err) {
    bm_status status = BM_OK;
    print_options(run);
    bm_print_rows(&run->provenance);
    if (run->steps & BM_STEP_CLUSTER) {
        char bytes[32];
        size_t memory = bm_run_memory(run);
        BM_TRY(print_columns(run, err));
        printf("buyers: %zu to cluster, %zu features\n", run->set.all.n, run->set.all.d);
        printf("memory: %s for the matrices and the clustering\n",
               memory == SIZE_MAX ? "more than any machine has"
                                  : bm_format_bytes(bytes, sizeof bytes, memory));
    }
    print_files(run);
cleanup:
    return status;
}
