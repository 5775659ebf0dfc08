/* What buyers of a synthetic segment are like. Internal to this folder. */
#ifndef BM_GENERATE_ARCHETYPE_H
#define BM_GENERATE_ARCHETYPE_H

#include <stddef.h>

enum { BM_REGIONS = 5, BM_ROLES = 5, BM_SIZES = 4, BM_CHANNELS = 4, BM_CATEGORIES = 6 };

extern const char *const bm_region_names[BM_REGIONS];
extern const char *const bm_role_names[BM_ROLES];
extern const char *const bm_size_names[BM_SIZES];
extern const char *const bm_channel_names[BM_CHANNELS];

typedef struct bm_archetype {
    double share; /* of all buyers; relative to the other segments */
    /* BG/NBD, time in weeks: purchase rate ~ Gamma(r, rate alpha), dropout ~ Beta(a, b). */
    double r, alpha, a, b;
    /* Gamma-gamma: an order's total ~ Gamma(p, rate v), v ~ Gamma(q, rate gamma); mean
     * p gamma / (q - 1). */
    double p, q, gamma;
    double lines;       /* mean product lines of an order */
    double focus;       /* share of lines in the buyer's own main category */
    double loyalty;     /* share of lines from the buyer's favoured supplier */
    double established; /* share of buyers whose first order is at the start of the log */
    double weekdays;    /* share of weekend orders that are moved to a weekday */
    /* Probabilities, adding up to 1. */
    double category[BM_CATEGORIES], region[BM_REGIONS], role[BM_ROLES], size[BM_SIZES],
        channel[BM_CHANNELS];
} bm_archetype;

/* The archetype of segment 0, 1, …. Past the last row of the table it starts over, with rarer and
 * larger orders, and with categories and regions turned by one. */
bm_archetype bm_archetype_of(size_t segment);

#endif
