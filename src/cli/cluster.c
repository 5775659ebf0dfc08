/* cluster TABLE: segments of one attribute table, without a job file. */
#include "cli/verb.h"
#include "job/run.h"

static bm_status cluster(bm_invocation *invocation, bm_error *err) {
    bm_status status = bm_key_set_flag(bm_job_key("inputs.buyers.path"), &invocation->job, "TABLE",
                                       invocation->operand, err);
    return status == BM_OK ? bm_run_verb(invocation, BM_STEP_CLUSTER, err) : status;
}

static const bm_flag flags[] = {
    {"id", "inputs.buyers.id"},
    {"columns", "inputs.buyers.columns"},
    {"exclude", "inputs.buyers.ignore"},
    {"categories", "inputs.buyers.categories"},
    {"weight", "inputs.buyers.weight"},
    {"truth", "inputs.buyers.truth"},
    {"date-format", "inputs.buyers.date_format"},
    {"normalize", "features.normalize"},
    {"missing", "features.missing"},
    {"winsorize", "features.winsorize"},
    {"method", "cluster.method"},
    {"distance", "cluster.distance"},
    {"k", "cluster.k"},
    {"criterion", "cluster.criterion"},
    {"init", "cluster.init"},
    {"restarts", "cluster.restarts"},
    {"refine", "cluster.refine"},
    {"max-iterations", "cluster.max_iterations"},
    {"tolerance", "cluster.tolerance"},
    {"precision", "cluster.precision"},
    {"quality", "cluster.quality"},
    {"stability", "cluster.stability"},
    {"coarse", "cluster.coarse"},
    {"min-size", "cluster.min_size"},
    {"max-size", "cluster.max_size"},
    {"cut", "cluster.cut"},
    {"cut-height", "cluster.cut_height"},
    {"cut-inconsistency", "cluster.cut_inconsistency"},
    {"inconsistency-depth", "cluster.inconsistency_depth"},
    {"dendrogram", "output.dendrogram"},
    {"newick", "output.newick"},
    {"checkpoint", "cluster.checkpoint"},
    {"resume", "cluster.resume"},
    {"previous", "previous"},
    {NULL, NULL},
};

static const bm_flag *const tables[] = {flags, bm_common_flags, bm_reading_flags, NULL};

const bm_verb bm_verb_cluster = {
    .name = "cluster",
    .operand = "TABLE",
    .summary = "segments one table of buyer attributes",
    .example = "buyermap cluster buyers.csv --k 4 --normalize robust --out map",
    .flags = tables,
    .run = cluster,
};
