#include "profile/phrases.h"

#include "buyermap/text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONGEST_PHRASE = 40, LONGEST_NAME = 256 };

static const bm_phrase phrases[] = {
    {"recency_days", "lapsed", "recently active", "long lapsed", "very recently active",
     BM_TOPIC_RECENCY, BM_TOPIC_OTHER},
    {"frequency", "frequent", "occasional", "very frequent", "rare", BM_TOPIC_FREQUENCY,
     BM_TOPIC_OTHER},
    {"orders", "frequent", "occasional", "very frequent", "rare", BM_TOPIC_FREQUENCY,
     BM_TOPIC_OTHER},
    {"monetary", "high value", "low value", "top value", "very low value", BM_TOPIC_VALUE,
     BM_TOPIC_ORDER_SIZE},
    {"revenue", "high value", "low value", "top value", "very low value", BM_TOPIC_VALUE,
     BM_TOPIC_ORDER_SIZE},
    {"aov", "large orders", "small orders", "very large orders", "very small orders",
     BM_TOPIC_ORDER_SIZE, BM_TOPIC_VALUE},
    {"items_per_order", "many items an order", "few items an order", "very many items an order",
     "very few items an order", BM_TOPIC_ORDER_ITEMS, BM_TOPIC_ORDER_SIZE},
    {"tenure_days", "long-standing", "new", "very long-standing", "very new", BM_TOPIC_TENURE,
     BM_TOPIC_OTHER},
    {"interval_mean_days", "long gaps", "short gaps", "very long gaps", "very short gaps",
     BM_TOPIC_RHYTHM, BM_TOPIC_OTHER},
    {"interval_sd_days", "irregular", "regular", "very irregular", "very regular", BM_TOPIC_RHYTHM,
     BM_TOPIC_OTHER},
    {"distinct_products", "wide range", "narrow range", "very wide range", "very narrow range",
     BM_TOPIC_PRODUCTS, BM_TOPIC_OTHER},
    {"product_count", "wide range", "narrow range", "very wide range", "very narrow range",
     BM_TOPIC_PRODUCTS, BM_TOPIC_OTHER},
    {"product_main_share", "narrow range", "wide range", "very narrow range", "very wide range",
     BM_TOPIC_PRODUCTS, BM_TOPIC_OTHER},
    {"product_hhi", "narrow range", "wide range", "very narrow range", "very wide range",
     BM_TOPIC_PRODUCTS, BM_TOPIC_OTHER},
    {"category_count", "many categories", "single-category", NULL, NULL, BM_TOPIC_CATEGORIES,
     BM_TOPIC_OTHER},
    {"category_main_share", "single-category", "many categories", NULL, NULL, BM_TOPIC_CATEGORIES,
     BM_TOPIC_OTHER},
    {"category_hhi", "single-category", "many categories", NULL, NULL, BM_TOPIC_CATEGORIES,
     BM_TOPIC_OTHER},
    {"supplier_count", "many suppliers", "one supplier", NULL, NULL, BM_TOPIC_SUPPLIERS,
     BM_TOPIC_OTHER},
    {"supplier_main_share", "one supplier", "many suppliers", NULL, NULL, BM_TOPIC_SUPPLIERS,
     BM_TOPIC_OTHER},
    {"supplier_hhi", "one supplier", "many suppliers", NULL, NULL, BM_TOPIC_SUPPLIERS,
     BM_TOPIC_OTHER},
    {"channel_count", "many channels", "one channel", NULL, NULL, BM_TOPIC_CHANNELS,
     BM_TOPIC_OTHER},
    {"channel_main_share", "one channel", "many channels", NULL, NULL, BM_TOPIC_CHANNELS,
     BM_TOPIC_OTHER},
    {"channel_hhi", "one channel", "many channels", NULL, NULL, BM_TOPIC_CHANNELS, BM_TOPIC_OTHER},
    {"region_count", "many regions", "one region", NULL, NULL, BM_TOPIC_REGIONS, BM_TOPIC_OTHER},
    {"region_main_share", "one region", "many regions", NULL, NULL, BM_TOPIC_REGIONS,
     BM_TOPIC_OTHER},
    {"region_hhi", "one region", "many regions", NULL, NULL, BM_TOPIC_REGIONS, BM_TOPIC_OTHER},
    {"returns_share", "many returns", "few returns", "very many returns", "very few returns",
     BM_TOPIC_RETURNS, BM_TOPIC_OTHER},
};

const bm_phrase *bm_phrase_find(const char *feature) {
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (strcmp(phrases[i].feature, feature) == 0)
            return &phrases[i];
    }
    return NULL;
}

static int is_one_of(const char *text, const char *const *words) {
    for (; *words != NULL; words++) {
        if (strcasecmp(text, *words) == 0)
            return 1;
    }
    return 0;
}

/* A column's name as plain words: "Lead_Time" becomes "lead time"; "ARPU" stays. */
static void plain_words(const char *name, size_t length, char words[LONGEST_NAME]) {
    size_t n = length < LONGEST_NAME - 1 ? length : LONGEST_NAME - 1;
    for (size_t i = 0; i < n; i++) {
        char next = i + 1 < n ? name[i + 1] : '\0';
        if (name[i] == '_' || iscntrl((unsigned char)name[i]))
            words[i] = ' ';
        else if (next >= 'a' && next <= 'z' && name[i] >= 'A' && name[i] <= 'Z')
            words[i] = (char)(name[i] - 'A' + 'a');
        else
            words[i] = name[i];
    }
    words[n] = '\0';
}

static void plain_value(const char *value, char text[LONGEST_NAME]) {
    size_t length = strnlen(value, LONGEST_NAME - 1);
    for (size_t i = 0; i < length; i++)
        text[i] = iscntrl((unsigned char)value[i]) ? ' ' : value[i];
    text[length] = '\0';
}

/* Copies at most LONGEST_PHRASE bytes, whole UTF-8 characters only. */
static void copy_cut(const char *from, char text[BM_PHRASE_TEXT]) {
    size_t whole = strlen(from),
           length = bm_text_cut((bm_text){from, whole}, LONGEST_PHRASE).length;
    while (length < whole && length > 0 && from[length - 1] == ' ')
        length--;
    memcpy(text, from, length);
    text[length] = '\0';
}

/* What a buyer does most, rather than is: "mostly Packaging". */
static int is_habit(const char *source) {
    static const char *const habits[] = {"product",       "category",     "supplier",
                                         "channel",       "product_main", "category_main",
                                         "supplier_main", "channel_main", NULL};
    return is_one_of(source, habits);
}

static void indicator_words(const bm_feature *feature, char text[2 * LONGEST_NAME + 8]) {
    static const char *const yes[] = {"yes", "y", "true", "1", NULL};
    static const char *const no[] = {"no", "n", "false", "0", NULL};
    const char *equals = feature->name + strlen(feature->source);
    if (strncmp(feature->name, feature->source, strlen(feature->source)) != 0 || *equals != '=')
        equals = strchr(feature->name, '=');
    char source[LONGEST_NAME], value[LONGEST_NAME];
    size_t length = equals != NULL ? (size_t)(equals - feature->name) : strlen(feature->name);
    plain_words(feature->name, length, source);
    plain_value(equals != NULL ? equals + 1 : "yes", value);
    size_t room = 2 * LONGEST_NAME + 8;
    if (is_one_of(value, yes))
        snprintf(text, room, "%s", source);
    else if (is_one_of(value, no))
        snprintf(text, room, "not %s", source);
    else if (is_habit(feature->source))
        snprintf(text, room, "mostly %s", value);
    else if (isalpha((unsigned char)value[0]) || ((unsigned char)value[0] & 0x80U) != 0)
        snprintf(text, room, "%s", value);
    else
        snprintf(text, room, "%s %s", source, value);
}

void bm_phrase_make(const bm_feature *feature, int high, int very, char text[BM_PHRASE_TEXT]) {
    char whole[2 * LONGEST_NAME + 8];
    if (feature->kind == BM_FEATURE_INDICATOR) {
        indicator_words(feature, whole);
    } else {
        char words[LONGEST_NAME];
        plain_words(feature->name, strlen(feature->name), words);
        snprintf(whole, sizeof whole, "%s%s %s", very ? "very " : "", high ? "high" : "low", words);
    }
    copy_cut(whole, text);
}
