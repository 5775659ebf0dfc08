#include "buyermap/segmentation.h"

#include <stdlib.h>

void bm_dendrogram_free(bm_dendrogram *dendrogram) {
    free(dendrogram->merge);
    *dendrogram = (bm_dendrogram){0};
}

void bm_micro_free(bm_micro *micro) {
    free(micro->of);
    free(micro->buyers);
    free(micro->weight);
    free(micro->inertia);
    free(micro->centroid);
    *micro = (bm_micro){0};
}

void bm_segmentation_free(bm_segmentation *segmentation) {
    free(segmentation->label);
    free(segmentation->size);
    free(segmentation->weight);
    free(segmentation->centroid);
    free(segmentation->inertia_of);
    free(segmentation->stability);
    free(segmentation->iteration);
    free(segmentation->medoid);
    free(segmentation->apart);
    bm_dendrogram_free(&segmentation->tree);
    bm_micro_free(&segmentation->micro);
    *segmentation = (bm_segmentation){0};
}
