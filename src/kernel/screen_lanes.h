/* The screening kernels, written once. screen_generic.c, screen_avx2.c and screen_avx512.c define,
 * before they include this file, BM_SCREEN_KERNEL, BM_SCREEN_NAME, BM_SCREEN_RUNS_HERE (of cpu.h),
 * BM_TARGET, WIDTH (floats of a register), the types `lanes` (WIDTH floats) and `places` (WIDTH
 * int32), the operations splat, fused, least, most, root, choose_less, gather and uncertain, and
 * load_single, load_double (WIDTH features of a row relative to the origin), turn (WIDTH
 * registers), AT_ONCE (registers of rows compared at once) and ROUNDINGS (of one product and sum).
 */
#include "kernel/distance.h"
#include "kernel/screen.h"

#include <float.h>
#include <math.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

enum { REGISTERS = BM_SCREEN_ROWS / WIDTH, CENTROIDS = BM_SCREEN_CENTROIDS };

/* Turns rows, WIDTH at a time and of these WIDTH features at a time; the tail repeats the last row.
 * Rows of the next block are asked for meanwhile, since no hardware knows where the listed ones
 * lie, and it loses the others at the end of each page. */
#define TURN(type, load)                                                                           \
    BM_TARGET static inline const type *row_##type(const type *x, const uint32_t *index, size_t i, \
                                                   size_t n, size_t d) {                           \
        size_t at = i < n ? i : n - 1;                                                             \
        return x + (index != NULL ? index[at] : at) * d;                                           \
    }                                                                                              \
    /* is_whole: a block of 64 rows one after the other, known at compile time. */                 \
    BM_TARGET static inline __attribute__((always_inline)) void turn_rows_##type(                  \
        const type *x, const uint32_t *index, size_t n, size_t more, const bm_screen *screen,      \
        bm_screen_block *block, int is_whole) {                                                    \
        enum { LINE = 64 };                                                                        \
        size_t d = screen->d;                                                                      \
        for (size_t v = 0; v < REGISTERS; v++) {                                                   \
            const type *first = x + v * WIDTH * d;                                                 \
            lanes norm = splat(0);                                                                 \
            for (size_t from = 0; from < d; from += WIDTH) {                                       \
                size_t features = d - from < WIDTH ? d - from : WIDTH;                             \
                float *out = block->turned + from * BM_SCREEN_ROWS + v * WIDTH;                    \
                lanes part[WIDTH];                                                                 \
                UNROLL for (size_t r = 0; r < WIDTH; r++) {                                        \
                    const type *row =                                                              \
                        is_whole ? first + r * d : row_##type(x, index, v * WIDTH + r, n, d);      \
                    const type *later =                                                            \
                        is_whole                                                                   \
                            ? row + BM_SCREEN_ROWS * d                                             \
                            : row_##type(x, index, BM_SCREEN_ROWS + v * WIDTH + r, n + more, d);   \
                    part[r] = load(row + from, screen->origin + from, features);                   \
                    for (size_t f = 0; f < WIDTH; f += LINE / sizeof(type))                        \
                        __builtin_prefetch(later + from + f);                                      \
                }                                                                                  \
                turn(part);                                                                        \
                UNROLL for (size_t f = 0; f < WIDTH; f++) {                                        \
                    if (f < features)                                                              \
                        memcpy(out + f * BM_SCREEN_ROWS, &part[f], sizeof part[f]);                \
                    norm = fused(part[f], part[f], norm); /* 0 beyond the last feature */          \
                }                                                                                  \
            }                                                                                      \
            memcpy(block->norm + v * WIDTH, &norm, sizeof norm);                                   \
        }                                                                                          \
    }                                                                                              \
    BM_TARGET static void turn_##type(const type *x, const uint32_t *index, size_t n, size_t more, \
                                      const bm_screen *screen, bm_screen_block *block) {           \
        if (index == NULL && n == BM_SCREEN_ROWS && more >= n)                                     \
            turn_rows_##type(x, NULL, n, more, screen, block, 1);                                  \
        else                                                                                       \
            turn_rows_##type(x, index, n, more, screen, block, 0);                                 \
    }
TURN(float, load_single)
TURN(double, load_double)

/* The gap between the nearest and the second nearest centroid, by the bounds of screen.h. */
BM_TARGET static inline lanes gap_of(lanes norm, lanes best, lanes second, float slack,
                                     float reach) {
    lanes size = norm + reach, error = fused(size, splat(slack), splat(1e-36F));
    lanes near = root(most(norm + best + error, splat(0)));
    lanes far = root(most(norm + second - error, splat(0)));
    return choose_less(size, splat(1e37F), far * BM_SCREEN_DOWN - near * BM_SCREEN_UP, splat(0));
}

BM_TARGET static void screen_rows(const bm_screen *screen, const bm_screen_block *block,
                                  bm_screened *out) {
    size_t d = screen->d, k = screen->k;
    float slack = 2 * (float)(ROUNDINGS * d + 12) * (FLT_EPSILON / 2);
    for (size_t v = 0; v < REGISTERS; v += AT_ONCE) {
        const float *rows = block->turned + v * WIDTH;
        lanes best[AT_ONCE], second[AT_ONCE], label[AT_ONCE];
        UNROLL for (size_t a = 0; a < AT_ONCE; a++) {
            best[a] = second[a] = splat(INFINITY);
            label[a] = splat(0);
        }
        for (size_t j = 0; j < k; j += CENTROIDS) {
            const float *c = screen->packed + j * d;
            lanes sum[CENTROIDS][AT_ONCE];
            UNROLL for (size_t b = 0; b < CENTROIDS; b++)
                UNROLL for (size_t a = 0; a < AT_ONCE; a++) sum[b][a] = splat(screen->norm[j + b]);
            for (size_t f = 0; f < d; f++) {
                lanes x[AT_ONCE];
                UNROLL for (size_t a = 0; a < AT_ONCE; a++)
                    memcpy(&x[a], rows + f * BM_SCREEN_ROWS + a * WIDTH, sizeof x[a]);
                UNROLL for (size_t b = 0; b < CENTROIDS; b++) {
                    lanes one = splat(c[f * CENTROIDS + b]);
                    UNROLL for (size_t a = 0; a < AT_ONCE; a++) sum[b][a] =
                        fused(x[a], one, sum[b][a]);
                }
            }
            UNROLL for (size_t b = 0; b < CENTROIDS; b++) {
                int32_t here = (int32_t)(j + b);
                float bits;
                memcpy(&bits, &here, sizeof bits);
                UNROLL for (size_t a = 0; a < AT_ONCE; a++) {
                    lanes s = sum[b][a];
                    second[a] = least(second[a], most(s, best[a]));
                    label[a] = choose_less(s, best[a], splat(bits), label[a]);
                    best[a] = least(best[a], s);
                }
            }
        }
        UNROLL for (size_t a = 0; a < AT_ONCE; a++) {
            lanes norm;
            memcpy(&norm, block->norm + (v + a) * WIDTH, sizeof norm);
            lanes gap = gap_of(norm, best[a], second[a], slack, screen->reach);
            memcpy(out->gap + (v + a) * WIDTH, &gap, sizeof gap);
            memcpy(out->label + (v + a) * WIDTH, &label[a], sizeof label[a]);
        }
    }
}

BM_TARGET static uint64_t settle(const bm_screened *screened, const float *spent,
                                 const int32_t *label, float *expiry) {
    uint64_t rows = 0;
    for (size_t v = 0; v < REGISTERS; v++) {
        lanes gap, now, before;
        memcpy(&gap, screened->gap + v * WIDTH, sizeof gap);
        memcpy(&now, screened->label + v * WIDTH, sizeof now);
        memcpy(&before, label + v * WIDTH, sizeof before);
        lanes until = (gap + gather(spent, now)) * BM_SCREEN_DOWN;
        if (expiry != NULL)
            memcpy(expiry + v * WIDTH, &until, sizeof until);
        rows |= (uint64_t)uncertain(now, before, gap) << (v * WIDTH);
    }
    return rows;
}

/* One centroid a lane; every distance is added up as bm_squared_distance does. */
BM_TARGET static int32_t nearest_exact(const double *row, const bm_screen *screen, double *square) {
    typedef double eight __attribute__((vector_size(64)));
    size_t d = screen->d;
    double least_square = INFINITY;
    int32_t nearest = 0;
    for (size_t j = 0; j < screen->k; j += BM_PACKED) {
        const double *c = screen->exact + j * d;
        eight sum = {0};
        for (size_t f = 0; f < d; f++) {
            eight there;
            memcpy(&there, c + f * BM_PACKED, sizeof there);
            eight apart = row[f] - there;
            sum += apart * apart;
        }
        for (size_t b = 0; b < BM_PACKED && j + b < screen->k; b++) {
            if (sum[b] < least_square) {
                least_square = sum[b];
                nearest = (int32_t)(j + b);
            }
        }
    }
    *square = least_square;
    return nearest;
}

#define MOVE(type)                                                                                 \
    BM_TARGET static void move_##type(const type *row, double weight, const bm_grid *grid,         \
                                      double *from, double *to) {                                  \
        typedef double eight __attribute__((vector_size(64)));                                     \
        typedef type values __attribute__((vector_size(BM_SUM_LANES * sizeof(type))));             \
        for (size_t f = 0; f < grid->d; f += BM_SUM_LANES) {                                       \
            size_t left = grid->d - f;                                                             \
            values read = {0};                                                                     \
            if (left >= BM_SUM_LANES)                                                              \
                memcpy(&read, row + f, sizeof read);                                               \
            else                                                                                   \
                memcpy(&read, row + f, left * sizeof *row);                                        \
            eight coarse, fine, sum;                                                               \
            memcpy(&coarse, grid->coarse + f, sizeof coarse);                                      \
            memcpy(&fine, grid->fine + f, sizeof fine);                                            \
            eight value = __builtin_convertvector(read, eight) * weight;                           \
            eight large = (value + coarse) - coarse, small = value - large;                        \
            small = (small + fine) - fine;                                                         \
            memcpy(&sum, to + f, sizeof sum);                                                      \
            sum += large;                                                                          \
            memcpy(to + f, &sum, sizeof sum);                                                      \
            memcpy(&sum, to + grid->padded + f, sizeof sum);                                       \
            sum += small;                                                                          \
            memcpy(to + grid->padded + f, &sum, sizeof sum);                                       \
            if (from == NULL)                                                                      \
                continue;                                                                          \
            memcpy(&sum, from + f, sizeof sum);                                                    \
            sum -= large;                                                                          \
            memcpy(from + f, &sum, sizeof sum);                                                    \
            memcpy(&sum, from + grid->padded + f, sizeof sum);                                     \
            sum -= small;                                                                          \
            memcpy(from + grid->padded + f, &sum, sizeof sum);                                     \
        }                                                                                          \
    }
MOVE(float)
MOVE(double)

/* Features in groups, so that sums stay in registers; rows in order. */
#define MEASURE(type)                                                                              \
    BM_TARGET static void measure_##type(const type *x, size_t n, size_t d, const float *origin,   \
                                         double *most_of, double *sum_of, double *square_of) {     \
        typedef double eight __attribute__((vector_size(64)));                                     \
        typedef int64_t signs __attribute__((vector_size(64)));                                    \
        typedef type values __attribute__((vector_size(BM_SUM_LANES * sizeof(type))));             \
        for (size_t f = 0; f < d; f += BM_SUM_LANES) {                                             \
            size_t features = d - f < BM_SUM_LANES ? d - f : BM_SUM_LANES;                         \
            eight centre = {0}, top = {0}, sum = {0}, square = {0};                                \
            for (size_t i = 0; i < features; i++) {                                                \
                centre[i] = (double)origin[f + i];                                                 \
                top[i] = most_of[f + i];                                                           \
                sum[i] = sum_of[f + i];                                                            \
                square[i] = square_of[f + i];                                                      \
            }                                                                                      \
            for (size_t i = 0; i < n; i++) {                                                       \
                values read = {0};                                                                 \
                if (features == BM_SUM_LANES)                                                      \
                    memcpy(&read, x + i * d + f, sizeof read);                                     \
                else                                                                               \
                    memcpy(&read, x + i * d + f, features * sizeof *x);                            \
                eight value = __builtin_convertvector(read, eight), apart = value - centre;        \
                eight size = (eight)((signs)value & INT64_MAX);                                    \
                signs larger = size > top;                                                         \
                top = (eight)((larger & (signs)size) | (~larger & (signs)top));                    \
                sum += apart;                                                                      \
                square += apart * apart;                                                           \
            }                                                                                      \
            for (size_t i = 0; i < features; i++) {                                                \
                most_of[f + i] = top[i];                                                           \
                sum_of[f + i] = sum[i];                                                            \
                square_of[f + i] = square[i];                                                      \
            }                                                                                      \
        }                                                                                          \
    }
MEASURE(float)
MEASURE(double)

const bm_screen_kernel BM_SCREEN_KERNEL = {
    .name = BM_SCREEN_NAME,
    .runs_here = BM_SCREEN_RUNS_HERE,
    .turn_single = turn_float,
    .turn_double = turn_double,
    .screen = screen_rows,
    .settle = settle,
    .nearest = nearest_exact,
    .move_single = move_float,
    .move_double = move_double,
    .measure_single = measure_float,
    .measure_double = measure_double,
    .expired = expired,
};
