#include "generate/archetype.h"

#include <math.h>

const char *const bm_region_names[BM_REGIONS] = {"North", "South", "East", "West", "Central"};
const char *const bm_role_names[BM_ROLES] = {"owner", "office manager", "procurement",
                                             "facility manager", "engineer"};
const char *const bm_size_names[BM_SIZES] = {"micro", "small", "medium", "large"};
const char *const bm_channel_names[BM_CHANNELS] = {"web", "sales rep", "phone", "marketplace"};

/* Categories: packaging, office supplies, cleaning, electronics, furniture, safety gear. Weights
 * are relative; bm_archetype_of makes them add up to 1. */
/* clang-format off */
static const bm_archetype archetypes[] = {
    /* Contract accounts: large companies that buy most weeks, from few suppliers.
     share     r  alpha    a    b    p  q  gamma  lines focus loyalty established weekdays */
    {0.10,   6.0,   8.0, 0.6, 45.0,  5, 6,   820,   1.9, 0.60,   0.88,       0.75,    0.97,
     {6, 3, 3, 1, 0.5, 2}, {3, 2, 2, 4, 2}, {0, 1, 7, 2, 1}, {0, 1, 4, 9}, {3, 6, 1, 0}},
    /* Small firms that reorder office goods every few weeks on the web. */
    {0.30,   4.0,  14.0, 0.8, 20.0,  5, 6,   210,   1.4, 0.45,   0.60,       0.50,    0.93,
     {2, 8, 3, 1.5, 0.5, 0.5}, {2, 3, 2, 2, 3}, {4, 6, 1, 1, 0}, {4, 7, 2, 0}, {8, 0.5, 1, 1}},
    /* Occasional buyers: a few small orders a year, wherever it is cheap. */
    {0.38,   2.0,  26.0, 1.0,  7.0,  4, 5,    85,   1.2, 0.25,   0.20,       0.35,    0.60,
     {3, 4, 2, 3, 1, 1}, {2, 4, 3, 1, 2}, {7, 3, 0.5, 0.5, 1}, {8, 3, 0.5, 0}, {4, 0, 1, 6}},
    /* Project buyers: rare, large, furniture and electronics through a sales rep. */
    {0.22,   2.5,  20.0, 1.4,  5.0,  3, 4,  2300,   2.4, 0.50,   0.45,       0.30,    0.98,
     {0.5, 1, 0.3, 5, 8, 0.7}, {1, 2, 2, 5, 2}, {1, 3, 3, 4, 2}, {1, 3, 6, 3}, {2, 7, 1, 0.3}},
    /* Workshops and plants: steady maintenance and safety goods by phone. */
    {0.20,   8.0,  18.0, 0.5, 25.0,  6, 7,   360,   1.7, 0.55,   0.80,       0.60,    0.90,
     {1, 0.3, 4, 1, 0.2, 8}, {6, 1, 3, 1, 2}, {1, 0, 2, 5, 7}, {1, 4, 5, 2}, {1, 2, 7, 0.5}},
    /* Trials: one or two small orders, then gone. */
    {0.25,   0.6,  20.0, 1.6,  1.6,  4, 5,    55,   1.1, 0.20,   0.15,       0.20,    0.50,
     {2, 3, 1, 5, 1, 1}, {2, 2, 5, 2, 1}, {6, 3, 0.5, 0.5, 2}, {9, 3, 0.5, 0}, {3, 0, 0.5, 8}},
    /* Public sector and schools: planned office and cleaning orders under tender. */
    {0.15,   5.0,  26.0, 0.5, 24.0,  6, 7,   620,   2.2, 0.40,   0.70,       0.65,    1.00,
     {0.5, 6, 5, 1.5, 3, 1}, {2, 2, 2, 2, 6}, {0, 5, 6, 4, 0}, {0, 2, 5, 6}, {4, 3, 4, 0}},
    /* Resellers: many orders, sharp on price, any supplier. */
    {0.08,   3.0,   3.0, 1.2, 40.0,  4, 5,   150,   1.5, 0.70,   0.10,       0.55,    0.75,
     {7, 1, 0.5, 6, 0.3, 0.5}, {1, 3, 6, 2, 1}, {8, 0, 4, 0, 1}, {3, 7, 3, 0}, {6, 0.3, 0.3, 7}},
};
/* clang-format on */

enum { ARCHETYPES = sizeof archetypes / sizeof *archetypes };

/* Turns weights by some places and makes them add up to 1. */
static void spread(double *weight, size_t n, size_t turn) {
    double turned[8], sum = 0; /* no list is longer */
    for (size_t i = 0; i < n; i++) {
        turned[i] = weight[(i + turn) % n];
        sum += turned[i];
    }
    for (size_t i = 0; i < n; i++)
        weight[i] = turned[i] / sum;
}

bm_archetype bm_archetype_of(size_t segment) {
    bm_archetype type = archetypes[segment % ARCHETYPES];
    size_t round = segment / ARCHETYPES;
    double rarer = pow(0.6, (double)(round % 5)), larger = pow(1.7, (double)(round % 7));
    type.alpha /= rarer;
    type.gamma *= larger;
    spread(type.category, BM_CATEGORIES, round);
    spread(type.region, BM_REGIONS, round);
    spread(type.role, BM_ROLES, 0);
    spread(type.size, BM_SIZES, 0);
    spread(type.channel, BM_CHANNELS, 0);
    return type;
}
