/* Columns of an order log by their usual names, for verbs without a job file. */
#include "cli/guess.h"

#include "base/memory.h"
#include "cli/verb.h"
#include "input/input.h"
#include "job/run.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST_NAME = 64 };

/* Usual names in order of preference, in lower case without blanks, dots, dashes or underscores. */
typedef struct usual {
    const char *key;
    int required;
    const char *name[16];
} usual;

static const usual roles[] = {
    {"inputs.orders.buyer",
     1,
     {"buyerid", "customerid", "buyer", "customer", "clientid", "client", "custid", "cust",
      "userid", "user", "accountid", "account", "memberid", "id", NULL}},
    {"inputs.orders.date",
     1,
     {"orderedat", "orderdate", "date", "invoicedate", "purchasedate", "purchasedat",
      "transactiondate", "timestamp", "createdat", "datetime", "day", NULL}},
    {"inputs.orders.amount",
     0,
     {"amount", "total", "revenue", "sales", "value", "totalamount", "orderamount", "ordertotal",
      "ordervalue", "spend", "monetary", NULL}},
    {"inputs.orders.order",
     0,
     {"order", "orderid", "orderno", "ordernumber", "invoice", "invoiceid", "invoiceno",
      "transactionid", NULL}},
};

static void simplify(const char *name, char simple[LONGEST_NAME]) {
    size_t length = 0;
    for (; *name != '\0' && length + 1 < LONGEST_NAME; name++) {
        if (strchr(" ._-", *name) == NULL)
            simple[length++] = (char)tolower((unsigned char)*name);
    }
    simple[length] = '\0';
}

static const char *find(const bm_strings *columns, const char *const *usual_name) {
    for (; *usual_name != NULL; usual_name++) {
        for (size_t i = 0; i < columns->count; i++) {
            char simple[LONGEST_NAME];
            simplify(columns->item[i], simple);
            if (strcmp(simple, *usual_name) == 0)
                return columns->item[i];
        }
    }
    return NULL;
}

const char *bm_usual_column(const char *key, const bm_strings *columns) {
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].key, key) == 0)
            return find(columns, roles[i].name);
    }
    return NULL;
}

int bm_usual_factors(const bm_strings *columns, const char **quantity, const char **price) {
    static const char *const quantities[] = {"quantity", "qty", "units", NULL};
    static const char *const prices[] = {"unitprice", "price", NULL};
    *quantity = find(columns, quantities);
    *price = find(columns, prices);
    return *quantity != NULL && *price != NULL;
}

/* An amount that is nowhere given may be quantity times unit price. */
static bm_status guess_product(bm_invocation *invocation, const bm_strings *columns,
                               bm_error *err) {
    const char *a, *b;
    if (!bm_usual_factors(columns, &a, &b))
        return BM_OK;
    char *product = NULL;
    bm_status status = bm_format(&product, err, "%s * %s", a, b);
    if (status == BM_OK)
        status = bm_key_set_flag(bm_job_key("inputs.orders.amount"), &invocation->job, "--amount",
                                 product, err);
    if (status == BM_OK)
        bm_info(&invocation->console.log, "guessed: amount is %s", product);
    free(product);
    return status;
}

/* A verb that has no flag for a column has no use for it. */
static int has_use(const bm_verb *verb, const char *key) {
    for (const bm_flag *const *table = verb->flags; *table != NULL; table++) {
        for (const bm_flag *flag = *table; flag->name != NULL; flag++) {
            if (strcmp(flag->key, key) == 0)
                return 1;
        }
    }
    return verb->takes_job;
}

static bm_status guess_role(bm_invocation *invocation, const usual *role, const bm_strings *columns,
                            bm_error *err) {
    const bm_key *key = bm_job_key(role->key);
    const char *flag = strrchr(role->key, '.') + 1;
    char *given = NULL;
    bm_status status = bm_key_value(key, &invocation->job, &given, err);
    int known = given != NULL;
    free(given);
    if (status != BM_OK || known)
        return status;
    const char *found = find(columns, role->name);
    if (found != NULL) {
        bm_info(&invocation->console.log, "guessed: %s is the column \"%s\"", flag, found);
        return bm_key_set_flag(key, &invocation->job, flag, found, err);
    }
    if (role->required && invocation->job.file != NULL)
        return bm_fail(err, BM_JOB, "%s: inputs.orders.%s names no column, and none looks like it",
                       invocation->job.file, flag);
    if (role->required)
        return bm_fail(err, BM_USAGE, "%s: no column looks like the %s; name it with --%s%s",
                       invocation->operand, flag, flag,
                       has_use(invocation->verb, "ltv.summary")
                           ? ", or the kind of table with --summary, --survivors, or --start and "
                             "--end"
                           : "");
    return strcmp(flag, "amount") == 0 ? guess_product(invocation, columns, err) : BM_OK;
}

/* What a pipe gives is given once: a look at its column names would leave no table. */
static int is_pipe(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 && (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode));
}

/* Every column that is needed has to be named then. */
static bm_status check_named(bm_invocation *invocation, bm_error *err) {
    const bm_orders_input *orders = &invocation->job.orders;
    const char *path = orders->path;
    if (orders->buyer != NULL && orders->date != NULL && orders->amount.column == NULL)
        bm_info(&invocation->console.log,
                "%s is a pipe, of which columns are not guessed: there are no amounts", path);
    if (orders->buyer != NULL && orders->date != NULL)
        return BM_OK;
    return bm_fail(err, invocation->job.file != NULL ? BM_JOB : BM_USAGE,
                   "%s is a pipe, of which columns are not guessed: name those of the buyer, the "
                   "date and the amount (--buyer, --date, --amount, or in the job file)",
                   path);
}

bm_status bm_guess_orders(bm_invocation *invocation, bm_error *err) {
    const bm_job *job = &invocation->job;
    if (job->orders.buyer != NULL && job->orders.date != NULL &&
        job->orders.amount.column != NULL && job->orders.order != NULL)
        return BM_OK;
    if (is_pipe(job->orders.path))
        return check_named(invocation, err);
    bm_dialect dialect = {0};
    bm_strings columns = {0};
    bm_status status;
    BM_TRY(bm_run_dialect(job, &dialect, err));
    BM_TRY(bm_read_names(job->orders.path, &dialect, &invocation->context, &columns, err));
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (has_use(invocation->verb, roles[i].key))
            BM_TRY(guess_role(invocation, &roles[i], &columns, err));
    }
cleanup:
    bm_strings_free(&columns);
    bm_dialect_free(&dialect);
    return status;
}

bm_status bm_take_orders(bm_invocation *invocation, bm_error *err) {
    bm_status status = bm_key_set_flag(bm_job_key("inputs.orders.path"), &invocation->job, "ORDERS",
                                       invocation->operand, err);
    return status == BM_OK ? bm_guess_orders(invocation, err) : status;
}
