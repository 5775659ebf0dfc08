/* BG/NBD, the beta-geometric/NBD process of Fader, Hardie & Lee (2005, Marketing Science
 * 24:275-284): from the first order on, times between orders are exponential with rate lambda, and
 * after each repeat order the buyer is gone for good with probability p. So a buyer is always alive
 * after the first order.
 *
 * Time is continuous in weeks, the calendar has days. Orders are taken as placed at noon of the
 * first and until noon of the last day, so that the time observed is exactly `to` − first days, and
 * a repeat order stands on the day its moment falls on. A buyer places one order a day at most: one
 * that would fall on the day of the order before stands on the next day, so that counting orders
 * and counting days with an order come to the same. */
#include "generate/purchases.h"

#include "base/date.h"

#include <gsl/gsl_randist.h>
#include <math.h>

size_t bm_purchase_days(gsl_rng *rng, double lambda, double p, int32_t first, int32_t to,
                        int32_t *days) {
    double end = (double)(to - first), at = 0; /* days since the first order */
    size_t count = 1;
    days[0] = first;
    for (;;) {
        at += 7 * gsl_ran_exponential(rng, 1 / lambda);
        if (!(at <= end))
            break;
        int32_t day = first + (int32_t)floor(at + 0.5);
        if (day <= days[count - 1])
            day = days[count - 1] + 1;
        if (day > to)
            break;
        days[count++] = day;
        if (gsl_rng_uniform(rng) < p)
            break;
    }
    return count;
}

void bm_avoid_weekends(gsl_rng *rng, double share, int32_t from, int32_t to, int32_t *days,
                       size_t count) {
    for (size_t i = 0; i < count; i++) {
        int weekday = bm_weekday(days[i]);
        if (weekday < 5 || gsl_rng_uniform(rng) >= share)
            continue;
        /* One to three days away, so that the five weekdays come out alike. */
        double u = gsl_rng_uniform(rng);
        int32_t away = u < 0.4 ? 1 : u < 0.8 ? 2 : 3;
        int32_t day = days[i] + (weekday == 5 ? -away : away);
        int32_t low = i > 0 ? days[i - 1] + 1 : from;
        int32_t high = i + 1 < count ? days[i + 1] - 1 : to;
        if (day >= low && day <= high)
            days[i] = day;
    }
}
