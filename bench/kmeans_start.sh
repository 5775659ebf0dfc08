#!/bin/sh
# Starts of k-means alone, by libbuyermap.a of the last build and by scikit-learn's kmeans_plusplus,
# in turns on the same rows, and the sum of squared distances that either leaves.
# usage: bench/kmeans_start.sh [ROWS] [FEATURES] [K] [float|double] [blobs|lognormal] [plus_plus|parallel] [ROUNDS]
set -eu
n=${1:-1000000} d=${2:-16} k=${3:-32} precision=${4:-float} kind=${5:-lognormal} how=${6:-plus_plus}
rounds=${7:-5} threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
scratch=$(mktemp -d "${TMPDIR:-/tmp}/buyermap-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
cd "$scratch"
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads" PYTHONDONTWRITEBYTECODE=1
peer="/usr/bin/python3 $root/bench/peers/kmeans_start.py"
cc -O2 -std=c11 -D_GNU_SOURCE -fopenmp -I"$root/include" -I"$root/src" -o ours \
    "$root/bench/kmeans_start.c" "$root/libbuyermap.a" -lopenblas -lgsl -lm
$peer make rows "$n" "$d" "$precision" "$kind"
round=1
while [ "$round" -le "$rounds" ]; do
    echo "$(./ours rows "$n" "$d" "$k" "$precision" "$how" "$round" "$threads")" \
        "$($peer run rows "$n" "$d" "$k" "$precision" "$round")" >>rounds
    round=$((round + 1))
done
/usr/bin/python3 - "$n x $d, k = $k, $precision, $kind, $how" <<'PYTHON'
import statistics
import sys

rounds = [[float(x) for x in line.split()] for line in open("rounds")]


def median(of):
    return statistics.median(of(*r) for r in rounds)


print("start %s, medians of %d: buyermap %.4f s, scikit-learn %.4f s, ratio %.1f; left %.4g, %.4g" % (
    sys.argv[1], len(rounds), median(lambda s, p, t, q: s), median(lambda s, p, t, q: t),
    median(lambda s, p, t, q: t / s), median(lambda s, p, t, q: p), median(lambda s, p, t, q: q)))
PYTHON
