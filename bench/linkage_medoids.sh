#!/bin/sh
# k-medoids by buyermap and by R's cluster::pam, in turns, on the same data.
# usage: bench/linkage_medoids.sh [N] [D] [g|l] [K] [ROUNDS]
# pam runs with pamonce = 6 (FasterPAM as R has it); distances are part of both. BENCH_* as in
# bench/linkage.sh
set -eu
n=${1:-1000} d=${2:-16} kind=${3:-l} k=${4:-10} rounds=${5:-3} threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
"$root/buyermap" cluster --help | grep kmedoids >/dev/null ||
    { echo "linkage_medoids.sh: this buyermap has no kmedoids" >&2; exit 0; }
Rscript -e 'library(cluster)' >/dev/null 2>&1 ||
    { echo "linkage_medoids.sh: no R with the package cluster" >&2; exit 0; }
. bench/data.sh

data=$(bench_data "$kind" "$n" "$d" 16 double)
/usr/bin/python3 - "$data" rows.bin <<'PYTHON'
import sys
import h5py
with h5py.File(sys.argv[1], "r") as file:
    file["x"][:].astype(float).tofile(sys.argv[2])
PYTHON
cat >pam.R <<'R'
arguments <- commandArgs(TRUE)
n <- as.integer(arguments[1]); d <- as.integer(arguments[2]); k <- as.integer(arguments[3])
x <- matrix(readBin("rows.bin", "double", n * d), n, d, byrow = TRUE)
library(cluster)
seconds <- system.time(found <- pam(dist(x), k, pamonce = 6))[["elapsed"]]
peak <- as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep("VmHWM", readLines("/proc/self/status"), value = TRUE)))
cat(sprintf('{"seconds": %.6f, "objective": %.17g, "peak_mb": %.3f}\n', seconds,
            found$objective[["swap"]], peak * 1024 / 1e6))
R
cat >job.yaml <<JOB
inputs: {buyers: {path: $data}}
features: {normalize: none}
cluster: {method: kmedoids, k: $k, quality: none}
output: {dir: map, csv: false}
JOB
round=0
while [ "$round" -lt "$rounds" ]; do
    "$root/buyermap" run job.yaml --threads "$threads" --quiet >/dev/null
    Rscript pam.R "$n" "$d" "$k" >theirs
    /usr/bin/python3 "$root/bench/linkage_report.py" medoids_round map theirs "$data" >>rounds
    round=$((round + 1))
done
/usr/bin/python3 "$root/bench/linkage_report.py" medoids rounds "$n" "$d" "$kind" "$k"
