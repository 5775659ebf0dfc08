/* What each segment is: profile, name, size, money, concentration. */
#ifndef BM_PROFILE_PROFILE_H
#define BM_PROFILE_PROFILE_H

#include "buyermap/context.h"
#include "buyermap/features.h"
#include "buyermap/orders.h"
#include "buyermap/result.h"
#include "buyermap/segmentation.h"

/* One feature in one segment; the rows of `segment_profile`. NaN where a column does not apply. */
typedef struct bm_profile_row {
    int32_t segment;
    size_t feature;
    double mean, sd, median, p10, p90, population_mean, z;
    double share, population_share, lift; /* indicators */
    double shift; /* z of the buyers' ranks instead of their values: a few very large buyers do not
                     hide that a segment is low. What names are made from; not in the table. */
    int rank;     /* 1 = what sets the segment apart most (|z|) */
} bm_profile_row;

typedef struct bm_profile {
    size_t k, d;
    bm_profile_row *row; /* [k × d], by segment, then by rank */
} bm_profile;

/* features: all of them, in the buyers' own units. z = (segment mean − population mean) /
 * population sd (population sd of all clustered buyers); 0 when that sd is 0. sd of a segment is
 * the sample sd (n − 1), NaN for one buyer. With features->weight means, sds and shares are
 * weighted; quantiles (type 7) never are. An indicator's mean is its share and its quantiles are
 * NaN; a number's share, population_share and lift are NaN. */
bm_status bm_profile_build(const bm_features *features, const bm_segmentation *segmentation,
                           bm_profile *profile, bm_error *err) BM_MUST_CHECK;
void bm_profile_free(bm_profile *profile);
bm_status bm_profile_result(const bm_profile *profile, const bm_features *features,
                            bm_result *result, bm_error *err) BM_MUST_CHECK;

/* One name a segment, distinct, in a sales lead's words, from what sets it apart: "frequent, high
 * value". Appends k names. */
bm_status bm_segment_names(const bm_profile *profile, const bm_features *features,
                           bm_strings *names, bm_error *err) BM_MUST_CHECK;

/* What the orders of each segment let expect, [k] each; NULL: not known. (churn_rate is put in when
 * the table `churn` is there.) */
typedef struct bm_segment_outlook {
    const double *clv_total, *p_alive_mean;
} bm_segment_outlook;

/* The table `segments`. orders NULL: no order columns; outlook NULL: nothing of it is known.
 * distance_mean: [k] of the buyers' distances to the centroid, or NULL. separates: how many buyers
 * are in segment 0 (no orders); when there are any, segment 0 gets the last row, named "without
 * orders". share and revenue_share are of all rows of the table, orders those of buyers in the
 * matrix (features->row_of). */
bm_status bm_segments_result(const bm_segmentation *segmentation, const bm_features *features,
                             const bm_strings *names, const double *distance_mean,
                             const bm_orders *orders, const bm_segment_outlook *outlook,
                             size_t separates, bm_result *result, bm_error *err) BM_MUST_CHECK;

/* The table `concentration`: scope `revenue` over buyers with orders, then a row a dimension the
 * orders have (revenue by product, category, …), then `segment N` for each segment when label is
 * not NULL (label of each buyer of the population, 0 unassigned; k segments). */
bm_status bm_concentration(const bm_orders *orders, const int32_t *label, size_t k,
                           bm_result *result, bm_error *err) BM_MUST_CHECK;

#endif
