#!/bin/sh
# Quality indices of one partition by buyermap and scikit-learn, in turns: the silhouette of all
# buyers, and Davies–Bouldin and Calinski–Harabasz. Links libbuyermap.a of the last build.
# usage: bench/quality.sh [silhouette|centroids] [N] [K] [ROUNDS]; BENCH_THREADS, BENCH_DATA,
# BENCH_FIGURES, BENCH_GOAL as in bench/kmeans.sh
set -eu
which=${1:-silhouette} n=${2:-10000} k=${3:-8} rounds=${4:-5} threads=${BENCH_THREADS:-2}
d=16
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"

# -lgslcblas would give another cblas than OpenBLAS.
cc -O2 -std=c11 -D_GNU_SOURCE -Wall -Werror -fopenmp -I"$root/include" -I"$root/src" -o quality \
    "$root/bench/quality.c" "$root/libbuyermap.a" -lopenblas -lgsl -lm
for kind in g l; do
    data=$(bench_data "$kind" "$n" "$d" "$k" double)
    /usr/bin/python3 "$root/bench/peers/quality.py" prepare "$data" "$k" values labels
    round=0
    while [ "$round" -lt "$rounds" ]; do
        OPENBLAS_NUM_THREADS=1 ./quality "$n" "$d" "$k" "$threads" 1 values labels "$which" >>"ours.$kind"
        /usr/bin/python3 "$root/bench/peers/quality.py" "$which" "$d" values labels >>"theirs.$kind"
        round=$((round + 1))
    done
    /usr/bin/python3 "$root/bench/quality_report.py" "ours.$kind" "theirs.$kind" "$n" "$d" "$k" "$kind"
done
