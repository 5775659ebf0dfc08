#include "cluster/choice.h"

#include <math.h>
#include <stdio.h>

/* Kaufman & Rousseeuw (1990), Finding Groups in Data, table 4: up to 0.25 there is no substantial
 * structure. */
static const double NO_STRUCTURE = 0.25;

/* The k with the largest value; the lowest when it is defined for none. */
static size_t largest(double (*value)(const bm_quality *), const bm_quality *quality,
                      size_t tried) {
    size_t best = 0;
    for (size_t at = 1; at < tried; at++) {
        double here = value(&quality[at]), there = value(&quality[best]);
        if (here > there || (isnan(there) && !isnan(here)))
            best = at;
    }
    return best;
}

size_t bm_choose(const bm_cluster_options *options, const bm_verdict *verdict,
                 const bm_quality *quality, size_t tried) {
    const bm_criterion *criterion = &bm_criteria[options->criterion];
    size_t first = 0;
    if (options->k_auto && tried > 1 && quality[0].k == 1) {
        if (verdict->one_cloud)
            return 0; /* k = 1 */
        first = 1;
    }
    return first + (criterion->choice != NULL
                        ? criterion->choice(quality + first, tried - first)
                        : largest(criterion->value, quality + first, tried - first));
}

/* "0.34", or "< 0.0001". */
static const char *chance(char *text, size_t room, double p) {
    snprintf(text, room, p < 1e-4 ? "< 0.0001" : "%.2g", p);
    return text;
}

void bm_cloud_text(const bm_verdict *verdict, char *text, size_t room) {
    char p[32];
    snprintf(text, room,
             "these buyers form one continuous cloud: a list serves you as well (valleys between "
             "segments, on buyers they were not drawn from: p = %s; gap statistic of k = %zu less "
             "that of k = 1: %+.3f; Hopkins statistic %.3f, of a normal cloud %.3f)",
             chance(p, sizeof p, verdict->valley_p), verdict->gap_k, verdict->gap_gain,
             verdict->hopkins, verdict->hopkins_of_cloud);
}

void bm_warn_of_choice(const bm_verdict *verdict, const bm_quality *chosen, bm_log *log) {
    char text[512];
    if (chosen->k > 1 && verdict->one_cloud) {
        bm_cloud_text(verdict, text, sizeof text);
        bm_warn(log, "%s; use the segments of this map (k = %zu) to sort buyers, not as a finding",
                text, chosen->k);
    } else if (chosen->silhouette <= NO_STRUCTURE) {
        bm_warn(log,
                "the buyers show no substantial structure: the silhouette of k = %zu is %.2f, and "
                "up to %.2f segments are lines drawn through one cloud rather than groups that "
                "exist (Kaufman & Rousseeuw 1990); use them to sort buyers, not as a finding",
                chosen->k, chosen->silhouette, NO_STRUCTURE);
    }
}
