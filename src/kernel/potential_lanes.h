/* The potential kernel, written once for both precisions and all CPUs. A variant defines
 * BM_POTENTIAL as the function's name, BM_SINGLE as 1 for floats and 0 for doubles, BM_BYTES as the
 * bytes of a register and BM_TARGET as what its CPU can do, and includes this file.
 *
 * One row a lane: the rows of four registers are turned so that a feature of all of them lies side
 * by side, and then compared with all centroids of the step while they are in the first-level
 * cache. */
#include "kernel/potential.h"

#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#define BM_UNROLL _Pragma("unroll")
#else
#define BM_UNROLL _Pragma("GCC unroll 16")
#endif

#if BM_SINGLE
typedef float value;
typedef int32_t place;
enum { WIDTH = BM_BYTES / 4 };
#else
typedef double value;
typedef int64_t place;
enum { WIDTH = BM_BYTES / 8 };
#endif

enum { REGISTERS = 4, ROWS = REGISTERS * WIDTH, FEATURES = 64, CENTRES = 64, SUMS = 8, LINE = 64 };

typedef value lanes __attribute__((vector_size(BM_BYTES)));
typedef place places __attribute__((vector_size(BM_BYTES)));
typedef int32_t labels __attribute__((vector_size(WIDTH * 4))); /* of one register's rows */
/* Doubles of one register, and the values that they are made from. */
enum { DOUBLES = BM_BYTES / 8 };
typedef double doubles __attribute__((vector_size(BM_BYTES)));
typedef value narrow __attribute__((vector_size(DOUBLES * sizeof(value))));

/* Turning a tile of as many rows as a register has lanes. A register is PARTS parts of 16 bytes,
 * PART values each. First the parts of rows PART apart are brought together; then the values of
 * PART rows that follow each other are turned within the parts. */
enum { PART = 16 / sizeof(value), PARTS = BM_BYTES / 16 };
typedef int64_t pairs __attribute__((vector_size(BM_BYTES)));
#define BM_SHUFFLE(type, a, b, ...)                                                                \
    (lanes) __builtin_shufflevector((type)(a), (type)(b), __VA_ARGS__)

/* part[p] becomes part p of each row. */
BM_TARGET static inline void gather_parts(const lanes row[PARTS], lanes part[PARTS]) {
#if BM_BYTES == 64
    lanes low = BM_SHUFFLE(pairs, row[0], row[1], 0, 1, 2, 3, 8, 9, 10, 11);
    lanes high = BM_SHUFFLE(pairs, row[0], row[1], 4, 5, 6, 7, 12, 13, 14, 15);
    lanes other_low = BM_SHUFFLE(pairs, row[2], row[3], 0, 1, 2, 3, 8, 9, 10, 11);
    lanes other_high = BM_SHUFFLE(pairs, row[2], row[3], 4, 5, 6, 7, 12, 13, 14, 15);
    part[0] = BM_SHUFFLE(pairs, low, other_low, 0, 1, 4, 5, 8, 9, 12, 13);
    part[1] = BM_SHUFFLE(pairs, low, other_low, 2, 3, 6, 7, 10, 11, 14, 15);
    part[2] = BM_SHUFFLE(pairs, high, other_high, 0, 1, 4, 5, 8, 9, 12, 13);
    part[3] = BM_SHUFFLE(pairs, high, other_high, 2, 3, 6, 7, 10, 11, 14, 15);
#elif BM_BYTES == 32
    part[0] = BM_SHUFFLE(pairs, row[0], row[1], 0, 1, 4, 5);
    part[1] = BM_SHUFFLE(pairs, row[0], row[1], 2, 3, 6, 7);
#else
    part[0] = row[0];
#endif
}

/* Two registers' pairs of 8 bytes in turns, within the parts. */
BM_TARGET static inline void interleave_pairs(lanes a, lanes b, lanes *low, lanes *high) {
#if BM_BYTES == 64
    *low = BM_SHUFFLE(pairs, a, b, 0, 8, 2, 10, 4, 12, 6, 14);
    *high = BM_SHUFFLE(pairs, a, b, 1, 9, 3, 11, 5, 13, 7, 15);
#elif BM_BYTES == 32
    *low = BM_SHUFFLE(pairs, a, b, 0, 4, 2, 6);
    *high = BM_SHUFFLE(pairs, a, b, 1, 5, 3, 7);
#else
    *low = BM_SHUFFLE(pairs, a, b, 0, 2);
    *high = BM_SHUFFLE(pairs, a, b, 1, 3);
#endif
}

#if BM_SINGLE
/* The same of 4 bytes. */
BM_TARGET static inline void interleave(lanes a, lanes b, lanes *low, lanes *high) {
#if BM_BYTES == 64
    *low = BM_SHUFFLE(lanes, a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    *high = BM_SHUFFLE(lanes, a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
#elif BM_BYTES == 32
    *low = BM_SHUFFLE(lanes, a, b, 0, 8, 1, 9, 4, 12, 5, 13);
    *high = BM_SHUFFLE(lanes, a, b, 2, 10, 3, 11, 6, 14, 7, 15);
#else
    *low = BM_SHUFFLE(lanes, a, b, 0, 4, 1, 5);
    *high = BM_SHUFFLE(lanes, a, b, 2, 6, 3, 7);
#endif
}
#endif

/* Turns the same part of PART times PARTS rows into PART features. */
BM_TARGET static inline void turn_parts(const lanes part[PART], lanes feature[PART]) {
#if BM_SINGLE
    lanes low, high, other_low, other_high;
    interleave(part[0], part[1], &low, &high);
    interleave(part[2], part[3], &other_low, &other_high);
    interleave_pairs(low, other_low, &feature[0], &feature[1]);
    interleave_pairs(high, other_high, &feature[2], &feature[3]);
#else
    interleave_pairs(part[0], part[1], &feature[0], &feature[1]);
#endif
}

/* A block of rows while it is compared. */
typedef struct block {
    const value *row[ROWS]; /* rising; rows that are not there repeat the last one */
    const value *end;       /* nothing is read from here on */
    lanes feature[FEATURES][REGISTERS];
    lanes square[CENTRES][REGISTERS];
} block;

/* Turns the rows of one register, features from … from + count − 1 <= from + WIDTH − 1. */
BM_TARGET static inline void turn_tile(const value *const *row, const value *end, size_t from,
                                       size_t count, value *out) {
    value copy[WIDTH][WIDTH];
    const value *begin[WIDTH];
    lanes part[PARTS][PART], turned[WIDTH];
    /* What is read beyond a row is turned along, and left there. */
    int can_read = (size_t)(end - row[WIDTH - 1]) >= from + WIDTH;
    for (size_t r = 0; r < WIDTH; r++)
        begin[r] = can_read ? row[r] + from : memcpy(copy[r], row[r] + from, count * sizeof **row);
    BM_UNROLL
    for (size_t r = 0; r < PART; r++) {
        lanes apart[PARTS], gathered[PARTS];
        BM_UNROLL
        for (size_t p = 0; p < PARTS; p++)
            memcpy(&apart[p], begin[p * PART + r], sizeof *apart);
        gather_parts(apart, gathered);
        BM_UNROLL
        for (size_t p = 0; p < PARTS; p++)
            part[p][r] = gathered[p];
    }
    BM_UNROLL
    for (size_t p = 0; p < PARTS; p++)
        turn_parts(part[p], turned + p * PART);
    if (count == WIDTH) {
        BM_UNROLL
        for (size_t f = 0; f < WIDTH; f++)
            memcpy(out + f * ROWS, &turned[f], sizeof *turned);
    } else {
        for (size_t f = 0; f < count; f++)
            memcpy(out + f * ROWS, &turned[f], sizeof *turned);
    }
}

BM_TARGET static void turn(block *now, size_t from, size_t features) {
    for (size_t r = 0; r < REGISTERS; r++) {
        for (size_t f = 0; f < features; f += WIDTH) {
            size_t count = features - f < WIDTH ? features - f : WIDTH;
            turn_tile(now->row + r * WIDTH, now->end, from + f, count,
                      (value *)&now->feature[f][r]);
        }
    }
}

/* Adds the squared differences of some features from one centroid, or from two. */
BM_TARGET static inline void add_one(lanes (*row)[REGISTERS], size_t features, const value *c,
                                     lanes *square) {
    lanes s0 = square[0], s1 = square[1], s2 = square[2], s3 = square[3];
    for (size_t f = 0; f < features; f++) {
        lanes d0 = row[f][0] - c[f], d1 = row[f][1] - c[f], d2 = row[f][2] - c[f],
              d3 = row[f][3] - c[f];
        s0 += d0 * d0;
        s1 += d1 * d1;
        s2 += d2 * d2;
        s3 += d3 * d3;
    }
    square[0] = s0;
    square[1] = s1;
    square[2] = s2;
    square[3] = s3;
}

BM_TARGET static inline void add_two(lanes (*row)[REGISTERS], size_t features, const value *c,
                                     const value *e, lanes *square) {
    lanes s0 = square[0], s1 = square[1], s2 = square[2], s3 = square[3];
    lanes t0 = square[4], t1 = square[5], t2 = square[6], t3 = square[7];
    for (size_t f = 0; f < features; f++) {
        lanes x0 = row[f][0], x1 = row[f][1], x2 = row[f][2], x3 = row[f][3], d;
        d = x0 - c[f], s0 += d * d;
        d = x1 - c[f], s1 += d * d;
        d = x2 - c[f], s2 += d * d;
        d = x3 - c[f], s3 += d * d;
        d = x0 - e[f], t0 += d * d;
        d = x1 - e[f], t1 += d * d;
        d = x2 - e[f], t2 += d * d;
        d = x3 - e[f], t3 += d * d;
    }
    square[0] = s0;
    square[1] = s1;
    square[2] = s2;
    square[3] = s3;
    square[4] = t0;
    square[5] = t1;
    square[6] = t2;
    square[7] = t3;
}

/* Squared distances of the block's rows from up to CENTRES centroids. The rows are turned already
 * unless they have more than FEATURES features. */
BM_TARGET static void compare(block *now, size_t d, const value *c, size_t count) {
    memset(now->square, 0, count * sizeof *now->square);
    for (size_t from = 0; from < d; from += FEATURES) {
        size_t features = d - from < FEATURES ? d - from : FEATURES, j = 0;
        if (d > FEATURES)
            turn(now, from, features);
        for (; j + 1 < count; j += 2)
            add_two(now->feature, features, c + j * d + from, c + (j + 1) * d + from,
                    now->square[j]);
        if (j < count)
            add_one(now->feature, features, c + j * d + from, now->square[j]);
    }
}

/* One register of a comparison: what is less stays. */
BM_TARGET static inline lanes lesser(lanes a, lanes b, places is_less) {
    return (lanes)((is_less & (places)a) | (~is_less & (places)b));
}

/* Takes centroids into account: the least of the distances to them and to those before … */
BM_TARGET static void fold(block *now, const bm_potential_step *step, value *distance) {
    lanes least[REGISTERS];
    memcpy(least, distance, sizeof least);
    for (size_t from = 0; from < step->folds; from += CENTRES) {
        size_t count = step->folds - from < CENTRES ? step->folds - from : CENTRES;
        compare(now, step->d, (const value *)step->fold + from * step->d, count);
        for (size_t j = 0; j < count; j++) {
            BM_UNROLL
            for (size_t r = 0; r < REGISTERS; r++) {
                lanes square = now->square[j][r];
                least[r] = lesser(square, least[r], square < least[r]);
            }
        }
    }
    memcpy(distance, least, sizeof least);
}

/* … and which of them is the nearest. */
BM_TARGET static void fold_labels(block *now, const bm_potential_step *step, value *distance,
                                  int32_t *label) {
    lanes least[REGISTERS];
    labels number[REGISTERS];
    places nearest[REGISTERS];
    memcpy(least, distance, sizeof least);
    memcpy(number, label, sizeof number);
    for (size_t r = 0; r < REGISTERS; r++)
        nearest[r] = __builtin_convertvector(number[r], places);
    for (size_t from = 0; from < step->folds; from += CENTRES) {
        size_t count = step->folds - from < CENTRES ? step->folds - from : CENTRES;
        compare(now, step->d, (const value *)step->fold + from * step->d, count);
        for (size_t j = 0; j < count; j++) {
            places here = (places){0} + (step->first + (place)(from + j));
            BM_UNROLL
            for (size_t r = 0; r < REGISTERS; r++) {
                lanes square = now->square[j][r];
                places is_less = square < least[r];
                least[r] = lesser(square, least[r], is_less);
                nearest[r] = (is_less & here) | (~is_less & nearest[r]);
            }
        }
    }
    for (size_t r = 0; r < REGISTERS; r++)
        number[r] = __builtin_convertvector(nearest[r], labels);
    memcpy(distance, least, sizeof least);
    memcpy(label, number, sizeof number);
}

/* Adds one register of distances, of rows first … first + WIDTH − 1 of their cell, to the sums of
 * every eighth row. */
BM_TARGET static inline void add_lanes(lanes distance, size_t first, const double *weight,
                                       double *sum) {
    narrow part[WIDTH / DOUBLES];
    memcpy(part, &distance, sizeof part);
    BM_UNROLL
    for (size_t p = 0; p < WIDTH / DOUBLES; p++) {
        size_t at = first + p * DOUBLES;
        doubles left = __builtin_convertvector(part[p], doubles), so_far;
        if (weight != NULL) {
            doubles factor;
            memcpy(&factor, weight + at, sizeof factor);
            left *= factor;
        }
        memcpy(&so_far, sum + at % SUMS, sizeof so_far);
        so_far += left;
        memcpy(sum + at % SUMS, &so_far, sizeof so_far);
    }
}

/* Adds what each trial would leave of the block, or what is left without one. */
BM_TARGET static void add_left(block *now, const bm_potential_step *step, const value *distance,
                               const double *weight, double (*sum)[SUMS]) {
    lanes least[REGISTERS];
    memcpy(least, distance, sizeof least);
    if (step->trials > 0)
        compare(now, step->d, step->trial, step->trials);
    for (size_t t = 0; t < step->trials; t++) {
        BM_UNROLL
        for (size_t r = 0; r < REGISTERS; r++) {
            lanes square = now->square[t][r];
            add_lanes(lesser(square, least[r], square < least[r]), r * WIDTH, weight, sum[t]);
        }
    }
    for (size_t r = 0; step->trials == 0 && r < REGISTERS; r++)
        add_lanes(least[r], r * WIDTH, weight, sum[0]);
}

/* A block of rows, all of them there. */
BM_TARGET static void do_block(block *now, const bm_potential_step *step, value *distance,
                               int32_t *label, const double *weight, double (*sum)[SUMS]) {
    if (step->d <= FEATURES && step->folds + step->trials > 0)
        turn(now, 0, step->d);
    if (step->folds > 0 && label != NULL)
        fold_labels(now, step, distance, label);
    else if (step->folds > 0)
        fold(now, step, distance);
    add_left(now, step, distance, weight, sum);
}

/* The last rows: lanes without a row have distance and weight 0, and so add nothing. */
BM_TARGET static void do_last(block *now, const bm_potential_step *step,
                              const bm_potential_rows *rows, size_t first, double (*sum)[SUMS]) {
    value distance[ROWS] = {0};
    int32_t label[ROWS] = {0};
    double weight[ROWS] = {0};
    size_t count = rows->rows - first;
    memcpy(distance, (value *)rows->distance + first, count * sizeof *distance);
    if (rows->label != NULL)
        memcpy(label, rows->label + first, count * sizeof *label);
    if (rows->weight != NULL)
        memcpy(weight, rows->weight + first, count * sizeof *weight);
    do_block(now, step, distance, rows->label != NULL ? label : NULL,
             rows->weight != NULL ? weight : NULL, sum);
    memcpy((value *)rows->distance + first, distance, count * sizeof *distance);
    if (rows->label != NULL)
        memcpy(rows->label + first, label, count * sizeof *label);
}

BM_TARGET void BM_POTENTIAL(const bm_potential_step *step, const bm_potential_rows *rows,
                            double *left) {
    size_t results = step->trials > 0 ? step->trials : 1, d = step->d;
    double sum[BM_MOST_TRIALS][SUMS];
    block now;
    now.end = (const value *)rows->x + rows->rows * d;
    memset(sum, 0, results * sizeof *sum);
    for (size_t first = 0; first < rows->rows; first += ROWS) {
        size_t count = rows->rows - first < ROWS ? rows->rows - first : ROWS;
        for (size_t r = 0; r < ROWS; r++)
            now.row[r] = (const value *)rows->x + (first + (r < count ? r : count - 1)) * d;
        /* Asks for the rows of the next block, of this cell or the one behind it, while this one is
         * worked on: half the time of a pass over rows in memory. Where there is none, asking does
         * no harm. (In a function of its own gcc takes it for nothing.) */
        uintptr_t ahead = (uintptr_t)(now.row[ROWS - 1] + d);
        for (size_t byte = 0; d <= FEATURES && byte < ROWS * d * sizeof(value); byte += LINE)
            __builtin_prefetch((const void *)(ahead + byte));
        if (count == ROWS)
            do_block(&now, step, (value *)rows->distance + first,
                     rows->label != NULL ? rows->label + first : NULL,
                     rows->weight != NULL ? rows->weight + first : NULL, sum);
        else
            do_last(&now, step, rows, first, sum);
    }
    for (size_t t = 0; t < results; t++) {
        const double *s = sum[t];
        left[t] = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    }
}
