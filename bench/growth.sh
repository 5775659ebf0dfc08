#!/bin/sh
# How k-means time grows with buyers: cluster_seconds of a fixed number of Lloyd iterations from
# given centroids at LOW, 2, 5 and 10 times LOW buyers, in turns, and the power of n that fits the
# medians by least squares of the logarithms.
# usage: bench/growth.sh [LOW] [K] [g|l] [single|double] [ITERATIONS] [ROUNDS]
# BENCH_THREADS, BENCH_DATA, BENCH_FIGURES, BENCH_GOAL as in bench/kmeans.sh
set -eu
low=${1:-100000} k=${2:-32} kind=${3:-l} precision=${4:-single} iterations=${5:-20} rounds=${6:-5}
threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh

# Only run.json is of interest, and CSV would take most of the time.
job() { # DATA
    cat <<JOB
inputs: {buyers: {path: $1}}
features: {normalize: none}
cluster: {k: $k, init: start.csv, precision: $precision, max_iterations: $iterations, quality: none}
output: {dir: map, csv: false}
JOB
}
for times in 1 2 5 10; do
    n=$((low * times))
    data=$(bench_data "$kind" "$n" 16 "$k" "$precision")
    job "$data" >"$n.yaml"
    # One start for all, of the smallest table.
    [ -e start.csv ] || /usr/bin/python3 "$root/bench/peers/blobs.py" start "$data" "$k" 1 start.csv
done
round=0
while [ "$round" -lt "$rounds" ]; do
    for times in 1 2 5 10; do
        n=$((low * times))
        "$root/buyermap" run "$n.yaml" --threads "$threads" --quiet >/dev/null
        echo "$n $(sed -n 's/.*"cluster_seconds": \([0-9.e-]*\).*/\1/p' map/run.json)" >>rounds
    done
    round=$((round + 1))
done
/usr/bin/python3 - "$k" "$kind" "$precision" "$iterations" <<'PYTHON'
import math
import os
import statistics
import sys

import figures

k, kind, precision, iterations = sys.argv[1:]
runs = {}
for line in open("rounds", encoding="utf-8"):
    n, seconds = line.split()
    runs.setdefault(int(n), []).append(float(seconds))
rounds = len(next(iter(runs.values())))
print("growth %s: x 16, k = %s, %s, %s iterations, medians of %d" % (
    kind, k, precision, iterations, rounds))
median = {n: statistics.median(seconds) for n, seconds in sorted(runs.items())}
for n, seconds in median.items():
    print("  %9d  %9.2f ms  %7.2f ns a buyer" % (n, seconds * 1e3, seconds / n * 1e9))
slope, _ = statistics.linear_regression([math.log(n) for n in median],
                                        [math.log(seconds) for seconds in median.values()])
print("  time grows with the %.3f power of buyers" % slope)
figures.put({"n": "%d:%d" % (min(median), max(median)), "d": 16, "k": k, "kind": kind,
             "precision": precision, "what": "growth", "ours": median[max(median)],
             "ratio": slope, "goal": os.environ.get("BENCH_GOAL", "")})
PYTHON
