#include "lifetime/period.h"

#include "base/date.h"
#include "base/number.h"

#include <string.h>

/* A century; longer windows hold every log whole. */
enum { MAX_ROLLING_DAYS = 36525 };

static const struct {
    const char *name;
    bm_period_kind kind;
} names[] = {
    {"day", BM_PERIOD_DAY},         {"week", BM_PERIOD_WEEK}, {"month", BM_PERIOD_MONTH},
    {"quarter", BM_PERIOD_QUARTER}, {"year", BM_PERIOD_YEAR},
};
static const char rolling[] = "rolling:";

int bm_period_parse(const char *text, bm_period *period) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i].name) == 0) {
            *period = (bm_period){.kind = names[i].kind};
            return 1;
        }
    }
    size_t prefix = sizeof rolling - 1;
    int64_t days;
    if (strncmp(text, rolling, prefix) != 0 || text[prefix] < '0' || text[prefix] > '9' ||
        !bm_parse_integer((bm_text){text + prefix, strlen(text + prefix)}, 1, MAX_ROLLING_DAYS,
                          &days))
        return 0;
    *period = (bm_period){.kind = BM_PERIOD_ROLLING, .days = (int)days};
    return 1;
}

static int32_t months_in(bm_period_kind kind) {
    return kind == BM_PERIOD_YEAR ? 12 : kind == BM_PERIOD_QUARTER ? 3 : 1;
}

int32_t bm_period_of(bm_period_kind kind, int32_t day) {
    if (kind == BM_PERIOD_DAY)
        return day;
    if (kind == BM_PERIOD_WEEK) {
        int32_t monday = day - bm_weekday(day); /* 1970-01-05 was a Monday */
        return (monday - 4) / 7;
    }
    int year, month, day_of_month;
    bm_civil_from_days(day, &year, &month, &day_of_month);
    return (year * 12 + month - 1) / months_in(kind);
}

int32_t bm_period_first_day(bm_period_kind kind, int32_t number) {
    if (kind == BM_PERIOD_DAY)
        return number;
    if (kind == BM_PERIOD_WEEK)
        return number * 7 + 4;
    int32_t months = number * months_in(kind);
    return bm_days_from_civil(months / 12, months % 12 + 1, 1);
}
