/* One value of a job: from text, to text, freed. A case a kind. */
#include "base/date.h"
#include "base/memory.h"
#include "base/number.h"
#include "job/key.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *bm_key_target(const bm_key *key, bm_job *job) {
    return (char *)job + key->offset;
}

static bm_text text_of(const char *text) {
    return (bm_text){text, strlen(text)};
}

static bm_status refuse(const bm_origin *origin, bm_error *err, const char *text,
                        const char *wanted) {
    return bm_fail(err, origin->status, "%s: \"%s\" is not %s", origin->where, text, wanted);
}

static bm_status set_string(char **target, const char *text, bm_error *err) {
    char *copy = NULL;
    bm_status status = bm_copy_string(&copy, text, err);
    if (status == BM_OK) {
        free(*target);
        *target = copy;
    }
    return status;
}

static bm_status set_path(char **target, const char *text, const bm_origin *origin, bm_error *err) {
    if (text[0] == '\0')
        return bm_fail(err, origin->status, "%s: an empty path", origin->where);
    if (text[0] == '/' || origin->directory == NULL)
        return set_string(target, text, err);
    char *joined = NULL;
    bm_status status = bm_format(&joined, err, "%s/%s", origin->directory, text);
    if (status == BM_OK) {
        free(*target);
        *target = joined;
    }
    return status;
}

int bm_start_is_drawn(const char *init) {
    return strcmp(init, "kmeans++") == 0 || strcmp(init, "kmeans||") == 0 ||
           strcmp(init, "random") == 0;
}

static bm_status set_start(char **target, const char *text, const bm_origin *origin,
                           bm_error *err) {
    if (bm_start_is_drawn(text))
        return set_string(target, text, err);
    return set_path(target, text, origin, err);
}

static bm_status set_list(bm_strings *target, const char *text, bm_error *err) {
    bm_strings list = {0};
    bm_status status = text[0] == '\0' ? BM_OK : bm_strings_split(&list, text, ',', err);
    if (status != BM_OK) {
        bm_strings_free(&list);
        return status;
    }
    bm_strings_free(target);
    *target = list;
    return BM_OK;
}

static bm_status set_count(const bm_key *key, size_t *target, const char *text,
                           const bm_origin *origin, bm_error *err) {
    int64_t value;
    if (!bm_parse_integer(text_of(text), (int64_t)key->low, (int64_t)key->high, &value)) {
        char wanted[96];
        snprintf(wanted, sizeof wanted, "a whole number from %.0f to %.0f", key->low, key->high);
        return refuse(origin, err, text, wanted);
    }
    *target = (size_t)value;
    return BM_OK;
}

static bm_status set_bytes(size_t *target, const char *text, const bm_origin *origin,
                           bm_error *err) {
    size_t digits = strspn(text, "0123456789.");
    double amount;
    static const char suffix[] = "KMGT";
    double factor = 1;
    const char *unit = text + digits;
    const char *found = isalpha((unsigned char)*unit) ? strchr(suffix, *unit & ~0x20) : NULL;
    if (found != NULL) {
        factor = pow(1024, (double)(found - suffix + 1));
        unit++;
    }
    if (strcmp(unit, "iB") == 0 || strcmp(unit, "B") == 0)
        unit += strlen(unit);
    if (*unit != '\0' || !bm_parse_number((bm_text){text, digits}, &amount) ||
        amount * factor < 1 || amount * factor > 1e18)
        return refuse(origin, err, text, "a size in bytes such as 512M or 4G");
    *target = (size_t)(amount * factor);
    return BM_OK;
}

static bm_status set_real(const bm_key *key, double *target, const char *text,
                          const bm_origin *origin, bm_error *err) {
    double value;
    if (key->infinite && strcmp(text, "inf") == 0) {
        *target = INFINITY;
        return BM_OK;
    }
    if (!bm_parse_number(text_of(text), &value) || value < key->low || value > key->high) {
        char wanted[96];
        snprintf(wanted, sizeof wanted, "a number from %g to %g%s", key->low, key->high,
                 key->infinite ? ", or inf" : "");
        return refuse(origin, err, text, wanted);
    }
    *target = value;
    return BM_OK;
}

static bm_status set_yes_no(int *target, const char *text, const bm_origin *origin, bm_error *err) {
    static const char *const yes[] = {"true", "yes", "on"}, *const no[] = {"false", "no", "off"};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *target = strcmp(text, yes[i]) == 0;
            return BM_OK;
        }
    }
    return refuse(origin, err, text, "true or false");
}

static bm_status set_choice(const bm_key *key, int *target, const char *text,
                            const bm_origin *origin, bm_error *err) {
    const char *word;
    for (size_t i = 0; (word = bm_key_word(key, i)) != NULL; i++) {
        if (strcmp(word, text) == 0) {
            *target = (int)i;
            return BM_OK;
        }
    }
    char words[256] = "one of ";
    bm_key_words(key, words + strlen(words), sizeof words - strlen(words));
    return refuse(origin, err, text, words);
}

static bm_status set_k(bm_k_range *target, const char *text, const bm_origin *origin,
                       bm_error *err) {
    if (strcmp(text, "auto") == 0) {
        *target = (bm_k_range){2, 12, 1};
        return BM_OK;
    }
    const char *colon = strchr(text, ':');
    size_t length = colon != NULL ? (size_t)(colon - text) : strlen(text);
    int64_t low, high;
    if (!bm_parse_integer((bm_text){text, length}, 1, 1000000000, &low))
        return refuse(origin, err, text, "auto, a whole number from 1, or a range such as 2:12");
    high = low;
    if (colon != NULL && !bm_parse_integer(text_of(colon + 1), low, 1000000000, &high))
        return refuse(origin, err, text, "a range from a lower to a higher number, such as 2:12");
    *target = (bm_k_range){(size_t)low, (size_t)high, 0};
    return BM_OK;
}

static bm_status set_day(int32_t *target, const char *text, const bm_origin *origin,
                         bm_error *err) {
    int64_t seconds;
    if (!bm_parse_iso_date(text_of(text), &seconds))
        return refuse(origin, err, text, "a date such as 2011-12-10");
    *target = bm_day_of(seconds);
    return BM_OK;
}

static bm_status set_character(char *target, const char *text, const bm_origin *origin,
                               bm_error *err) {
    static const struct {
        const char *word;
        char character;
    } spelled[] = {{"tab", '\t'}, {"\\t", '\t'},  {"comma", ','}, {"semicolon", ';'},
                   {"pipe", '|'}, {"space", ' '}, {"none", '\0'}};
    for (size_t i = 0; i < sizeof spelled / sizeof spelled[0]; i++) {
        if (strcmp(text, spelled[i].word) == 0) {
            *target = spelled[i].character;
            return BM_OK;
        }
    }
    if (strlen(text) > 1 || (unsigned char)text[0] >= 0x80)
        return refuse(origin, err, text,
                      "one ASCII character, nor tab, comma, semicolon, pipe, space or none");
    *target = text[0];
    return BM_OK;
}

static bm_status set_amount(bm_amount *target, const char *text, const bm_origin *origin,
                            bm_error *err) {
    bm_strings parts = {0};
    bm_status status = bm_strings_split(&parts, text, '*', err);
    if (status == BM_OK && (parts.count > 2 || parts.item[0][0] == '\0' ||
                            (parts.count == 2 && parts.item[1][0] == '\0')))
        status = refuse(origin, err, text, "a column or a product of two: Quantity * UnitPrice");
    bm_amount amount = {0};
    if (status == BM_OK)
        status = bm_copy_string(&amount.column, parts.item[0], err);
    if (status == BM_OK && parts.count == 2)
        status = bm_copy_string(&amount.factor, parts.item[1], err);
    bm_strings_free(&parts);
    if (status == BM_OK) {
        free(target->column);
        free(target->factor);
        *target = amount;
    } else {
        free(amount.column);
    }
    return status;
}

static bm_status set_bad_rows(bm_bad_rows *target, const char *text, const bm_origin *origin,
                              bm_error *err) {
    size_t length = strlen(text);
    double percent;
    int64_t rows;
    if (length > 1 && text[length - 1] == '%' &&
        bm_parse_number((bm_text){text, length - 1}, &percent) && percent >= 0 && percent <= 100) {
        *target = (bm_bad_rows){0, percent / 100};
        return BM_OK;
    }
    if (!bm_parse_integer(text_of(text), 0, INT64_MAX, &rows))
        return refuse(origin, err, text, "a number of rows, or a share such as 1%");
    *target = (bm_bad_rows){(size_t)rows, NAN};
    return BM_OK;
}

static bm_status parse(const bm_key *key, bm_job *job, const char *text, const bm_origin *origin,
                       bm_error *err) {
    void *target = bm_key_target(key, job);
    switch (key->kind) {
    case BM_KEY_TEXT:
        return set_string(target, text, err);
    case BM_KEY_PATH:
        return set_path(target, text, origin, err);
    case BM_KEY_START:
        return set_start(target, text, origin, err);
    case BM_KEY_LIST:
        return set_list(target, text, err);
    case BM_KEY_COUNT:
        return set_count(key, target, text, origin, err);
    case BM_KEY_BYTES:
        return set_bytes(target, text, origin, err);
    case BM_KEY_REAL:
        return set_real(key, target, text, origin, err);
    case BM_KEY_SWITCH:
    case BM_KEY_YES_NO:
        return set_yes_no(target, text, origin, err);
    case BM_KEY_CHOICE:
        return set_choice(key, target, text, origin, err);
    case BM_KEY_K:
        return set_k(target, text, origin, err);
    case BM_KEY_DAY:
        return set_day(target, text, origin, err);
    case BM_KEY_CHARACTER:
        return set_character(target, text, origin, err);
    case BM_KEY_AMOUNT:
        return set_amount(target, text, origin, err);
    case BM_KEY_BAD_ROWS:
        return set_bad_rows(target, text, origin, err);
    case BM_KEY_RESERVED:
        return bm_fail(err, origin->status, "%s is not built in this version of buyermap",
                       origin->where);
    case BM_KEY_FILTER:
    case BM_KEY_RETURNS:
    case BM_KEY_WEIGHTS:
        break;
    }
    return refuse(origin, err, text, "what this key takes: see the README");
}

bm_status bm_key_parse(const bm_key *key, bm_job *job, const char *text, const bm_origin *origin,
                       bm_error *err) {
    bm_status status = parse(key, job, text, origin, err);
    if (status == BM_OK && key->given > 0)
        *(int *)((char *)job + key->given) = origin->status != BM_INTERNAL; /* a default is not */
    return status;
}

bm_status bm_key_set_flag(const bm_key *key, bm_job *job, const char *flag, const char *text,
                          bm_error *err) {
    const bm_origin origin = {flag, BM_USAGE, NULL};
    return bm_key_parse(key, job, text, &origin, err);
}

const char *bm_key_metavar(const bm_key *key) {
    static const char *const metavar[] = {
        [BM_KEY_TEXT] = "TEXT",        [BM_KEY_PATH] = "PATH",      [BM_KEY_START] = "START",
        [BM_KEY_LIST] = "A,B,C",       [BM_KEY_COUNT] = "N",        [BM_KEY_BYTES] = "SIZE",
        [BM_KEY_REAL] = "X",           [BM_KEY_YES_NO] = "yes|no",  [BM_KEY_CHOICE] = "WORD",
        [BM_KEY_K] = "auto|N|LO:HI",   [BM_KEY_DAY] = "YYYY-MM-DD", [BM_KEY_CHARACTER] = "C",
        [BM_KEY_AMOUNT] = "COL[*COL]", [BM_KEY_BAD_ROWS] = "N|P%",  [BM_KEY_RESERVED] = "",
        [BM_KEY_SWITCH] = "",
    };
    if (key->metavar != NULL)
        return key->metavar;
    return (size_t)key->kind < sizeof metavar / sizeof metavar[0] ? metavar[key->kind] : "";
}

void bm_key_clear(const bm_key *key, bm_job *job) {
    void *target = bm_key_target(key, job);
    switch (key->kind) {
    case BM_KEY_TEXT:
    case BM_KEY_PATH:
    case BM_KEY_START:
        free(*(char **)target);
        *(char **)target = NULL;
        break;
    case BM_KEY_LIST:
        bm_strings_free(target);
        break;
    case BM_KEY_AMOUNT: {
        bm_amount *amount = target;
        free(amount->column);
        free(amount->factor);
        *amount = (bm_amount){0};
        break;
    }
    case BM_KEY_FILTER:
    case BM_KEY_RETURNS: {
        bm_condition_list *list = target;
        for (size_t i = 0; i < list->count; i++)
            bm_condition_free(&list->item[i]);
        free(list->item);
        *list = (bm_condition_list){0};
        break;
    }
    case BM_KEY_WEIGHTS: {
        bm_weight_list *list = target;
        for (size_t i = 0; i < list->count; i++)
            free(list->item[i].name);
        free(list->item);
        *list = (bm_weight_list){0};
        break;
    }
    default:
        break;
    }
}
