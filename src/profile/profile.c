/* The profile of each segment: where its buyers stand in every feature, against all clustered
 * buyers. Every figure is of the buyers whose value is known: what was filled in or clipped for the
 * clustering is not described.
 *
 * O(d n): quantiles (type 7) are selected (Hoare), not sorted for; memory n doubles (twice with
 * weights) for each thread. Ranks (|z|) tie to the lowest feature. One chunk of work is one
 * feature. */
#include "profile/profile.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/statistics.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

/* The population sample and the points of a segment that `shift` is taken from: enough to be within
 * a few hundredths of the figure over all buyers, exact up to as many. */
enum { SAMPLE = 1024, POINTS = 4096 };

/* The rows of the matrix, put together by segment. */
typedef struct members {
    size_t *row;   /* [n] */
    size_t *first; /* [k + 1] */
} members;

static bm_status gather_members(const bm_segmentation *segmentation, members *out, bm_error *err) {
    bm_status status = BM_OK;
    size_t n = segmentation->n, k = segmentation->k;
    size_t *next = NULL;
    BM_TRY(BM_NEW(&out->row, n, "the profile", err));
    BM_TRY(BM_NEW(&out->first, k + 1, "the profile", err));
    BM_TRY(BM_NEW(&next, k + 1, "the profile", err));
    for (size_t i = 0; i < n; i++) {
        if (segmentation->label[i] < 1 || (size_t)segmentation->label[i] > k) {
            status = bm_fail(err, BM_INTERNAL, "profile: segment %d of %zu",
                             (int)segmentation->label[i], k);
            goto cleanup;
        }
        out->first[segmentation->label[i]]++;
    }
    for (size_t s = 0; s < k; s++) {
        out->first[s + 1] += out->first[s];
        next[s] = out->first[s];
    }
    for (size_t i = 0; i < n; i++)
        out->row[next[segmentation->label[i] - 1]++] = i;
cleanup:
    free(next);
    return status;
}

typedef struct work {
    const bm_features *features;
    members members;
    bm_profile *profile;
} work;

/* One feature over all clustered buyers. */
typedef struct population {
    double mean, sd;
    size_t sampled;
    double sample[SAMPLE]; /* ascending; every (n / sampled)-th buyer */
    double rank_sd;
} population;

static size_t below(const population *all, double x, int or_equal) {
    size_t low = 0, high = all->sampled;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (all->sample[middle] < x || (or_equal && all->sample[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Mean rank of a value in the sample, as a share: ties get the middle, so all have mean 1/2. */
static double rank_of(const population *all, double x) {
    return 0.5 * (double)(below(all, x, 0) + below(all, x, 1)) / (double)all->sampled;
}

/* The known values of a feature, and the weights of those buyers (when there are any), from the
 * rows listed, or (row NULL) from rows 0 … n - 1. Gives their number. */
static size_t gather_known(const bm_features *features, size_t j, const size_t *row, size_t n,
                           double *value, double *weight) {
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = row != NULL ? row[i] : i;
        double x = features->x[at * features->d + j];
        if (isnan(x))
            continue;
        if (weight != NULL)
            weight[known] = features->weight[at];
        value[known++] = x;
    }
    return known;
}

static void measure_population(const double *value, const double *weight, size_t n,
                               population *all) {
    all->mean = all->sd = NAN;
    if (n > 0)
        bm_mean_sd(value, 1, weight, n, &all->mean, &all->sd);
    all->sampled = n < SAMPLE ? n : SAMPLE;
    for (size_t i = 0; i < all->sampled; i++)
        all->sample[i] = value[i * (n / all->sampled) + i * (n % all->sampled) / all->sampled];
    bm_sort(all->sample, all->sampled);
    double squares = 0;
    for (size_t i = 0; i < all->sampled; i++) {
        double apart = rank_of(all, all->sample[i]) - 0.5;
        squares += apart * apart;
    }
    all->rank_sd = all->sampled > 0 ? sqrt(squares / (double)all->sampled) : 0;
}

static double shift_of(const population *all, const double *value, size_t n) {
    size_t points = n < POINTS ? n : POINTS;
    if (!(all->rank_sd > 0) || points == 0)
        return 0;
    double sum = 0;
    for (size_t i = 0; i < points; i++) {
        sum += rank_of(all, value[(2 * i + 1) * n / (2 * points)]);
    }
    return (sum / (double)points - 0.5) / all->rank_sd;
}

/* Type 7; moves the values about. */
static double select_quantile(double *value, size_t n, double p) {
    double at = p * (double)(n - 1);
    size_t index = (size_t)at;
    double lower = gsl_stats_select(value, 1, n, index), upper = INFINITY;
    if (index + 1 >= n)
        return lower;
    for (size_t i = index + 1; i < n; i++) /* none of these is below */
        upper = value[i] < upper ? value[i] : upper;
    double part = at - (double)index;
    return (1 - part) * lower + part * upper;
}

/* Fills a row from the segment's n values, which are moved about on the way. */
static void describe(double *value, const double *weight, size_t n, bm_feature_kind kind,
                     const population *all, bm_profile_row *row) {
    row->mean = row->sd = row->median = row->p10 = row->p90 = NAN;
    row->share = row->population_share = row->lift = NAN;
    row->population_mean = all->mean;
    row->z = NAN;
    row->shift = 0;
    if (n > 0) {
        bm_mean_sd(value, 1, weight, n, &row->mean, &row->sd);
        row->sd = n > 1 ? row->sd * sqrt((double)n / (double)(n - 1)) : NAN;
        row->z = all->sd > 0 ? (row->mean - all->mean) / all->sd : 0;
    }
    if (kind == BM_FEATURE_INDICATOR) {
        row->share = row->mean;
        row->population_share = all->mean;
        row->lift = all->mean > 0 ? row->mean / all->mean : NAN;
        row->shift = n > 0 ? row->z : 0; /* two values have the same z as their ranks */
        return;
    }
    row->shift = shift_of(all, value, n);
    if (n == 0)
        return;
    row->median = select_quantile(value, n, 0.5);
    row->p10 = select_quantile(value, n, 0.1);
    row->p90 = select_quantile(value, n, 0.9);
}

static bm_status describe_feature(size_t j, void *arg, bm_error *err) {
    const work *self = arg;
    const bm_features *features = self->features;
    bm_status status = BM_OK;
    double *value = NULL, *weight = NULL;
    population *all = NULL;
    BM_TRY(bm_check_interrupt(err));
    BM_TRY(BM_NEW(&all, 1, "the profile", err));
    BM_TRY(BM_NEW(&value, features->n, "the profile", err));
    if (features->weight != NULL)
        BM_TRY(BM_NEW(&weight, features->n, "the profile", err));
    size_t known = gather_known(features, j, NULL, features->n, value, weight);
    measure_population(value, weight, known, all);
    for (size_t s = 0; s < self->profile->k; s++) {
        size_t first = self->members.first[s], n = self->members.first[s + 1] - first;
        known = gather_known(features, j, self->members.row + first, n, value, weight);
        bm_profile_row *row = &self->profile->row[s * self->profile->d + j];
        row->segment = (int32_t)(s + 1);
        row->feature = j;
        describe(value, weight, known, features->feature[j].kind, all, row);
    }
cleanup:
    free(all);
    free(value);
    free(weight);
    return status;
}

static int compare_rows(const void *left, const void *right) {
    const bm_profile_row *a = left, *b = right;
    double apart_a = isnan(a->z) ? -1 : fabs(a->z), apart_b = isnan(b->z) ? -1 : fabs(b->z);
    if (apart_a != apart_b)
        return apart_a > apart_b ? -1 : 1;
    return (a->feature > b->feature) - (a->feature < b->feature);
}

static void rank_rows(bm_profile *profile) {
    for (size_t s = 0; s < profile->k; s++) {
        bm_profile_row *row = profile->row + s * profile->d;
        qsort(row, profile->d, sizeof *row, compare_rows);
        for (size_t i = 0; i < profile->d; i++)
            row[i].rank = (int)(i + 1);
    }
}

bm_status bm_profile_build(const bm_features *features, const bm_segmentation *segmentation,
                           bm_profile *profile, bm_error *err) {
    bm_status status = BM_OK;
    size_t rows;
    work self = {.features = features, .profile = profile};
    *profile = (bm_profile){.k = segmentation->k, .d = features->d};
    if (features->n != segmentation->n)
        return bm_fail(err, BM_INTERNAL, "profile: %zu buyers in the map, %zu in the matrix",
                       segmentation->n, features->n);
    if (!bm_multiply(profile->k, profile->d, &rows))
        return bm_fail(err, BM_NOMEM, "out of memory: the profile");
    BM_TRY(BM_NEW(&profile->row, rows, "the profile", err));
    BM_TRY(gather_members(segmentation, &self.members, err));
    BM_TRY(bm_parallel_for(features->d, describe_feature, &self, err));
    rank_rows(profile);
cleanup:
    free(self.members.row);
    free(self.members.first);
    if (status != BM_OK)
        bm_profile_free(profile);
    return status;
}

void bm_profile_free(bm_profile *profile) {
    free(profile->row);
    *profile = (bm_profile){0};
}

static const bm_heading headings[] = {
    {"segment", BM_CELL_INTEGER, "", "segment"},
    {"feature", BM_CELL_TEXT, "", "feature, in the buyers' own units"},
    {"mean", BM_CELL_NUMBER, "feature", "mean of the segment"},
    {"sd", BM_CELL_NUMBER, "feature", "sample standard deviation of the segment"},
    {"median", BM_CELL_NUMBER, "feature", "median of the segment"},
    {"p10", BM_CELL_NUMBER, "feature", "10 % quantile of the segment"},
    {"p90", BM_CELL_NUMBER, "feature", "90 % quantile of the segment"},
    {"population_mean", BM_CELL_NUMBER, "feature", "mean of all clustered buyers"},
    {"z", BM_CELL_NUMBER, "1", "(mean - population_mean) / standard deviation of all"},
    {"share", BM_CELL_NUMBER, "1", "categories: share of the segment's buyers"},
    {"population_share", BM_CELL_NUMBER, "1", "categories: share of all clustered buyers"},
    {"lift", BM_CELL_NUMBER, "1", "categories: share / population_share"},
    {"rank", BM_CELL_INTEGER, "1", "1 = what sets the segment apart most, by |z|"},
};

bm_status bm_profile_result(const bm_profile *profile, const bm_features *features,
                            bm_result *result, bm_error *err) {
    bm_status status = BM_OK;
    size_t rows = profile->k * profile->d;
    BM_TRY(bm_result_init(result, "segment_profile", "where each segment stands in each feature",
                          headings, sizeof headings / sizeof headings[0], rows, err));
    for (size_t i = 0; i < rows; i++) {
        const bm_profile_row *row = &profile->row[i];
        const double number[] = {
            row->mean, row->sd,    row->median,           row->p10, row->p90, row->population_mean,
            row->z,    row->share, row->population_share, row->lift};
        enum { FIRST_NUMBER = 2, NUMBERS = sizeof number / sizeof number[0] };
        result->column[0].integer[i] = row->segment;
        BM_TRY(bm_result_set_string(result, 1, i, features->feature[row->feature].name, err));
        for (size_t c = 0; c < NUMBERS; c++)
            result->column[FIRST_NUMBER + c].number[i] = number[c];
        result->column[FIRST_NUMBER + NUMBERS].integer[i] = row->rank;
    }
cleanup:
    if (status != BM_OK)
        bm_result_free(result);
    return status;
}
