#!/bin/sh
# The k-means benchmarks that have a goal, and the chart of their ratios.
# usage: bench/kmeans_all.sh [quick|full] [CASE…]      no CASE: all of them
#   iterate8 iterate32 iterate128 wide   a Lloyd iteration, ROWS × 16 (wide: × 64, k = 64)
#   large8 large32                       the same at LARGE × 16, with peak memory
#   converge32 converge128               until no label changes, lognormal data
#   double32 start32                     double precision; k-means++ alone
#   silhouette centroids                 quality indices
#   growth                               time against buyers, ROWS to 10 × ROWS
#   weekly                               the weekly job
# full: ROWS 1,000,000, LARGE 10,000,000, medians of 5, into bench/kmeans.csv and kmeans.svg; an hour
# and a half, two thirds of it for pandas and scikit-learn. quick: a tenth of the rows and medians
# of 3, into build/bench/kmeans.csv: goals are of the full size, so quick only shows that all works.
# BENCH_ROWS, BENCH_LARGE, BENCH_ROUNDS, BENCH_FIGURES, BENCH_THREADS, BENCH_DATA override.
# A case's rows replace those it had, so that cases can be run one by one.
set -eu
size=${1:-quick}
[ $# -gt 0 ] && shift
cd "$(dirname "$0")/.."
case $size in
full) rows=1000000 rounds=5 figures=bench/kmeans.csv ;;
quick) rows=100000 rounds=3 figures=build/bench/kmeans.csv ;;
*)
    echo "kmeans_all.sh: quick or full, not $size" >&2
    exit 64
    ;;
esac
rows=${BENCH_ROWS:-$rows} rounds=${BENCH_ROUNDS:-$rounds}
large=${BENCH_LARGE:-$((rows * 10))}
figures=${BENCH_FIGURES:-$figures}
case $figures in /*) ;; *) figures=$PWD/$figures ;; esac
mkdir -p "$(dirname "$figures")"
export BENCH_FIGURES="$figures" BENCH_THREADS="${BENCH_THREADS:-2}"
if [ -z "${BENCH_DATA:-}" ]; then
    BENCH_DATA=$(mktemp -d "${TMPDIR:-/tmp}/buyermap-data.XXXXXX")
    trap 'rm -rf "$BENCH_DATA"' EXIT
    trap 'exit 130' INT TERM
fi
export BENCH_DATA

lloyd() { # GOAL N D K PRECISION MODE KINDS
    for kind in $7; do
        BENCH_GOAL=$1 sh bench/kmeans.sh "$2" "$3" "$4" "$kind" "$5" "$6" "$rounds"
    done
}
run() {
    case $1 in
    iterate8) lloyd 5 "$rows" 16 8 single 20 "g l" ;;
    iterate32) lloyd 5 "$rows" 16 32 single 20 "g l" ;;
    iterate128) lloyd 4.5 "$rows" 16 128 single 20 "g l" ;;
    wide) lloyd 3 "$rows" 64 64 single 20 "g l" ;;
    large8) lloyd 3.5 "$large" 16 8 single 20 "g l" ;;
    large32) lloyd 4.5 "$large" 16 32 single 20 "g l" ;;
    converge32) lloyd 6 "$rows" 16 32 single all l ;;
    converge128) lloyd 5 "$rows" 16 128 single all l ;;
    double32) lloyd 4 "$rows" 16 32 double 20 "g l" ;;
    start32) lloyd 10 "$rows" 16 32 single start "g l" ;;
    silhouette) BENCH_GOAL=10 sh bench/quality.sh silhouette "$((rows < 20000 ? rows : 20000))" 8 "$rounds" ;;
    centroids) BENCH_GOAL=10 sh bench/quality.sh centroids "$rows" 8 "$rounds" ;;
    growth) BENCH_GOAL=1.03 sh bench/growth.sh "$rows" 32 l single 20 "$rounds" ;;
    weekly)
        BENCH_GOAL=15 sh bench/weekly.sh "$rows" l "$([ "$size" = full ] && echo "$rounds" || echo 1)"
        ;;
    *)
        echo "kmeans_all.sh: no case $1" >&2
        exit 64
        ;;
    esac
}

[ $# -gt 0 ] || set -- iterate8 iterate32 iterate128 wide large8 large32 converge32 converge128 \
    double32 start32 silhouette centroids growth weekly
read -r load _ </proc/loadavg
echo "load of the machine before: $load"
for name; do
    run "$name"
done
chart=${figures%.csv}.svg
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 bench/chart.py "$figures" "$chart"
echo "figures in $figures, chart in $chart"
