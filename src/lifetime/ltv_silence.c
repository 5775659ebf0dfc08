/* How long a buyer may be silent before an order is improbable: both probabilities that it is told
 * from fall as silence lasts, so where they pass a limit is found by doubling and halving. */
#include "lifetime/ltv.h"

#include <math.h>

/* A buyer whose silence after the last order is asked about. */
typedef struct silent {
    const bm_ltv_fit *fit;
    double x, t_x, horizon;
} silent;

/* Whether an order within the horizon is still to be reckoned with after such a silence; and
 * whether a living buyer may well be silent so long. Both end for good. */
static int may_order(const silent *of, double silence) {
    const bm_ltv_model *model = of->fit->model;
    bm_history h = {.x = of->x, .t_x = of->t_x, .t = of->t_x + silence, .count = 1};
    double alive = bm_logistic(model->log_odds_alive(of->fit->parameter, &h));
    double orders = -expm1(model->log_silent_alive(of->fit->parameter, &h, of->horizon));
    return alive * orders >= BM_IMPROBABLE_ORDER;
}

static int may_be_silent(const silent *of, double silence) {
    bm_history h = {.x = of->x, .t_x = of->t_x, .t = of->t_x, .count = 1};
    return of->fit->model->log_silent_alive(of->fit->parameter, &h, silence) >=
           log(BM_IMPROBABLE_SILENCE);
}

/* Where it ends, by doubling and halving. */
static double end_of(int (*holds)(const silent *of, double silence), const silent *of) {
    enum { HALVINGS = 60 };
    double low = 0, high = 1;
    while (holds(of, high)) {
        low = high;
        high *= 2;
        if (high > 1e12)
            return INFINITY;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle = (low + high) / 2;
        if (holds(of, middle))
            low = middle;
        else
            high = middle;
    }
    return high;
}

double bm_ltv_silence(const bm_ltv_fit *fit, double x, double t_x, double horizon) {
    const silent of = {fit, x, t_x, horizon};
    if (fit->model->log_silent_alive == NULL || !fit->usable)
        return INFINITY;
    double end = end_of(may_order, &of);
    return fit->model->nested != NULL ? end : fmin(end, end_of(may_be_silent, &of));
}
