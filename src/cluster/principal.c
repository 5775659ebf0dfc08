/* Principal components by the eigenvectors of the covariance matrix (GSL, symmetric bidiagonal
 * reduction and QR). */
#include "cluster/principal.h"

#include "base/memory.h"
#include "kernel/distance.h"

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Centres the rows into scores; the lower half of their covariance matrix. */
static void covariance(const bm_features *features, double *mean, double *centred,
                       gsl_matrix *matrix) {
    size_t n = features->n, d = features->d;
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < d; f++)
            mean[f] += features->x[i * d + f] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < d; f++)
            centred[i * d + f] = features->x[i * d + f] - mean[f];
    gsl_matrix_set_zero(matrix);
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < d; f++)
            for (size_t g = 0; g <= f; g++)
                *gsl_matrix_ptr(matrix, f, g) +=
                    centred[i * d + f] * centred[i * d + g] / (double)n;
}

/* Turns each eigenvector so that its largest entry is positive. */
static void orient(gsl_matrix *vector) {
    for (size_t c = 0; c < vector->size2; c++) {
        double largest = 0;
        for (size_t f = 0; f < vector->size1; f++) {
            double entry = gsl_matrix_get(vector, f, c);
            largest = fabs(entry) > fabs(largest) ? entry : largest;
        }
        gsl_vector_view column = gsl_matrix_column(vector, c);
        if (largest < 0)
            gsl_vector_scale(&column.vector, -1);
    }
}

static void turn(const gsl_matrix *vector, size_t n, size_t d, double *row, double *scores) {
    for (size_t i = 0; i < n; i++) {
        memcpy(row, scores + i * d, d * sizeof *row);
        for (size_t c = 0; c < d; c++) {
            double score = 0;
            for (size_t f = 0; f < d; f++)
                score += row[f] * gsl_matrix_get(vector, f, c);
            scores[i * d + c] = score;
        }
    }
}

bm_status bm_principal_scores(const bm_features *features, double *scores, bm_error *err) {
    size_t d = features->d;
    double *mean = NULL;
    gsl_matrix *matrix = gsl_matrix_alloc(d, d), *vector = gsl_matrix_alloc(d, d);
    gsl_vector *value = gsl_vector_alloc(d);
    gsl_eigen_symmv_workspace *room = gsl_eigen_symmv_alloc(d);
    bm_status status = BM_OK;
    if (!bm_blas_has_room() || matrix == NULL || vector == NULL || value == NULL || room == NULL)
        BM_TRY(bm_fail(err, BM_NOMEM, "out of memory: principal components"));
    BM_TRY(BM_NEW(&mean, d, "principal components", err));
    covariance(features, mean, scores, matrix);
    if (gsl_eigen_symmv(matrix, value, vector, room) != 0)
        BM_TRY(bm_fail(err, BM_DATA,
                       "the features are too large: their variances overflow; "
                       "normalize them"));
    gsl_eigen_symmv_sort(value, vector, GSL_EIGEN_SORT_VAL_DESC);
    orient(vector);
    turn(vector, features->n, d, mean, scores);
cleanup:
    free(mean);
    gsl_matrix_free(matrix);
    gsl_matrix_free(vector);
    gsl_vector_free(value);
    gsl_eigen_symmv_free(room);
    return status;
}
