/* The dip test of unimodality: J. A. Hartigan & P. M. Hartigan, The Annals of Statistics 13, 1985;
 * computed as P. M. Hartigan, Applied Statistics 34 (AS 217), 1985, does it. A modal interval is
 * narrowed down: on it the greatest convex minorant and the least concave majorant of the
 * distribution are compared, the ends move to where they are farthest apart, and what the
 * distribution departs from the minorant left of it, and from the majorant right of it, is a lower
 * bound of the dip. Works in units of 1/n of the distribution, and halves at the end. */
#include "cluster/dip.h"

#include <math.h>

typedef struct modal {
    const double *x; /* [n] ascending */
    size_t n;
    size_t *below;    /* of each value, the one before it on the minorant that ends in it */
    size_t *above;    /* of each value, the one after it on the majorant that begins in it */
    size_t *minorant; /* from high down to low */
    size_t *majorant; /* from low up to high */
    size_t minorants, majorants;
    size_t low, high;
} modal;

/* Links the corners of every minorant and majorant: pools what would bend the wrong way. */
static void link_corners(modal *now) {
    const double *x = now->x;
    now->below[0] = 0;
    for (size_t j = 1; j < now->n; j++) {
        size_t b = j - 1;
        for (; b > 0; b = now->below[b]) {
            size_t a = now->below[b];
            if ((x[j] - x[b]) * (double)(b - a) < (x[b] - x[a]) * (double)(j - b))
                break;
        }
        now->below[j] = b;
    }
    now->above[now->n - 1] = now->n - 1;
    for (size_t j = now->n - 1; j-- > 0;) {
        size_t b = j + 1;
        for (; b < now->n - 1; b = now->above[b]) {
            size_t c = now->above[b];
            if ((x[b] - x[j]) * (double)(c - b) < (x[c] - x[b]) * (double)(b - j))
                break;
        }
        now->above[j] = b;
    }
}

static void list_corners(modal *now) {
    now->minorants = now->majorants = 1;
    now->minorant[0] = now->high;
    while (now->minorant[now->minorants - 1] > now->low) {
        now->minorant[now->minorants] = now->below[now->minorant[now->minorants - 1]];
        now->minorants++;
    }
    now->majorant[0] = now->low;
    while (now->majorant[now->majorants - 1] < now->high) {
        now->majorant[now->majorants] = now->above[now->majorant[now->majorants - 1]];
        now->majorants++;
    }
}

/* The place that the chord from a to b has at value x[i]; infinite where the chord is upright. */
static double on_chord(const double *x, size_t a, size_t b, size_t i) {
    return x[b] > x[a] ? (x[i] - x[a]) * (double)(b - a) / (x[b] - x[a]) : INFINITY;
}

/* How far the majorant is above the minorant, at most; and the corners there. */
static double farthest(const modal *now, size_t *left, size_t *right) {
    const size_t *minorant = now->minorant, *majorant = now->majorant;
    double most = 0;
    *left = now->minorants - 1;
    *right = now->majorants - 1;
    if (now->minorants == 2 && now->majorants == 2)
        return 1;
    /* Both from low to high, always the next corner of the two. */
    size_t g = now->minorants - 2, l = 1;
    do {
        size_t low = minorant[g], high = majorant[l];
        if (low > high) {
            size_t before = minorant[g + 1];
            double apart = (double)(high - before + 1) - on_chord(now->x, before, low, high);
            if (apart >= most) {
                most = apart;
                *left = g + 1;
                *right = l;
            }
            l += l + 1 < now->majorants;
        } else {
            size_t before = majorant[l - 1];
            double apart = on_chord(now->x, before, high, low) - (double)low + (double)before + 1;
            if (apart >= most && apart < INFINITY) {
                most = apart;
                *left = g;
                *right = l;
            }
            g -= g > 0;
        }
    } while (minorant[g] != majorant[l]);
    return most;
}

/* How far the distribution is above the minorant, between its corners from place `first` on. */
static double above_minorant(const modal *now, size_t first) {
    double most = 1;
    for (size_t corner = first; corner + 1 < now->minorants; corner++) {
        size_t begin = now->minorant[corner + 1], end = now->minorant[corner];
        for (size_t i = begin; end - begin > 1 && i <= end; i++) {
            double apart = (double)(i - begin + 1) - on_chord(now->x, begin, end, i);
            most = apart > most ? apart : most;
        }
    }
    return most;
}

/* How far it is below the majorant. */
static double below_majorant(const modal *now, size_t first) {
    double most = 1;
    for (size_t corner = first; corner + 1 < now->majorants; corner++) {
        size_t begin = now->majorant[corner], end = now->majorant[corner + 1];
        for (size_t i = begin; end - begin > 1 && i <= end; i++) {
            double apart = on_chord(now->x, begin, end, i) - (double)(i - begin) + 1;
            most = apart > most && apart < INFINITY ? apart : most;
        }
    }
    return most;
}

double bm_dip(const double *ascending, size_t n, size_t *scratch) {
    modal now = {.x = ascending,
                 .n = n,
                 .below = scratch,
                 .above = scratch + n,
                 .minorant = scratch + 2 * n,
                 .majorant = scratch + 3 * n,
                 .high = n - 1};
    double dip = 1;
    if (n == 0)
        return 0;
    if (ascending[0] >= ascending[n - 1])
        return 1 / (2 * (double)n);
    link_corners(&now);
    for (;;) {
        size_t left, right;
        list_corners(&now);
        if (farthest(&now, &left, &right) < dip)
            break;
        double under = above_minorant(&now, left), over = below_majorant(&now, right);
        dip = under > dip ? under : dip;
        dip = over > dip ? over : dip;
        if (now.low == now.minorant[left] && now.high == now.majorant[right])
            break;
        now.low = now.minorant[left];
        now.high = now.majorant[right];
    }
    return dip / (2 * (double)n);
}

double bm_dip_log_p(double dip, size_t n) {
    return fmin(0, log(5.4) - 15.8 * (double)n * dip * dip);
}
