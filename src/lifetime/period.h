/* Calendar periods as whole numbers. */
#ifndef BM_LIFETIME_PERIOD_H
#define BM_LIFETIME_PERIOD_H

#include "lifetime/cohorts.h"

#include <stdint.h>

/* The number of the calendar period that holds a day; consecutive periods have consecutive numbers.
 * For BM_PERIOD_ROLLING, whose cohorts are months, that of the month. */
int32_t bm_period_of(bm_period_kind kind, int32_t day);
/* The first day of a period. */
int32_t bm_period_first_day(bm_period_kind kind, int32_t number);

#endif
