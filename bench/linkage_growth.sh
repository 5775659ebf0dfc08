#!/bin/sh
# How a tree's time grows with buyers: cluster_seconds at each N, in turns, and the power of n that
# fits the medians by least squares of the logarithms, over all and between neighbours.
# usage: bench/linkage_growth.sh METHOD D g|l ROUNDS N…      the largest N runs once
# BENCH_CASE, BENCH_MOST_SECONDS, BENCH_MOST_MB (of the largest N), BENCH_THREADS, BENCH_DATA,
# BENCH_FIGURES as in bench/linkage.sh
set -eu
method=$1 d=$2 kind=$3 rounds=$4
shift 4
threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh

largest=0
for n; do
    data=$(bench_data "$kind" "$n" "$d" 16 double)
    cat >"$n.yaml" <<JOB
inputs: {buyers: {path: $data}}
features: {normalize: none}
cluster: {method: $method, k: 8, quality: none}
output: {dir: map, csv: false}
JOB
    [ "$n" -le "$largest" ] || largest=$n
done
round=0
while [ "$round" -lt "$rounds" ]; do
    for n; do
        [ "$n" -lt "$largest" ] || [ "$round" -eq 0 ] || continue
        "$root/buyermap" run "$n.yaml" --threads "$threads" --quiet >/dev/null
        /usr/bin/python3 "$root/bench/linkage_report.py" one map "$n" >>rounds
    done
    round=$((round + 1))
done
/usr/bin/python3 "$root/bench/linkage_report.py" growth rounds "$method" "$d" "$kind"
