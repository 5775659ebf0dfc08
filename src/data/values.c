#include "data/values.h"

#include "data/spool.h"

#include <math.h>

bm_values bm_values_of_column(const bm_column *column, int32_t category) {
    return (bm_values){.number = column->number,
                       .stride = 1,
                       .spool = column->spool,
                       .column = column->place,
                       .code = column->code,
                       .category = category};
}

static size_t buyer_of(const size_t *row_of, size_t row) {
    return row_of != NULL ? row_of[row] : row;
}

/* Rows ascend, so that they are picked out of stretches of the column that follow one another. */
static bm_status pick(const bm_values *values, const size_t *row_of, size_t first, size_t count,
                      double *out, bm_error *err) {
    double stretch[BM_VALUES_BLOCK];
    size_t done = 0;
    while (done < count) {
        size_t from = row_of[first + done], left = row_of[first + count - 1] + 1 - from;
        size_t length = left < BM_VALUES_BLOCK ? left : BM_VALUES_BLOCK;
        bm_status status =
            bm_spool_get_column(values->spool, values->column, from, length, stretch, err);
        if (status != BM_OK)
            return status;
        for (; done < count && row_of[first + done] < from + length; done++)
            out[done] = stretch[row_of[first + done] - from];
    }
    return BM_OK;
}

bm_status bm_values_read(const bm_values *values, const size_t *row_of, size_t first, size_t count,
                         double *out, bm_error *err) {
    if (values->spool != NULL)
        return row_of == NULL
                   ? bm_spool_get_column(values->spool, values->column, first, count, out, err)
                   : pick(values, row_of, first, count, out, err);
    for (size_t i = 0; i < count; i++) {
        size_t buyer = buyer_of(row_of, first + i);
        if (values->code == NULL)
            out[i] = values->number[buyer * values->stride];
        else if (values->code[buyer] < 0)
            out[i] = NAN;
        else
            out[i] = values->code[buyer] == values->category;
    }
    return BM_OK;
}

bm_status bm_features_column(const bm_features *features, size_t j, size_t first, size_t count,
                             double *out, bm_error *err) {
    size_t d = features->d;
    for (size_t i = 0; i < count && features->x != NULL; i++)
        out[i] = features->x[(first + i) * d + j];
    for (size_t i = 0; i < count && features->single != NULL; i++)
        out[i] = (double)features->single[(first + i) * d + j];
    if (features->x != NULL || features->single != NULL)
        return BM_OK;
    bm_status status =
        bm_values_read(&features->values[j], features->row_of, first, count, out, err);
    for (size_t i = 0; i < count && status == BM_OK && features->is_settled; i++)
        out[i] = bm_feature_settle(&features->feature[j], out[i]);
    return status;
}
