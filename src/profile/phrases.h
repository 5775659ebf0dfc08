/* What a high or low feature is called in a sales lead's words. */
#ifndef BM_PROFILE_PHRASES_H
#define BM_PROFILE_PHRASES_H

#include "buyermap/features.h"

/* What a trait is about: a name takes one trait of a topic. */
typedef enum bm_topic {
    BM_TOPIC_OTHER, /* the feature itself */
    BM_TOPIC_RECENCY,
    BM_TOPIC_FREQUENCY,
    BM_TOPIC_VALUE,
    BM_TOPIC_ORDER_SIZE,
    BM_TOPIC_ORDER_ITEMS,
    BM_TOPIC_TENURE,
    BM_TOPIC_RHYTHM,
    BM_TOPIC_PRODUCTS,
    BM_TOPIC_CATEGORIES,
    BM_TOPIC_SUPPLIERS,
    BM_TOPIC_CHANNELS,
    BM_TOPIC_REGIONS,
    BM_TOPIC_RETURNS,
} bm_topic;

typedef struct bm_phrase {
    const char *feature; /* its name */
    const char *high, *low;
    const char *very_high, *very_low; /* NULL: no stronger word */
    bm_topic topic;
    bm_topic echo; /* a topic that says the same when it points the same way; OTHER: none */
} bm_phrase;

/* The row of a feature by its name, or NULL when it has no words of its own. */
const bm_phrase *bm_phrase_find(const char *feature);

enum { BM_PHRASE_TEXT = 48 };
/* Words for a feature without a row of its own. A number: "high lead time", "very low lead time".
 * An indicator: "mostly Packaging", "North", "opted out", "not opted out", "floor 3". Cut at 40
 * bytes, never inside a character. */
void bm_phrase_make(const bm_feature *feature, int high, int very, char text[BM_PHRASE_TEXT]);

#endif
