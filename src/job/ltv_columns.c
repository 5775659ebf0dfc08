/* Which columns of a table are what. Of summaries and survivors they are told by their names, in
 * any case; those of the Python packages lifetimes and PyMC-Marketing are known, too. */
#include "base/memory.h"
#include "job/ltv_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef enum mode { SUMMARY, SURVIVORS, CONTRACTS } mode;

static const struct {
    mode mode;
    bm_want want;
    int is_filled; /* a missing value is a fault */
    int is_needed;
    const char *name[3];
} roles[BM_LTV_ROLES] = {
    [BM_LTV_ID] = {SUMMARY, BM_WANT_TEXT, 1, 0, {NULL}},
    [BM_LTV_X] = {SUMMARY, BM_WANT_NUMBER, 1, 1, {"x", "frequency", NULL}},
    [BM_LTV_T_X] = {SUMMARY, BM_WANT_NUMBER, 1, 1, {"t_x", "recency", NULL}},
    [BM_LTV_T] = {SUMMARY, BM_WANT_NUMBER, 1, 0, {"t", NULL}},
    [BM_LTV_N] = {SUMMARY, BM_WANT_NUMBER, 1, 0, {"n", "periods", NULL}},
    [BM_LTV_WEIGHT] = {SUMMARY, BM_WANT_NUMBER, 1, 0, {"weight", "weights", NULL}},
    [BM_LTV_M_X] = {SUMMARY, BM_WANT_NUMBER, 0, 0, {"m_x", "monetary_value", NULL}},
    [BM_LTV_PERIOD] = {SURVIVORS, BM_WANT_NUMBER, 1, 1, {"period", NULL}},
    [BM_LTV_SURVIVING] = {SURVIVORS, BM_WANT_NUMBER, 1, 1, {"survivors", NULL}},
    [BM_LTV_GROUP] = {SURVIVORS, BM_WANT_TEXT, 1, 0, {"group", NULL}},
    [BM_LTV_START] = {CONTRACTS, BM_WANT_DATE, 1, 1, {NULL}},
    [BM_LTV_END] = {CONTRACTS, BM_WANT_DATE, 0, 1, {NULL}},
    [BM_LTV_AMOUNT] = {CONTRACTS, BM_WANT_NUMBER, 0, 0, {NULL}},
};

static mode mode_of(const bm_job *job) {
    return job->ltv.summary ? SUMMARY : job->ltv.survivors ? SURVIVORS : CONTRACTS;
}

const char *bm_ltv_role_name(bm_ltv_role role) {
    return role == BM_LTV_T ? "T" : roles[role].name[0] != NULL ? roles[role].name[0] : "";
}

const bm_column *bm_ltv_column(const bm_ltv_table *run, bm_ltv_role role) {
    return run->column[role] != NULL ? bm_table_column(&run->table.table, run->column[role]) : NULL;
}

static const char *find(const bm_strings *names, const char *const *of) {
    for (; *of != NULL; of++) {
        for (size_t i = 0; i < names->count; i++) {
            if (strcasecmp(names->item[i], *of) == 0)
                return names->item[i];
        }
    }
    return NULL;
}

/* "a, b and 7 others": what the table has instead. */
static void list_names(const bm_strings *names, char *text, size_t room) {
    enum { MOST = 8 };
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < names->count && i < MOST && used < room; i++)
        used += (size_t)snprintf(text + used, room - used, "%s%.40s", i > 0 ? ", " : "",
                                 names->item[i]);
    if (names->count > MOST && used < room)
        snprintf(text + used, room - used, " and %zu others", names->count - MOST);
}

static bm_status no_column(const bm_ltv_table *run, const bm_strings *names, const char *what,
                           bm_error *err) {
    char has[512];
    list_names(names, has, sizeof has);
    return bm_fail(err, BM_DATA, "%s: there is no column %s: a table of %s; it has %s",
                   run->job->ltv.table, what,
                   run->job->ltv.summary
                       ? "summaries has x, t_x and T (of opportunities n), perhaps weight and m_x"
                       : "survivors has period and survivors, perhaps group",
                   has);
}

static bm_status name_role(bm_ltv_table *run, bm_ltv_role role, const char *name, bm_error *err) {
    const char *usual = bm_ltv_role_name(role);
    if (usual[0] != '\0' && strcasecmp(name, usual) != 0)
        bm_info(run->context->log, "guessed: %s is the column \"%s\"", usual, name);
    return bm_copy_string(&run->column[role], name, err);
}

/* Whether only models of opportunities are asked for. */
static int wants_opportunities(const bm_job *job) {
    const bm_strings *names = &job->lifetime.models;
    size_t of_kind = 0;
    for (size_t i = 0; i < names->count; i++) {
        const bm_ltv_model *model = bm_ltv_model_find(names->item[i]);
        of_kind += model != NULL && model->kind == BM_LTV_OPPORTUNITIES;
    }
    return of_kind > 0 && of_kind == names->count;
}

/* Time is T, or n where buyers had so many opportunities; of both, what the models ask for. */
static bm_status settle_time(bm_ltv_table *run, const bm_strings *names, bm_error *err) {
    int has_t = run->column[BM_LTV_T] != NULL, has_n = run->column[BM_LTV_N] != NULL;
    int takes_n = has_n && (!has_t || wants_opportunities(run->job));
    if (!has_t && !has_n)
        return no_column(run, names, "T", err);
    run->kind = takes_n || wants_opportunities(run->job) ? BM_LTV_OPPORTUNITIES : BM_LTV_ORDERS;
    bm_ltv_role other = takes_n ? BM_LTV_T : BM_LTV_N;
    free(run->column[other]);
    run->column[other] = NULL;
    return BM_OK;
}

static bm_status name_columns(bm_ltv_table *run, const bm_strings *names, bm_error *err) {
    bm_status status = BM_OK;
    for (int role = 0; role < BM_LTV_ROLES; role++) {
        if (roles[role].mode != mode_of(run->job) || role == BM_LTV_ID)
            continue;
        const char *name = find(names, roles[role].name);
        if (name == NULL && roles[role].is_needed)
            return no_column(run, names, bm_ltv_role_name((bm_ltv_role)role), err);
        if (name != NULL)
            BM_TRY(name_role(run, (bm_ltv_role)role, name, err));
    }
    run->kind = BM_LTV_CONTRACTS;
    if (run->job->ltv.summary)
        status = settle_time(run, names, err);
cleanup:
    return status;
}

/* Those of contracts were named by flags. */
static bm_status name_contracts(bm_ltv_table *run, bm_error *err) {
    const bm_job *job = run->job;
    const char *const name[] = {job->ltv.start, job->ltv.end, job->orders.amount.column};
    bm_status status = BM_OK;
    run->kind = BM_LTV_CONTRACTS;
    for (size_t i = 0; i < 3 && status == BM_OK; i++) {
        if (name[i] != NULL)
            status = bm_copy_string(&run->column[BM_LTV_START + i], name[i], err);
    }
    return status;
}

static bm_status check_twice(const bm_column_request *wanted, size_t wants, bm_error *err) {
    for (size_t i = 0; i < wants; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(wanted[i].name, wanted[j].name) == 0)
                return bm_fail(err, BM_USAGE, "column \"%.80s\" cannot play two roles",
                               wanted[i].name);
        }
    }
    return BM_OK;
}

bm_status bm_ltv_choose(void *chooser, const bm_strings *names, int nameless,
                        const bm_column_request **column, size_t *columns, bm_error *err) {
    bm_ltv_table *run = chooser;
    bm_status status;
    (void)nameless;
    *columns = 0;
    if (run->job->ltv.start != NULL)
        BM_TRY(name_contracts(run, err));
    else
        BM_TRY(name_columns(run, names, err));
    if (run->job->orders.buyer != NULL)
        BM_TRY(bm_copy_string(&run->column[BM_LTV_ID], run->job->orders.buyer, err));
    for (int role = 0; role < BM_LTV_ROLES; role++) {
        if (run->column[role] != NULL)
            run->wanted[(*columns)++] =
                (bm_column_request){run->column[role], roles[role].want, roles[role].is_filled,
                                    run->job->orders.date_format};
    }
    *column = run->wanted;
    status = check_twice(run->wanted, *columns, err);
cleanup:
    return status;
}
