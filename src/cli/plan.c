#include "cli/plan.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static void print_options(const bm_provenance *provenance) {
    puts("options:");
    for (size_t i = 0; i < provenance->settings; i++)
        printf("  %s: %s\n", provenance->setting[i].key, provenance->setting[i].value);
}

static void print_rows(const bm_provenance *provenance) {
    puts("inputs:");
    for (size_t i = 0; i < provenance->inputs; i++) {
        const bm_input_file *input = &provenance->input[i];
        const bm_accounting *rows = &input->accounting;
        printf("  %s: %s: %zu rows, %zu used, %zu rejected, %zu duplicates, %zu excluded\n",
               input->role, input->path, rows->rows_in, rows->used, rows->rejected,
               rows->duplicates, rows->excluded);
    }
}

static void print_columns(const bm_features_built *built, const bm_strings *ignored) {
    puts("columns:");
    for (size_t i = 0; i < ignored->count; i++)
        printf("  not used %s: excluded\n", ignored->item[i]);
    for (size_t i = 0; i < built->columns; i++)
        printf("  %-8s %s: %s\n", built->column[i].used ? "used" : "not used",
               built->column[i].name, built->column[i].why);
}

/* The tables that these steps and inputs make, as run.c makes them. */
static void print_files(const bm_run *run) {
    static const struct {
        const char *name;
        unsigned step;
        int of_orders, of_amounts;
    } table[] = {
        {"assignments", BM_STEP_CLUSTER, 0, 0},
        {"quality", BM_STEP_CLUSTER, 0, 0},
        {"iterations", BM_STEP_CLUSTER, 0, 0},
        {"segments", BM_STEP_CLUSTER, 0, 0},
        {"segment_profile", BM_STEP_CLUSTER, 0, 0},
        {"rfm", BM_STEP_RFM, 1, 1},
        {"cohort_retention", BM_STEP_COHORTS, 1, 0},
        {"concentration", BM_STEP_CONCENTRATION, 1, 1},
        {"rejected", BM_STEP_ALL, 0, 0},
    };
    const char *dir = run->job->output.dir;
    puts("files:");
    for (size_t i = 0; run->job->output.csv && i < sizeof table / sizeof table[0]; i++) {
        if ((run->steps & table[i].step) && (run->has_orders || !table[i].of_orders) &&
            (run->orders.amount != NULL || !table[i].of_amounts))
            printf("  %s/%s.csv\n", dir, table[i].name);
    }
    if (run->job->output.hdf5)
        printf("  %s/result.h5\n", dir);
    printf("  %s/run.json\n", dir);
}

void bm_print_plan(const bm_run *run) {
    print_options(&run->provenance);
    print_rows(&run->provenance);
    if (run->steps & BM_STEP_CLUSTER) {
        char bytes[32];
        print_columns(&run->set, &run->job->buyers.ignore);
        printf("buyers: %zu to cluster, %zu features\n", run->set.all.n, run->set.all.d);
        printf("memory: %s for the matrices and the clustering\n",
               bm_format_bytes(bytes, sizeof bytes, bm_run_memory(run)));
    }
    print_files(run);
}
