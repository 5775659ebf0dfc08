/* orders: the order log of synthetic buyers, a line a product.
 *
 * When a buyer orders follows BG/NBD (purchases.c), what an order comes to the gamma-gamma model of
 * Fader & Hardie (2013), independent of when; both differ by segment, unless r, alpha, a and b are
 * given, which all segments then share. Then first orders are spread over the first third of the
 * log, and days are left as the process gives them; else some buyers are there from the start,
 * others arrive until shortly before the end, and few orders stand on weekends. An order's lines
 * share its number, day and channel and add up to its total to the cent. Each segment has its own
 * mix of categories, suppliers, regions and channels. O(lines) time. */
#include "base/date.h"
#include "base/memory.h"
#include "base/random.h"
#include "generate/catalogue.h"
#include "generate/generation.h"
#include "generate/purchases.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUYER,
    ORDERED_AT,
    QUANTITY,
    AMOUNT,
    PRODUCT,
    CATEGORY,
    SUPPLIER,
    REGION,
    CHANNEL,
    ORDER,
    SEGMENT,
    COLUMNS
};
enum { DATE_WIDTH = 10, LEAST_ORDER_DIGITS = 3, MAX_LINES = 12, SETTLED_DAYS = 56 };
#define HABIT 0.75     /* share of orders through the buyer's usual channel */
#define ELSEWHERE 0.03 /* share of orders delivered to another region */

static const bm_heading headings[COLUMNS] = {
    [BUYER] = {"buyer_id", BM_CELL_TEXT, "", "buyer"},
    [ORDERED_AT] = {"ordered_at", BM_CELL_TEXT, "date", "day of the order"},
    [QUANTITY] = {"quantity", BM_CELL_INTEGER, "1", "pieces on this line"},
    [AMOUNT] = {"amount", BM_CELL_NUMBER, "currency", "value of this line"},
    [PRODUCT] = {"product", BM_CELL_TEXT, "", "product number"},
    [CATEGORY] = {"category", BM_CELL_TEXT, "", "category of the product"},
    [SUPPLIER] = {"supplier", BM_CELL_TEXT, "", "supplier of the product"},
    [REGION] = {"region", BM_CELL_TEXT, "", "region the order is delivered to"},
    [CHANNEL] = {"channel", BM_CELL_TEXT, "", "how the order was placed"},
    [ORDER] = {"order", BM_CELL_TEXT, "", "order number; its lines share it"},
    [SEGMENT] = {"segment", BM_CELL_INTEGER, "", "the segment the buyer was drawn from: the truth"},
};

/* Texts that rows point into. */
typedef struct plan {
    bm_catalogue catalogue;
    bm_text category[BM_CATEGORIES], supplier[BM_CATEGORIES][BM_SUPPLIERS], region[BM_REGIONS],
        channel[BM_CHANNELS];
    char *date; /* [days × DATE_WIDTH] */
    size_t order_digits, order_width;
    int given; /* rates are the user's */
} plan;

/* Habits of one buyer. */
typedef struct habits {
    size_t segment, region, channel, category;
    size_t taste; /* the favoured supplier of category c is (taste + c) mod suppliers */
    double v;     /* rate of the gamma distribution of order totals */
} habits;

typedef struct order {
    int32_t day;
    bm_text number, buyer;
} order;

static void free_plan(void *arg) {
    plan *made = arg;
    if (made != NULL)
        free(made->date);
    free(made);
}

static size_t set_texts(bm_text *text, const char *const *names, size_t count) {
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        text[i] = bm_text_of(names[i]);
        longest = text[i].length > longest ? text[i].length : longest;
    }
    return longest;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static bm_status make_plan(bm_generation *generation, bm_error *err) {
    const bm_generate_options *options = &generation->options;
    size_t days = (size_t)(options->to - options->from) + 1, *width = generation->width;
    plan *made;
    bm_status status = BM_NEW(&made, 1, "a generator", err);
    if (status != BM_OK)
        return status;
    generation->plan = made;
    generation->free_plan = free_plan;
    status = BM_NEW(&made->date, days * DATE_WIDTH, "the calendar", err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < days; i++) {
        char text[BM_DATE_TEXT];
        bm_format_date(text, options->from + (int32_t)i);
        memcpy(made->date + i * DATE_WIDTH, text, DATE_WIDTH);
    }
    bm_catalogue_fill(&made->catalogue);
    made->given = !isnan(options->r);
    made->order_digits = bm_digits(days, LEAST_ORDER_DIGITS);
    made->order_width = generation->population.id_width + 1 + made->order_digits;
    width[BUYER] = generation->population.id_width;
    width[ORDER] = made->order_width;
    width[ORDERED_AT] = DATE_WIDTH;
    width[PRODUCT] = BM_SKU_WIDTH;
    width[CATEGORY] = set_texts(made->category, bm_category_names, BM_CATEGORIES);
    width[REGION] = set_texts(made->region, bm_region_names, BM_REGIONS);
    width[CHANNEL] = set_texts(made->channel, bm_channel_names, BM_CHANNELS);
    for (size_t c = 0; c < BM_CATEGORIES; c++)
        width[SUPPLIER] = larger(width[SUPPLIER],
                                 set_texts(made->supplier[c], bm_supplier_names[c], BM_SUPPLIERS));
    return BM_OK;
}

/* The user's rates: anywhere in the first third of the log. Built-in ones: buyers who are there
 * already show up within its first weeks, the others arrive until a week before its end. */
static int32_t first_day(const bm_generation *generation, const bm_archetype *type, gsl_rng *rng) {
    const bm_generate_options *options = &generation->options;
    int given = ((const plan *)generation->plan)->given;
    int32_t span = options->to - options->from + 1, window = span / 3;
    if (!given && gsl_rng_uniform(rng) < type->established)
        window = window < SETTLED_DAYS ? window : SETTLED_DAYS;
    else if (!given)
        window = span - 7;
    window = window > 0 ? window : 1;
    return options->from + (int32_t)gsl_rng_uniform_int(rng, (unsigned long)window);
}

/* The days on which one buyer orders, after those already in part->day. */
static bm_status draw_days(const bm_generation *generation, const bm_archetype *type, gsl_rng *rng,
                           bm_part *part, size_t before, size_t *count, bm_error *err) {
    const bm_generate_options *options = &generation->options;
    int given = ((const plan *)generation->plan)->given;
    size_t days = (size_t)(options->to - options->from) + 1;
    bm_status status =
        BM_GROW(&part->day, &part->day_reserved, before + days, "generated orders", err);
    if (status != BM_OK)
        return status;
    double r = given ? options->r : type->r, alpha = given ? options->alpha : type->alpha;
    double a = given ? options->a : type->a, b = given ? options->b : type->b;
    double lambda = gsl_ran_gamma(rng, r, 1 / alpha), p = gsl_ran_beta(rng, a, b);
    int32_t *day = part->day + before;
    *count = bm_purchase_days(rng, lambda, p, first_day(generation, type, rng), options->to, day);
    if (!given)
        bm_avoid_weekends(rng, type->weekdays, options->from, options->to, day, *count);
    return BM_OK;
}

static habits draw_habits(const bm_archetype *type, const bm_traits *traits, gsl_rng *rng) {
    habits own = {.segment = traits->segment, .region = traits->region};
    own.channel = bm_pick(rng, type->channel, BM_CHANNELS);
    own.category = bm_pick(rng, type->category, BM_CATEGORIES);
    /* Half the buyers of a segment favour the same suppliers. */
    own.taste = gsl_rng_uniform(rng) < 0.5 ? (2 * traits->segment) % BM_SUPPLIERS
                                           : gsl_rng_uniform_int(rng, BM_SUPPLIERS);
    own.v = gsl_ran_gamma(rng, type->q, 1 / type->gamma);
    return own;
}

static size_t draw_product(const bm_archetype *type, const habits *own, gsl_rng *rng,
                           size_t *category, size_t *supplier) {
    *category = gsl_rng_uniform(rng) < type->focus ? own->category
                                                   : bm_pick(rng, type->category, BM_CATEGORIES);
    *supplier = gsl_rng_uniform(rng) < type->loyalty
                    ? (own->taste + *category) % BM_SUPPLIERS
                    : bm_pick(rng, bm_supplier_shares, BM_SUPPLIERS);
    double u = gsl_rng_uniform(rng); /* squared: the first products sell most */
    return bm_sku_index(*category, *supplier, (size_t)(BM_PRODUCTS * u * u));
}

/* Splits an order's total among its lines, at least a cent each. */
static size_t split_total(const bm_archetype *type, double v, gsl_rng *rng,
                          double cents[MAX_LINES]) {
    double total = fmax(1, round(100 * gsl_ran_gamma(rng, type->p, 1 / v)));
    size_t lines = 1 + gsl_ran_poisson(rng, type->lines - 1);
    lines = lines < MAX_LINES ? lines : MAX_LINES;
    if ((double)lines > total)
        lines = (size_t)total;
    double sum = 0, left = total - (double)lines;
    for (size_t i = 0; i < lines; i++) {
        cents[i] = 0.2 + gsl_rng_uniform(rng);
        sum += cents[i];
    }
    double rest = left;
    for (size_t i = 0; i < lines; i++) {
        double share = i + 1 < lines ? floor(left * cents[i] / sum) : rest;
        rest -= share;
        cents[i] = 1 + share;
    }
    return lines;
}

static bm_status add_order(const bm_generation *generation, const habits *own, const order *placed,
                           gsl_rng *rng, bm_part *part, bm_error *err) {
    const plan *made = generation->plan;
    const bm_archetype *type = &generation->population.archetype[own->segment];
    double cents[MAX_LINES];
    size_t lines = split_total(type, own->v, rng, cents);
    size_t channel =
        gsl_rng_uniform(rng) < HABIT ? own->channel : bm_pick(rng, type->channel, BM_CHANNELS);
    size_t region =
        gsl_rng_uniform(rng) < ELSEWHERE ? gsl_rng_uniform_int(rng, BM_REGIONS) : own->region;
    size_t day = (size_t)(placed->day - generation->options.from);
    bm_status status = bm_part_reserve(generation, part, part->rows + lines, err);
    if (status != BM_OK)
        return status;
    for (size_t i = 0; i < lines; i++) {
        size_t row = part->rows++, category, supplier;
        size_t sku = draw_product(type, own, rng, &category, &supplier);
        double pieces = fmax(1, round(cents[i] / 100 / made->catalogue.price[sku]));
        ((bm_text *)part->column[BUYER])[row] = placed->buyer;
        ((bm_text *)part->column[ORDERED_AT])[row] =
            (bm_text){made->date + day * DATE_WIDTH, DATE_WIDTH};
        ((int64_t *)part->column[QUANTITY])[row] = (int64_t)pieces;
        ((double *)part->column[AMOUNT])[row] = cents[i] / 100;
        ((bm_text *)part->column[PRODUCT])[row] = (bm_text){made->catalogue.sku[sku], BM_SKU_WIDTH};
        ((bm_text *)part->column[CATEGORY])[row] = made->category[category];
        ((bm_text *)part->column[SUPPLIER])[row] = made->supplier[category][supplier];
        ((bm_text *)part->column[REGION])[row] = made->region[region];
        ((bm_text *)part->column[CHANNEL])[row] = made->channel[channel];
        ((bm_text *)part->column[ORDER])[row] = placed->number;
        ((int64_t *)part->column[SEGMENT])[row] = (int64_t)own->segment + 1;
    }
    return BM_OK;
}

/* One buyer's orders, whose numbers are written at text. */
static bm_status add_buyer(const bm_generation *generation, const bm_traits *traits, size_t buyer,
                           const int32_t *day, size_t count, char *text, gsl_rng *rng,
                           bm_part *part, bm_error *err) {
    const bm_population *population = &generation->population;
    const plan *made = generation->plan;
    const bm_archetype *type = &population->archetype[traits->segment];
    habits own = draw_habits(type, traits, rng);
    for (size_t i = 0; i < count; i++) {
        char *number = text + i * made->order_width;
        bm_population_id(population, buyer, number);
        number[population->id_width] = '-';
        bm_write_digits(number + population->id_width + 1, i + 1, made->order_digits);
        order placed = {.day = day[i],
                        .number = {number, made->order_width},
                        .buyer = {number, population->id_width}};
        bm_status status = add_order(generation, &own, &placed, rng, part, err);
        if (status != BM_OK)
            return status;
    }
    return BM_OK;
}

/* First the days of all buyers, which tell how much text the order numbers take, then the lines. */
static bm_status fill(const bm_generation *generation, size_t stream, size_t first, size_t count,
                      bm_part *part, bm_error *err) {
    const bm_population *population = &generation->population;
    const plan *made = generation->plan;
    bm_traits traits[BM_STREAM_BUYERS];
    size_t orders[BM_STREAM_BUYERS], total = 0;
    gsl_rng *rng = NULL;
    bm_status status;
    BM_TRY(bm_population_traits(population, stream, count, traits, err));
    BM_TRY(bm_random_new(&rng, population->seed, "generate purchases", stream, err));
    for (size_t i = 0; i < count; i++) {
        const bm_archetype *type = &population->archetype[traits[i].segment];
        BM_TRY(draw_days(generation, type, rng, part, total, &orders[i], err));
        total += orders[i];
    }
    BM_TRY(BM_GROW(&part->text, &part->text_reserved, total * made->order_width, "generated orders",
                   err));
    bm_random_seed(rng, population->seed, "generate lines", stream);
    size_t done = 0;
    for (size_t i = 0; i < count; i++) {
        BM_TRY(add_buyer(generation, &traits[i], first + i, part->day + done, orders[i],
                         part->text + done * made->order_width, rng, part, err));
        done += orders[i];
    }
cleanup:
    if (rng != NULL)
        gsl_rng_free(rng);
    return status;
}

static bm_status start(const bm_generate_options *options, const bm_context *context,
                       bm_generation **generation, bm_error *err) {
    bm_status status;
    *generation = NULL;
    BM_TRY(bm_generation_new(options, context, headings, COLUMNS, COLUMNS, generation, err));
    (*generation)->fill = fill;
    BM_TRY(make_plan(*generation, err));
cleanup:
    if (status != BM_OK) {
        bm_generation_free(*generation);
        *generation = NULL;
    }
    return status;
}

const bm_generator bm_generate_orders = {
    .name = "orders",
    .help = "an order log with known purchase, dropout and spend rates",
    .start = start,
};
