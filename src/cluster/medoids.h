/* k-medoids: k buyers, such that the buyers are as near as can be to the nearest of them. */
#ifndef BM_CLUSTER_MEDOIDS_H
#define BM_CLUSTER_MEDOIDS_H

#include "buyermap/context.h"
#include "cluster/dissimilarity.h"
#include "kernel/medoids.h"

#include <stdint.h>

/* Rows of dissimilarities: out of a matrix where there is one (of few rows all of it, else its
 * lower triangle), else computed when they are asked for, with the same bits. */
typedef struct bm_apart_rows {
    const bm_dissimilarity *dissimilarity; /* borrowed */
    size_t n;
    int single;       /* 1: rounded to single precision */
    double *square;   /* stretches of BM_MEDOID_ROWS columns, side by side; or … */
    double *triangle; /* … row i begins at i (i − 1) / 2; or … */
    float *half;      /* … the same; or none of them */
} bm_apart_rows;

/* with_matrix 1: fills the matrix in parallel, or, where there is no memory for it, goes without.
 * BM_INTERRUPTED. */
bm_status bm_apart_rows_init(bm_apart_rows *rows, const bm_dissimilarity *dissimilarity, int single,
                             int with_matrix, bm_error *err) BM_MUST_CHECK;
size_t bm_apart_rows_memory(size_t n, int single);
/* out[c × n + j]: of row first + c and row j. Safe from several threads. */
void bm_apart_rows_get(const bm_apart_rows *rows, size_t first, size_t count, double *out);
/* The same of at most BM_MEDOID_ROWS rows, side by side: [j × BM_MEDOID_ROWS + c], anything finite
 * where no row was asked for. They stand in room [n × BM_MEDOID_ROWS], or where they are kept:
 * begin at a multiple of BM_MEDOID_ROWS where there is a square. */
const double *bm_apart_rows_across(const bm_apart_rows *rows, size_t first, size_t count,
                                   double *room);
/* Up to so many rows have a square. */
enum { BM_MEDOID_SQUARE = 2048 };
void bm_apart_rows_free(bm_apart_rows *rows);

/* What a search for medoids is over. Everything is borrowed. */
typedef struct bm_medoid_task {
    const bm_dissimilarity *dissimilarity; /* of n >= 1 rows */
    const double *weight;                  /* [n] > 0, or NULL */
    size_t restarts;                       /* starts, >= 1 */
    int single;                            /* 1: dissimilarities rounded to single precision */
    const bm_context *context;
} bm_medoid_task;

/* A search: room, and what the searches for several k have in common. */
typedef struct bm_medoids {
    bm_medoid_task task;
    size_t n, most, k;
    size_t together; /* rows that a thread takes at once */
    bm_apart_rows rows;
    size_t *built; /* [most] the medoids of BUILD, as far as they were asked for */
    size_t built_count;
    double *built_near; /* [n] dissimilarity to the nearest of these */
    /* The solution at hand: */
    size_t *medoid;     /* [most] */
    uint8_t *is_medoid; /* [n] */
    double *row;        /* [most × n] dissimilarities of each medoid */
    double *near, *second;
    int32_t *near_of, *second_of; /* [n] which of the medoids */
    double *loss;                 /* [most] what the total grows by without the medoid */
    double total;                 /* Σ weight × dissimilarity to the nearest medoid */
    /* Rows at work: */
    double *group;   /* [threads × together × n] dissimilarities of rows read together */
    double *delta;   /* [threads × most × BM_MEDOID_ROWS] */
    double *change;  /* [BM_MEDOID_WAVE] what the total changes by, … */
    size_t *place;   /* … in whose place */
    double *saved;   /* [n] a medoid's row, for the way back */
    double *swapped; /* [n] that of the row that takes its place */
    size_t *best;    /* [most] the best solution of all starts, ascending */
    double best_total;
} bm_medoids;

enum { BM_MEDOID_WAVE = 2048, BM_MEDOID_CHUNK = 16384 };

/* Room for up to `most` medoids. with_matrix as in bm_apart_rows_init. BM_NOMEM, BM_INTERRUPTED. */
bm_status bm_medoids_init(bm_medoids *now, const bm_medoid_task *task, size_t most, int with_matrix,
                          bm_error *err) BM_MUST_CHECK;
/* Bytes beside the matrix; SIZE_MAX: more than can be counted. */
size_t bm_medoids_memory(size_t n, size_t most);
/* The best k medoids found (medoids.c says how) into best [k], ascending, and best_total. start: k
 * medoids that one more start begins with, or NULL. Deterministic in (task, k, seed), the same for
 * any number of threads and with or without a matrix. BM_DATA when a distance overflows,
 * BM_INTERRUPTED. */
bm_status bm_medoids_run(bm_medoids *now, size_t k, const size_t *start,
                         bm_error *err) BM_MUST_CHECK;
void bm_medoids_free(bm_medoids *now);

/* In medoids_start.c: the medoids of BUILD up to k of them, or fewer where that costs too much. */
bm_status bm_medoids_build(bm_medoids *now, size_t k, bm_error *err) BM_MUST_CHECK;
/* Begins with the given medoids: [count <= k] distinct rows, and others at random. */
bm_status bm_medoids_begin(bm_medoids *now, size_t k, const size_t *medoid, size_t count,
                           uint64_t draw, bm_error *err) BM_MUST_CHECK;
/* The nearest two of the k medoids of row j, by their rows. */
void bm_medoids_rank(bm_medoids *now, size_t j);

/* Whether n rows are searched as a whole: up to 30,000 for 8 starts. Counted in operations, so that
 * it depends neither on memory nor on time. */
int bm_medoids_are_exact(size_t n, size_t restarts);
/* The most starts with which they are; 0: there are too many rows. */
size_t bm_medoids_exact_starts(size_t n);
/* What is drawn otherwise. */
enum { BM_MEDOID_SAMPLES = 5, BM_MEDOID_SAMPLE = 5000, BM_MEDOID_SAMPLE_EACH = 20 };
/* Rows of a sample for k medoids. */
size_t bm_medoid_sample_rows(size_t n, size_t k);
/* The same as bm_medoids_run by samples of the rows (medoids_sample.c) into medoid [k], ascending.
 */
bm_status bm_medoids_sampled(const bm_medoid_task *task, size_t k, size_t *medoid,
                             bm_error *err) BM_MUST_CHECK;
size_t bm_medoids_sampled_memory(size_t n, size_t d, size_t k, int single);

/* The nearest medoid of every row, ties to the lowest row, and the dissimilarity; both [n]. A
 * medoid that no row would be with (all of its own are as near to a lower one) keeps itself. *total
 * as in bm_medoids. O(n k) dissimilarities. */
bm_status bm_medoids_assign(const bm_medoid_task *task, const size_t *medoid, size_t k,
                            int32_t *label, double *apart, double *total,
                            bm_error *err) BM_MUST_CHECK;

#endif
