#!/bin/sh
# Every benchmark. Ratios, since absolute times on shared machines mean little.
# usage: bench/run.sh [quick|full]; make bench takes it as BENCH=full
set -eu
size=${1:-${BENCH:-quick}}
cd "$(dirname "$0")"
grep -m 1 'model name' /proc/cpuinfo | sed 's/.*: //'
echo "$(nproc) threads"
case $size in
full)
    sh read.sh 1000000 5
    sh read.sh 10000000 3
    sh cluster.sh 200000 16 8
    sh cluster.sh 1000000 16 8 3
    ;;
quick)
    sh read.sh 200000 3
    sh cluster.sh 50000 16 8 3
    ;;
*)
    echo "run.sh: quick or full, not $size" >&2
    exit 64
    ;;
esac
sh kmeans_all.sh "$size"
sh linkage_all.sh "$size"
sh ltv_all.sh "$size"
