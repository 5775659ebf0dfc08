#!/bin/sh
# k-means by buyermap and scikit-learn, in turns, on the same data with the same threads.
# usage: bench/kmeans.sh [N] [D] [K] [g|l] [single|double] [ITERATIONS|all|start] [ROUNDS]
# ITERATIONS     so many Lloyd iterations from the same K rows; labels are compared
# all            the same until no label changes
# start          k-means++ alone: cluster_seconds of one iteration from k-means++, less those of one
#                iteration from given centroids, beside sklearn.cluster.kmeans_plusplus
# BENCH_THREADS  threads of both (2)
# BENCH_DATA     folder that keeps the data for the next benchmark; else they are made and removed
# BENCH_FIGURES  CSV file that the medians go to; BENCH_GOAL the ratio to reach
set -eu
n=${1:-100000} d=${2:-16} k=${3:-8} kind=${4:-l} precision=${5:-single} mode=${6:-20}
rounds=${7:-5} threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"

# Both files of results, since peak memory is that of a run with its outputs.
iterate() { # ITERATIONS OUT
    "$root/buyermap" cluster "$data" --normalize none --precision "$precision" --k "$k" \
        --init start.csv --max-iterations "$1" --quality none --threads "$threads" --out "$2" \
        --quiet >/dev/null
}
# One iteration, of which only run.json is of interest: CSV would take most of the time.
one() { # INIT SEED OUT
    cat >"$3.yaml" <<JOB
inputs: {buyers: {path: $data}}
features: {normalize: none}
cluster: {k: $k, init: $1, restarts: 1, refine: none, max_iterations: 1,
  precision: $precision, quality: none}
output: {dir: $3, csv: false}
seed: $2
JOB
    "$root/buyermap" run "$3.yaml" --threads "$threads" --quiet >/dev/null
}

data=$(bench_data "$kind" "$n" "$d" "$k" "$precision")
/usr/bin/python3 "$root/bench/peers/blobs.py" start "$data" "$k" 1 start.csv
[ "$mode" = all ] && most=10000 || most=$mode
round=0
while [ "$round" -lt "$rounds" ]; do
    one start.csv 1 first
    if [ "$mode" = start ]; then
        one kmeans++ "$round" map
        /usr/bin/python3 "$root/bench/peers/kmeans.py" start "$data" "$k" "$round" >theirs
        /usr/bin/python3 "$root/bench/kmeans_report.py" start first map theirs >>rounds
    else
        iterate "$most" map
        /usr/bin/python3 "$root/bench/peers/kmeans.py" lloyd "$data" start.csv "$most" labels.npy \
            >theirs
        /usr/bin/python3 "$root/bench/kmeans_report.py" lloyd first map theirs labels.npy >>rounds
    fi
    round=$((round + 1))
done
/usr/bin/python3 "$root/bench/kmeans_report.py" medians rounds "$n" "$d" "$k" "$kind" \
    "$precision" "$mode"
