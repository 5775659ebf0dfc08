#!/bin/sh
# A tree by buyermap and by its peers, in turns, on the same data.
# usage: bench/linkage.sh [METHOD] [N] [D] [g|l] [ROUNDS] [PEERS] [PEER_ROUNDS]
# PEERS         of scipy, fastcluster (linkage), vector (linkage_vector: ward, single, centroid,
#               median), apart by commas (those that know the method); none: buyermap alone
# PEER_ROUNDS   rounds in which the peers take part (all)
# BENCH_CASE    name of the case in the figures; BENCH_GOALS: ratios to reach, as "vector=10,scipy=30"
# BENCH_MOST_SECONDS, BENCH_MOST_MB   what buyermap may take
# BENCH_MATRIX=1: of MB only what it takes beyond one condensed matrix of doubles counts
# BENCH_THREADS, BENCH_DATA, BENCH_FIGURES as in bench/kmeans.sh
set -eu
method=${1:-ward} n=${2:-5000} d=${3:-16} kind=${4:-l} rounds=${5:-3}
case $method in ward | single | centroid | median) known=scipy,fastcluster,vector ;;
*) known=scipy,fastcluster ;; esac
peers=${6:-$known} peer_rounds=${7:-$rounds} threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"

data=$(bench_data "$kind" "$n" "$d" 16 double)
# Only run.json and the tree are of interest, and CSV would take most of the time.
cat >job.yaml <<JOB
inputs: {buyers: {path: $data}}
features: {normalize: none}
cluster: {method: $method, k: 8, quality: none}
output: {dir: map, csv: false}
JOB
round=0
while [ "$round" -lt "$rounds" ]; do
    "$root/buyermap" run job.yaml --threads "$threads" --quiet >/dev/null
    taking_part=
    if [ "$peers" != none ] && [ "$round" -lt "$peer_rounds" ]; then
        for peer in $(echo "$peers" | tr , ' '); do
            /usr/bin/python3 "$root/bench/peers/linkage.py" "$peer" "$method" "$data" "$peer.npy" \
                >"$peer.json"
            taking_part="$taking_part $peer"
        done
    fi
    # shellcheck disable=SC2086
    /usr/bin/python3 "$root/bench/linkage_report.py" round map $taking_part >>rounds
    round=$((round + 1))
done
/usr/bin/python3 "$root/bench/linkage_report.py" medians rounds "$method" "$n" "$d" "$kind"
