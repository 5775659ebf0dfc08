/* Segment names from what sets each segment apart: its two strongest traits, clustered features
 * first, by |shift| (ties: |z|, then the lowest feature). Of segments that would share a name
 * (whatever the order of its words), the one that has a trait clearly more than the others is told
 * so ("very frequent"); then all get a further trait; then numbers. O(k d log d). */
#include "profile/profile.h"

#include "base/memory.h"
#include "profile/phrases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { USUAL_TRAITS = 2, MOST_TRAITS = 4, LONGEST_NAME = 60, NAME_TEXT = 96 };
static const char average[] = "average buyers", everybody[] = "all buyers";
/* Closer to the average than this is not worth a word. */
static const double weak = 0.3;
/* An indicator is telling when most of the segment has it, and clearly more than elsewhere. */
static const double telling_share = 0.5, telling_lift = 1.25;

typedef struct trait {
    const bm_feature *feature;
    const bm_phrase *phrase; /* NULL: made from the feature's name */
    int high;
    int very;      /* told with the stronger word */
    double degree; /* z in the trait's direction; ranks saturate, values do not */
} trait;

/* The traits of one segment that can go into its name together, strongest first. */
typedef struct draft {
    trait trait[MOST_TRAITS];
    size_t traits;
    size_t used;
    char name[NAME_TEXT];
    char words[NAME_TEXT]; /* the same in the order of the alphabet */
} draft;

static const char *stronger_word(const trait *one) {
    return one->high ? one->phrase->very_high : one->phrase->very_low;
}

static int has_stronger_word(const trait *one) {
    if (one->phrase != NULL)
        return stronger_word(one) != NULL;
    return one->feature->kind == BM_FEATURE_NUMBER;
}

static void trait_text(const trait *one, char text[BM_PHRASE_TEXT]) {
    if (one->phrase == NULL)
        bm_phrase_make(one->feature, one->high, one->very, text);
    else if (one->very)
        snprintf(text, BM_PHRASE_TEXT, "%s", stronger_word(one));
    else
        snprintf(text, BM_PHRASE_TEXT, "%s", one->high ? one->phrase->high : one->phrase->low);
}

static int is_telling(const bm_feature *feature, const bm_profile_row *row) {
    if (!(fabs(row->shift) >= weak))
        return 0;
    if (feature->kind == BM_FEATURE_NUMBER)
        return 1;
    return row->share >= telling_share && row->lift >= telling_lift;
}

/* Whether two traits say the same or contradict each other. */
static int is_redundant(const trait *a, const trait *b) {
    if (a->phrase == NULL || b->phrase == NULL)
        return strcmp(a->feature->source, b->feature->source) == 0;
    if (a->phrase->topic == b->phrase->topic)
        return 1;
    int echoes = a->phrase->echo == b->phrase->topic || b->phrase->echo == a->phrase->topic;
    return echoes && a->high == b->high;
}

static void add_trait(draft *to, const bm_feature *feature, const bm_profile_row *row) {
    trait next = {.feature = feature, .high = row->shift > 0};
    next.degree = next.high ? row->z : -row->z;
    if (feature->kind == BM_FEATURE_NUMBER)
        next.phrase = bm_phrase_find(feature->name);
    for (size_t i = 0; i < to->traits; i++) {
        if (is_redundant(&to->trait[i], &next))
            return;
    }
    to->trait[to->traits++] = next;
}

typedef struct candidate {
    const bm_profile_row *row;
    int clustered;
} candidate;

static int compare_candidates(const void *left, const void *right) {
    const candidate *a = left, *b = right;
    if (a->clustered != b->clustered)
        return a->clustered ? -1 : 1;
    double apart_a = fabs(a->row->shift), apart_b = fabs(b->row->shift);
    if (apart_a != apart_b)
        return apart_a > apart_b ? -1 : 1;
    return (a->row->rank > b->row->rank) - (a->row->rank < b->row->rank);
}

static void collect_traits(const bm_profile *profile, const bm_features *features, size_t segment,
                           candidate *candidates, draft *to) {
    size_t n = 0;
    for (size_t i = 0; i < profile->d; i++) {
        const bm_profile_row *row = &profile->row[segment * profile->d + i];
        const bm_feature *feature = &features->feature[row->feature];
        if (is_telling(feature, row))
            candidates[n++] = (candidate){row, feature->clustered != 0};
    }
    qsort(candidates, n, sizeof *candidates, compare_candidates);
    for (size_t i = 0; i < n && to->traits < MOST_TRAITS; i++)
        add_trait(to, &features->feature[candidates[i].row->feature], candidates[i].row);
    to->used = to->traits < USUAL_TRAITS ? to->traits : USUAL_TRAITS;
}

static void append(char *to, size_t *length, const char *text) {
    int more = snprintf(to + *length, NAME_TEXT - *length, "%s%s", *length > 0 ? ", " : "", text);
    *length += (size_t)more;
}

static int compare_texts(const void *left, const void *right) {
    return strcmp(left, right);
}

/* Joins the used traits; one that no longer fits is left out. */
static void write_name(draft *self) {
    char text[MOST_TRAITS][BM_PHRASE_TEXT];
    size_t texts = 0, length = 0;
    for (size_t i = 0; i < self->used; i++) {
        trait_text(&self->trait[i], text[texts]);
        if (length + 2 + strlen(text[texts]) > LONGEST_NAME)
            continue;
        append(self->name, &length, text[texts++]);
    }
    if (texts == 0) {
        snprintf(self->name, sizeof self->name, "%s", average);
        snprintf(self->words, sizeof self->words, "%s", average);
        return;
    }
    qsort(text, texts, sizeof text[0], compare_texts);
    length = 0;
    for (size_t i = 0; i < texts; i++)
        append(self->words, &length, text[i]);
}

static bm_status intern(bm_dictionary *names, const char *name, int32_t *code, bm_error *err) {
    return bm_dictionary_intern(names, (bm_text){name, strlen(name)}, code, err);
}

/* Segments whose names have the same words, as a chain of indexes that ends with SIZE_MAX. */
typedef struct namesakes {
    size_t *head; /* [k] by code of the words */
    size_t *next; /* [k] by segment */
    size_t count;
} namesakes;

/* The used trait of a draft that is told with the same word, or NULL. */
static trait *same_trait(draft *in, const trait *one) {
    char wanted[BM_PHRASE_TEXT], text[BM_PHRASE_TEXT];
    trait_text(one, wanted);
    for (size_t i = 0; i < in->used; i++) {
        trait_text(&in->trait[i], text);
        if (strcmp(text, wanted) == 0)
            return &in->trait[i];
    }
    return NULL;
}

/* The namesake that has most of a trait. */
typedef struct leader {
    trait *trait;
    size_t segment;
    double lead; /* how far it is ahead of the next */
} leader;

static leader find_leader(draft *drafts, const namesakes *same, size_t head, const trait *one) {
    leader first = {.segment = head};
    double second = -INFINITY;
    for (size_t s = head; s != SIZE_MAX; s = same->next[s]) {
        trait *other = same_trait(&drafts[s], one);
        if (other == NULL)
            continue;
        if (first.trait == NULL || other->degree > first.trait->degree) {
            second = first.trait != NULL ? first.trait->degree : second;
            first = (leader){.trait = other, .segment = s};
        } else if (other->degree > second) {
            second = other->degree;
        }
    }
    if (first.trait != NULL)
        first.lead = first.trait->degree - second;
    return first;
}

/* Gives the namesake that has a trait clearly more than all others the stronger word. 1 if so. */
static int grade_one(draft *drafts, const namesakes *same, size_t head) {
    leader best = {.lead = weak};
    for (size_t i = 0; i < drafts[head].used; i++) {
        const trait *one = &drafts[head].trait[i];
        if (one->very || !has_stronger_word(one))
            continue;
        leader next = find_leader(drafts, same, head, one);
        if (next.trait != NULL && has_stronger_word(next.trait) && next.lead > best.lead)
            best = next;
    }
    if (best.trait == NULL)
        return 0;
    best.trait->very = 1;
    write_name(&drafts[best.segment]);
    return 1;
}

static int lengthen_all(draft *drafts, const namesakes *same, size_t head) {
    int changed = 0;
    for (size_t s = head; s != SIZE_MAX; s = same->next[s]) {
        if (drafts[s].used == drafts[s].traits)
            continue;
        drafts[s].used++;
        write_name(&drafts[s]);
        changed = 1;
    }
    return changed;
}

static bm_status find_namesakes(const draft *drafts, size_t k, namesakes *same, bm_error *err) {
    bm_status status = BM_OK;
    bm_dictionary words = {0};
    for (size_t s = k; s-- > 0;) { /* backwards, so that chains ascend */
        int32_t code;
        BM_TRY(intern(&words, drafts[s].words, &code, err));
        same->next[s] = (size_t)code == same->count ? SIZE_MAX : same->head[code];
        same->head[code] = s;
        same->count = words.count;
    }
cleanup:
    bm_dictionary_free(&words);
    return status;
}

/* Works on the names that several segments share until nothing more can be said. */
static bm_status tell_apart(draft *drafts, size_t k, bm_error *err) {
    bm_status status = BM_OK;
    namesakes same = {0};
    BM_TRY(BM_NEW(&same.head, k, "segment names", err));
    BM_TRY(BM_NEW(&same.next, k, "segment names", err));
    for (int changed = 1; changed;) {
        changed = 0;
        same.count = 0;
        BM_TRY(find_namesakes(drafts, k, &same, err));
        for (size_t code = 0; code < same.count; code++) {
            size_t head = same.head[code];
            if (same.next[head] != SIZE_MAX)
                changed |= grade_one(drafts, &same, head) || lengthen_all(drafts, &same, head);
        }
    }
cleanup:
    free(same.head);
    free(same.next);
    return status;
}

/* Appends the names, a number behind each that is taken already. */
static bm_status number_names(draft *drafts, size_t k, bm_strings *names, bm_error *err) {
    bm_status status = BM_OK;
    bm_dictionary taken = {0};
    size_t *last = NULL; /* the last number given behind a name, by its code */
    int32_t code;
    BM_TRY(BM_NEW(&last, 2 * k, "segment names", err));
    for (size_t s = 0; s < k; s++)
        BM_TRY(intern(&taken, drafts[s].name, &code, err));
    for (size_t s = 0; s < k; s++) {
        char name[NAME_TEXT + 24];
        size_t before = taken.count;
        BM_TRY(intern(&taken, drafts[s].name, &code, err));
        snprintf(name, sizeof name, "%s", drafts[s].name);
        if (last[code]++ > 0) {
            /* A name with a number may be taken by a segment that is called that. */
            for (size_t number = last[code]; taken.count == before; number++) {
                int32_t numbered;
                last[code] = number;
                snprintf(name, sizeof name, "%s %zu", drafts[s].name, number);
                BM_TRY(intern(&taken, name, &numbered, err));
            }
        }
        BM_TRY(bm_strings_add(names, name, err));
    }
cleanup:
    free(last);
    bm_dictionary_free(&taken);
    return status;
}

bm_status bm_segment_names(const bm_profile *profile, const bm_features *features,
                           bm_strings *names, bm_error *err) {
    bm_status status = BM_OK;
    draft *drafts = NULL;
    candidate *candidates = NULL;
    BM_TRY(BM_NEW(&drafts, profile->k, "segment names", err));
    BM_TRY(BM_NEW(&candidates, profile->d, "segment names", err));
    for (size_t s = 0; s < profile->k; s++) {
        collect_traits(profile, features, s, candidates, &drafts[s]);
        write_name(&drafts[s]);
    }
    if (profile->k == 1)
        snprintf(drafts[0].name, sizeof drafts[0].name, "%s", everybody);
    BM_TRY(tell_apart(drafts, profile->k, err));
    BM_TRY(number_names(drafts, profile->k, names, err));
cleanup:
    free(drafts);
    free(candidates);
    return status;
}
