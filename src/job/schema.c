/* The keys of a job: name, type, place, default, help. The parser, the flags, --help, --dry-run and
 * run.json all read this one table. */
#include "cluster/cluster.h"
#include "job/key.h"
#include "lifetime/histories.h"
#include "lifetime/survival.h"
#include "normalize/normalize.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Choices among rows of a registry are that registry's names, in its order. */
static const char *normalizer_at(size_t index) {
    return bm_normalizers[index] != NULL ? bm_normalizers[index]->name : NULL;
}

static const char *normalizer_meaning(size_t index) {
    return bm_normalizers[index]->help;
}

static const char *method_meaning(size_t index) {
    return bm_clusterers[index]->help;
}

static const char *method_at(size_t index) {
    return bm_clusterers[index] != NULL ? bm_clusterers[index]->name : NULL;
}

static const char *distance_at(size_t index) {
    return bm_distance_names[index];
}

static const char *distance_meaning(size_t index) {
    return bm_distance_meanings[index];
}

static const char *criterion_at(size_t index) {
    return bm_criteria[index].name;
}

static const char *cut_meaning(size_t index) {
    static const char *const meaning[] = {
        [BM_CUT_K] = "the k of --k and --criterion",
        [BM_CUT_HEIGHT] = "below --cut-height",
        [BM_CUT_INCONSISTENCY] = "up to --cut-inconsistency",
        [BM_CUT_GAP] = "the k of --k with the largest relative gap of heights",
    };
    return meaning[index];
}

static const char *const missing[] = {"error", "drop", "median", "mean", "pairwise", NULL};
static const char *const without_orders[] = {"separate", "include", "drop", NULL};
static const char *const refinements[] = {"swap", "none", NULL};
static const char *const precisions[] = {"double", "single", NULL};
static const char *const qualities[] = {"full", "none", NULL};
static const char *const scores[] = {"rank", "quantile", NULL};
static const char *const units[] = {
    [BM_UNIT_DAY] = "day",
    [BM_UNIT_WEEK] = "week",
    [BM_UNIT_MONTH] = "month",
    [BM_UNIT_YEAR] = "year",
    NULL,
};
static const char *const cuts[] = {"k", "height", "inconsistency", "gap", NULL};
static const char *const progress[] = {"auto", "plain", "none", NULL};
static const char *const log_formats[] = {"text", "json", NULL};

#define AT(member) .offset = offsetof(bm_job, member)
#define RESERVED(key)                                                                              \
    { .name = key, .kind = BM_KEY_RESERVED, .help = "not built in this version" }

// clang-format off
static const bm_key keys[] = {
    {.name = "job", .kind = BM_KEY_TEXT, AT(name), .help = "name of the job"},
    {.name = "as_of", .kind = BM_KEY_DAY, AT(as_of),
     .help = "reference day of recency and cohorts (default: the day after the last order)"},

    {.name = "inputs.buyers.path", .kind = BM_KEY_PATH, AT(buyers.path),
     .help = "table of buyer attributes, CSV or HDF5"},
    {.name = "inputs.buyers.id", .kind = BM_KEY_TEXT, .metavar = "COL", AT(buyers.id),
     .help = "id column (default: the first column if its values are unique text or integers, "
             "else the row number)"},
    {.name = "inputs.buyers.columns", .kind = BM_KEY_LIST, AT(buyers.columns),
     .help = "columns to cluster on (default: all that can be)"},
    {.name = "inputs.buyers.categories", .kind = BM_KEY_LIST, AT(buyers.categories),
     .help = "columns that are categories whatever they look like"},
    {.name = "inputs.buyers.ignore", .kind = BM_KEY_LIST, AT(buyers.ignore),
     .help = "columns never used"},
    {.name = "inputs.buyers.weight", .kind = BM_KEY_TEXT, .metavar = "COL", AT(buyers.weight),
     .help = "column of buyer weights"},
    {.name = "inputs.buyers.truth", .kind = BM_KEY_TEXT, .metavar = "COL", AT(buyers.truth),
     .help = "column of true segments, for adjusted Rand index and NMI; never a feature"},
    {.name = "inputs.buyers.date_format", .kind = BM_KEY_TEXT, AT(buyers.date_format),
     .help = "strptime format of dates that are not ISO"},
    RESERVED("inputs.buyers.no_profiling"),
    RESERVED("inputs.buyers.no_contact"),
    RESERVED("inputs.buyers.protected"),

    {.name = "inputs.orders.path", .kind = BM_KEY_PATH, AT(orders.path),
     .help = "order log, a row an order line"},
    {.name = "inputs.orders.buyer", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.buyer),
     .help = "column of the buyer id"},
    {.name = "inputs.orders.date", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.date),
     .help = "column of the order date"},
    {.name = "inputs.orders.date_format", .kind = BM_KEY_TEXT, AT(orders.date_format),
     .help = "strptime format of dates that are not ISO"},
    {.name = "inputs.orders.amount", .kind = BM_KEY_AMOUNT, AT(orders.amount),
     .help = "column of the amount, or a product: Quantity * UnitPrice"},
    {.name = "inputs.orders.quantity", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.quantity),
     .help = "column of the quantity"},
    {.name = "inputs.orders.product", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.product),
     .help = "column of the product"},
    {.name = "inputs.orders.category", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.category),
     .help = "column of the product category"},
    {.name = "inputs.orders.region", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.region),
     .help = "column of the region"},
    {.name = "inputs.orders.channel", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.channel),
     .help = "column of the sales channel"},
    {.name = "inputs.orders.supplier", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.supplier),
     .help = "column of the supplier"},
    {.name = "inputs.orders.order", .kind = BM_KEY_TEXT, .metavar = "COL", AT(orders.order),
     .help = "column of the order number (default: an order is a buyer's day)"},
    {.name = "inputs.orders.filter", .kind = BM_KEY_FILTER, AT(orders.filter),
     .help = "conditions that a row must meet, else it is excluded and counted"},
    {.name = "inputs.orders.returns", .kind = BM_KEY_RETURNS, AT(orders.returns),
     .help = "a condition that marks returns"},
    {.name = "inputs.orders.deduplicate", .kind = BM_KEY_SWITCH, AT(orders.deduplicate),
     .initial = "false", .help = "drop rows equal to an earlier one in every column"},

    {.name = "inputs.contracts.path", .kind = BM_KEY_PATH, AT(contracts.path),
     .help = "table of contracts, a row a contract"},
    {.name = "inputs.contracts.buyer", .kind = BM_KEY_TEXT, .metavar = "COL", AT(contracts.buyer),
     .help = "column of the buyer id"},
    {.name = "inputs.contracts.start", .kind = BM_KEY_TEXT, .metavar = "COL", AT(contracts.start),
     .help = "column of the first day"},
    {.name = "inputs.contracts.end", .kind = BM_KEY_TEXT, .metavar = "COL", AT(contracts.end),
     .help = "column of the day the contract ended, from which it runs no more; empty: it runs"},
    {.name = "inputs.contracts.amount", .kind = BM_KEY_TEXT, .metavar = "COL",
     AT(contracts.amount), .help = "column of the recurring amount, as what is paid a month"},
    {.name = "inputs.contracts.date_format", .kind = BM_KEY_TEXT, AT(contracts.date_format),
     .help = "strptime format of dates that are not ISO"},
    RESERVED("inputs.stages"),

    {.name = "reading.delimiter", .kind = BM_KEY_CHARACTER, AT(reading.delimiter), .initial = ",",
     .help = "field delimiter: one character, or tab, comma, semicolon, pipe, space"},
    {.name = "reading.decimal", .kind = BM_KEY_CHARACTER, AT(reading.decimal), .initial = ".",
     .help = "decimal mark"},
    {.name = "reading.thousands", .kind = BM_KEY_CHARACTER, AT(reading.thousands), .initial = "",
     .help = "thousands separator, as ',' or space; empty: none"},
    {.name = "reading.quote", .kind = BM_KEY_CHARACTER, AT(reading.quote), .initial = "\"",
     .help = "quote character; none: quotes are part of the text"},
    {.name = "reading.escape", .kind = BM_KEY_CHARACTER, AT(reading.escape), .initial = "",
     .help = "character that takes its meaning from the next one, as '\\'; empty: none"},
    {.name = "reading.comment", .kind = BM_KEY_CHARACTER, AT(reading.comment), .initial = "",
     .help = "lines that begin with it are skipped; empty: none"},
    {.name = "reading.header", .kind = BM_KEY_YES_NO, AT(reading.header), .initial = "yes",
     .help = "the first row names the columns; else they are c1, c2, …"},
    {.name = "reading.encoding", .kind = BM_KEY_TEXT, AT(reading.encoding), .initial = "utf-8",
     .help = "text encoding: utf-8, latin1 or windows-1252"},
    {.name = "reading.na", .kind = BM_KEY_LIST, AT(reading.na), .initial = "NA,NULL,NaN",
     .help = "texts that mean a missing value, beside the empty cell"},
    {.name = "reading.dataset", .kind = BM_KEY_TEXT, AT(reading.dataset),
     .help = "HDF5: path of the dataset (default: the only one)"},
    {.name = "reading.max_bad_rows", .kind = BM_KEY_BAD_ROWS, AT(reading.max_bad_rows),
     .initial = "0", .help = "bad rows let through into the table rejected, N or P%"},

    {.name = "features.use", .kind = BM_KEY_LIST, AT(features.use),
     .help = "features to cluster on"},
    {.name = "features.weights", .kind = BM_KEY_WEIGHTS, AT(features.weights),
     .help = "feature: weight; multiplies squared differences"},
    {.name = "features.normalize", .kind = BM_KEY_CHOICE, AT(features.normalize),
     .initial = "zscore", .word_at = normalizer_at, .meaning_at = normalizer_meaning,
     .help = "normalizer"},
    {.name = "features.missing", .kind = BM_KEY_CHOICE, AT(features.missing), .initial = "error",
     .words = missing, .given = offsetof(bm_job, features.missing_given),
     .help = "what to do about missing values; pairwise: the default with distance gower, only there"},
    {.name = "features.winsorize", .kind = BM_KEY_REAL, AT(features.winsorize), .initial = "0",
     .low = 0, .high = 0.49, .help = "share clipped at each tail"},
    {.name = "features.without_orders", .kind = BM_KEY_CHOICE, AT(features.without_orders),
     .initial = "separate", .words = without_orders,
     .help = "buyers without orders: segment 0, in the map, or left out"},

    {.name = "cluster.method", .kind = BM_KEY_CHOICE, AT(cluster.method), .initial = "kmeans",
     .word_at = method_at, .meaning_at = method_meaning, .help = "clustering method"},
    {.name = "cluster.distance", .kind = BM_KEY_CHOICE, AT(cluster.distance),
     .initial = "euclidean", .word_at = distance_at, .meaning_at = distance_meaning,
     .help = "distance of two buyers; gower is for single, complete, average, weighted and kmedoids"},
    {.name = "cluster.k", .kind = BM_KEY_K, AT(cluster.k), .initial = "auto",
     .help = "number of segments: auto (2 to 12, or 1 where there are none), N, or LO:HI"},
    {.name = "cluster.criterion", .kind = BM_KEY_CHOICE, AT(cluster.criterion),
     .initial = "silhouette", .word_at = criterion_at,
     .help = "index that chooses k"},
    {.name = "cluster.init", .kind = BM_KEY_START, AT(cluster.init), .initial = "kmeans++",
     .help = "start of k-means: kmeans++, kmeans||, random, or a file: a CSV of centroids, or a "
             "map (result.h5)"},
    {.name = "cluster.restarts", .kind = BM_KEY_COUNT, AT(cluster.restarts), .initial = "8",
     .low = 1, .high = 100000, .help = "runs of k-means or k-medoids, of which the best is kept (1 with a file)"},
    {.name = "cluster.refine", .kind = BM_KEY_CHOICE, AT(cluster.refine), .initial = "swap",
     .words = refinements,
     .help = "after the restarts: swaps at the cost of one more; none with an init file"},
    {.name = "cluster.max_iterations", .kind = BM_KEY_COUNT, AT(cluster.max_iterations),
     .initial = "300", .low = 1, .high = 1000000, .help = "limit of a run's iterations"},
    {.name = "cluster.tolerance", .kind = BM_KEY_REAL, AT(cluster.tolerance), .initial = "0",
     .low = 0, .high = 1e9,
     .help = "0: until no label changes; X: until the centroids' squared shift <= X × variance"},
    {.name = "cluster.precision", .kind = BM_KEY_CHOICE, AT(cluster.precision), .initial = "double",
     .words = precisions, .help = "of the normalized matrix (kmeans) or of kept distances (kmedoids, complete, average, "
             "weighted): single takes half the memory; elsewhere it changes nothing"},
    {.name = "cluster.quality", .kind = BM_KEY_CHOICE, AT(cluster.quality), .initial = "full",
     .words = qualities, .help = "quality indices"},
    {.name = "cluster.stability", .kind = BM_KEY_COUNT, AT(cluster.stability), .initial = "0",
     .low = 0, .high = 100000, .help = "bootstraps for the stability of segments; 0: none"},
    {.name = "cluster.coarse", .kind = BM_KEY_COUNT, AT(cluster.coarse), .initial = "0",
     .low = 0, .high = 1000000,
     .help = "ward over at most N micro-segments that k-means makes of the buyers; 0: over buyers"},
    {.name = "cluster.min_size", .kind = BM_KEY_COUNT, AT(cluster.min_size), .initial = "0",
     .low = 0, .high = 9e15, .help = "least buyers of a segment; 0: any number"},
    {.name = "cluster.max_size", .kind = BM_KEY_COUNT, AT(cluster.max_size), .initial = "0",
     .low = 0, .high = 9e15, .help = "most buyers of a k-means segment; 0: any number"},
    {.name = "cluster.cut", .kind = BM_KEY_CHOICE, AT(cluster.cut), .initial = "k", .words = cuts,
     .meaning_at = cut_meaning, .help = "what says where a tree is cut"},
    {.name = "cluster.cut_height", .kind = BM_KEY_REAL, .metavar = "H", AT(cluster.cut_height),
     .low = 0, .high = 1e300, .help = "cut a tree at this height: k is what that gives"},
    {.name = "cluster.cut_inconsistency", .kind = BM_KEY_REAL, .metavar = "T",
     AT(cluster.cut_inconsistency), .low = 0, .high = 1e300,
     .help = "cut a tree above merges whose inconsistency is larger: k is what that gives"},
    {.name = "cluster.inconsistency_depth", .kind = BM_KEY_COUNT,
     AT(cluster.inconsistency_depth), .initial = "2", .low = 1, .high = 1000,
     .help = "levels of merges that inconsistency compares"},
    {.name = "cluster.checkpoint", .kind = BM_KEY_REAL, .metavar = "SECONDS",
     AT(cluster.checkpoint), .initial = "0", .low = 0, .high = 1e9,
     .help = "keep the state of k-means in DIR.checkpoint this often, for --resume; 0: never"},
    {.name = "cluster.resume", .kind = BM_KEY_SWITCH, AT(cluster.resume), .initial = "false",
     .help = "go on from DIR.checkpoint, where there is one, to the same results"},

    {.name = "rfm.scores", .kind = BM_KEY_CHOICE, AT(rfm.scores), .initial = "rank",
     .words = scores, .help = "RFM scores: equal fifths by rank, or quintile edges"},

    {.name = "cohorts.period", .kind = BM_KEY_TEXT, AT(cohorts.period), .initial = "month",
     .help = "day, week, month, quarter, year or rolling:N"},
    {.name = "cohorts.by_segment", .kind = BM_KEY_SWITCH, AT(cohorts.by_segment), .initial = "true",
     .help = "cohorts of each segment beside those of all buyers"},

    {.name = "lifetime.models", .kind = BM_KEY_LIST, AT(lifetime.models), .initial = "auto",
     .help = "models to fit: auto (those that suit the table), or a list of them"},
    {.name = "lifetime.unit", .kind = BM_KEY_CHOICE, AT(lifetime.unit), .initial = "week",
     .words = units,
     .help = "unit of time; a month is 365.25/12 days and a year 365.25, of contracts those of the "
             "calendar"},
    {.name = "lifetime.horizon", .kind = BM_KEY_REAL, .metavar = "N|inf", AT(lifetime.horizon),
     .low = 0, .high = 100000, .infinite = 1,
     .given = offsetof(bm_job, lifetime.horizon_given),
     .help = "units ahead that are predicted, or inf (default: a year: 365 days, 52 weeks, 12 months "
             "or 1 year)"},
    {.name = "lifetime.discount", .kind = BM_KEY_REAL, .metavar = "R", AT(lifetime.discount),
     .initial = "0.1", .low = 0, .high = 1e9, .help = "discount rate, a year"},
    {.name = "lifetime.margin", .kind = BM_KEY_REAL, .metavar = "M", AT(lifetime.margin),
     .initial = "1", .low = 0, .high = 1e9, .help = "what is left of the revenue, as 0.35 of it"},
    {.name = "lifetime.until", .kind = BM_KEY_DAY, AT(lifetime.until),
     .help = "last day of the calibration (default: of the last order; or the day before as_of, "
             "if that is later)"},
    {.name = "lifetime.holdout_until", .kind = BM_KEY_DAY, AT(lifetime.holdout_until),
     .help = "last day that predictions are compared with (default: the rest of the log after until; "
             "without until, a back-test holds the last quarter back)"},
    {.name = "lifetime.churned_after_days", .kind = BM_KEY_TEXT, .metavar = "auto|N",
     AT(lifetime.churned_after_days), .initial = "auto",
     .help = "days of silence after which a buyer without a contract counts as churned; auto: what "
             "the fitted model finds improbable, or 95 % of the intervals between orders"},
    RESERVED("previous"),
    RESERVED("outreach"),
    RESERVED("privacy"),

    {.name = "output.dir", .kind = BM_KEY_PATH, AT(output.dir), .initial = "buyermap-out",
     .help = "where results go; replaced as a whole"},
    {.name = "output.csv", .kind = BM_KEY_SWITCH, AT(output.csv), .initial = "true",
     .help = "write NAME.csv for each table"},
    {.name = "output.hdf5", .kind = BM_KEY_SWITCH, AT(output.hdf5), .initial = "true",
     .help = "write result.h5"},
    {.name = "output.dendrogram", .kind = BM_KEY_COUNT, AT(output.dendrogram), .initial = "1000",
     .low = 0, .high = 9e15,
     .help = "highest merges of a tree in the table dendrogram; 0: no such table"},
    {.name = "output.newick", .kind = BM_KEY_SWITCH, AT(output.newick), .initial = "false",
     .help = "write the whole tree as dendrogram.nwk, in Newick's format"},

    {.name = "seed", .kind = BM_KEY_COUNT, AT(seed), .initial = "1", .low = 0, .high = 9e15,
     .help = "seed of every random stream"},
    {.name = "threads", .kind = BM_KEY_COUNT, AT(threads), .initial = "0", .low = 0, .high = 4096,
     .flag_only = 1, .help = "threads; 0: all. Results do not depend on it"},
    {.name = "memory_limit", .kind = BM_KEY_BYTES, AT(memory_limit), .flag_only = 1,
     .help = "refuse work that needs more, as 512M or 4G (default: 80 % of what is free)"},
    {.name = "dry_run", .kind = BM_KEY_SWITCH, AT(dry_run), .initial = "false", .flag_only = 1,
     .help = "print resolved options, columns, memory and files, then stop"},
    {.name = "quiet", .kind = BM_KEY_SWITCH, AT(quiet), .initial = "false", .flag_only = 1,
     .help = "no messages but errors"},
    {.name = "progress", .kind = BM_KEY_CHOICE, AT(progress), .initial = "auto", .words = progress,
     .flag_only = 1, .help = "progress on stderr"},
    {.name = "log_format", .kind = BM_KEY_CHOICE, AT(log_format), .initial = "text",
     .words = log_formats, .flag_only = 1, .help = "messages on stderr"},
    {.name = "skip_unchanged", .kind = BM_KEY_RESERVED, .flag_only = 1,
     .help = "not built in this version"},

    {.name = "assign.map", .kind = BM_KEY_PATH, AT(map), .flag_only = 1,
     .help = "the map: result.h5 of cluster or run"},

    {.name = "survival.time", .kind = BM_KEY_TEXT, .metavar = "COL", AT(survival.time),
     .flag_only = 1, .help = "column of the time until the event, or until last seen"},
    {.name = "survival.event", .kind = BM_KEY_TEXT, .metavar = "COL[=VALUE]", AT(survival.event),
     .flag_only = 1, .help = "column of the event: 1/0, yes/no, true/false, or VALUE and any other"},
    {.name = "survival.group", .kind = BM_KEY_TEXT, .metavar = "COL", AT(survival.group),
     .flag_only = 1, .help = "column of the groups to compare (default: one curve of all)"},
    {.name = "survival.interval", .kind = BM_KEY_CHOICE, AT(survival.interval),
     .initial = "log-log", .words = bm_survival_intervals, .flag_only = 1,
     .help = "scale of the 95 % intervals of the curves and medians"},
    {.name = "survival.restricted_to", .kind = BM_KEY_REAL, .metavar = "TIME",
     AT(survival.restricted_to), .low = 0, .high = 1e300, .flag_only = 1,
     .help = "time up to which the restricted mean counts (default: the longest of all groups)"},
    {.name = "ltv.table", .kind = BM_KEY_PATH, AT(ltv.table), .flag_only = 1,
     .help = "the table that is no order log"},
    {.name = "ltv.summary", .kind = BM_KEY_SWITCH, AT(ltv.summary), .initial = "false",
     .flag_only = 1,
     .help = "the table has a row a buyer: columns x, t_x, T (opportunities: n for T), perhaps "
             "weight and m_x"},
    {.name = "ltv.survivors", .kind = BM_KEY_SWITCH, AT(ltv.survivors), .initial = "false",
     .flag_only = 1,
     .help = "the table has a row a period: columns period, survivors, perhaps group"},
    {.name = "ltv.start", .kind = BM_KEY_TEXT, .metavar = "COL", AT(ltv.start), .flag_only = 1,
     .help = "the table has a row a contract: column of its first day"},
    {.name = "ltv.end", .kind = BM_KEY_TEXT, .metavar = "COL", AT(ltv.end), .flag_only = 1,
     .help = "column of the day a contract ended; empty: it runs"},

    {.name = "inspect.job", .kind = BM_KEY_SWITCH, AT(print_job), .initial = "false",
     .flag_only = 1, .help = "print a job file for this table"},

    {.name = "generate.buyers", .kind = BM_KEY_COUNT, AT(generate.buyers), .initial = "1000",
     .low = 1, .high = 1e9, .flag_only = 1, .help = "how many buyers"},
    {.name = "generate.columns", .kind = BM_KEY_COUNT, AT(generate.columns), .initial = "4",
     .low = 0, .high = 1000, .flag_only = 1, .help = "numeric columns c1…cD"},
    {.name = "generate.segments", .kind = BM_KEY_COUNT, AT(generate.segments), .initial = "4",
     .low = 1, .high = 1000, .flag_only = 1, .help = "true segments"},
    {.name = "generate.params", .kind = BM_KEY_TEXT, AT(generate.params), .flag_only = 1,
     .help = "r,alpha,a,b of the BG/NBD process in weeks (default: rates by segment)"},
    {.name = "generate.from", .kind = BM_KEY_DAY, AT(generate.from), .initial = "2025-01-01",
     .flag_only = 1, .help = "first day of the order log"},
    {.name = "generate.to", .kind = BM_KEY_DAY, AT(generate.to), .initial = "2025-12-31",
     .flag_only = 1, .help = "last day of the order log"},
};
// clang-format on

enum { KEYS = sizeof keys / sizeof keys[0] };

size_t bm_job_keys(void) {
    return KEYS;
}

const bm_key *bm_job_key_at(size_t index) {
    return &keys[index];
}

const bm_key *bm_job_key(const char *name) {
    for (size_t i = 0; i < KEYS; i++) {
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    }
    return NULL;
}

const char *bm_key_name(const bm_key *key) {
    return key->name;
}

const char *bm_key_help(const bm_key *key) {
    return key->help;
}

const char *bm_key_default(const bm_key *key) {
    return key->initial;
}

const char *bm_key_word(const bm_key *key, size_t index) {
    if (key->word_at != NULL)
        return key->word_at(index);
    return key->words != NULL ? key->words[index] : NULL;
}

const char *bm_key_meaning(const bm_key *key, size_t index) {
    return key->meaning_at != NULL ? key->meaning_at(index) : NULL;
}

void bm_key_words(const bm_key *key, char *words, size_t room) {
    size_t used = 0;
    words[0] = '\0';
    const char *word;
    for (size_t i = 0; (word = bm_key_word(key, i)) != NULL && used < room; i++)
        used += (size_t)snprintf(words + used, room - used, "%s%s", i > 0 ? ", " : "", word);
}

int bm_key_is_switch(const bm_key *key) {
    return key->kind == BM_KEY_SWITCH;
}

int bm_key_is_reserved(const bm_key *key) {
    return key->kind == BM_KEY_RESERVED;
}

int bm_key_in_file(const bm_key *key) {
    return !key->flag_only;
}

bm_status bm_job_default(bm_job *job, bm_error *err) {
    *job = (bm_job){.as_of = BM_NO_DAY,
                    .cluster = {.cut_height = NAN, .cut_inconsistency = NAN},
                    .survival = {.restricted_to = NAN},
                    .lifetime = {.until = BM_NO_DAY, .holdout_until = BM_NO_DAY}};
    const bm_origin origin = {"default", BM_INTERNAL, NULL};
    for (size_t i = 0; i < KEYS; i++) {
        if (keys[i].initial == NULL)
            continue;
        bm_status status = bm_key_parse(&keys[i], job, keys[i].initial, &origin, err);
        if (status != BM_OK) {
            bm_job_free(job);
            return status;
        }
    }
    return BM_OK;
}

void bm_job_free(bm_job *job) {
    for (size_t i = 0; i < KEYS; i++)
        bm_key_clear(&keys[i], job);
    free(job->file);
    *job = (bm_job){0};
}
