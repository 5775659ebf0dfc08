#!/bin/sh
# The benchmarks of lifetime models. usage: bench/ltv_all.sh [quick|full] [CASE…]
#   fits      beside NumPy and SciPy at 10,000, 100,000 and 1,000,000 buyers
#   cdnow     the CDNOW sample, 39 weeks, all models (skipped without BUYERMAP_DATA)
#   growth    time against buyers, up to 1,000,000
# full: into bench/ltv.csv and the table of bench/ltv.md. quick: a tenth of the buyers, into
# build/bench/: goals are of the full size, so quick only shows that all works.
set -eu
size=${1:-quick}
[ $# -gt 0 ] && shift
cd "$(dirname "$0")/.."
case $size in
full) scale=1 rounds=3 figures=bench/ltv.csv ;;
quick) scale=10 rounds=1 figures=build/bench/ltv.csv ;;
*)
    echo "ltv_all.sh: quick or full, not $size" >&2
    exit 64
    ;;
esac
rounds=${BENCH_ROUNDS:-$rounds} figures=${BENCH_FIGURES:-$figures}
case $figures in /*) ;; *) figures=$PWD/$figures ;; esac
mkdir -p "$(dirname "$figures")"
export BENCH_FIGURES="$figures" BENCH_THREADS="${BENCH_THREADS:-2}"
if [ -z "${BENCH_DATA:-}" ]; then
    BENCH_DATA=$(mktemp -d "${TMPDIR:-/tmp}/buyermap-data.XXXXXX")
    trap 'rm -rf "$BENCH_DATA"' EXIT
    trap 'exit 130' INT TERM
fi
export BENCH_DATA
[ $# -gt 0 ] || set -- cdnow fits growth
for name; do
    case $name in
    cdnow)
        orders=${BUYERMAP_DATA:-../shared/data}/clv/cdnow_sample_orders.csv
        [ -e "$orders" ] || { echo "no $orders"; continue; }
        ./buyermap ltv "$orders" --until 1997-09-30 --models nbd,bgnbd,mbgnbd,paretonbd \
            --threads "$BENCH_THREADS" --quiet --out "$BENCH_DATA/cdnow" >/dev/null
        BENCH_MOST_SECONDS=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=bench \
            /usr/bin/python3 bench/ltv_report.py whole "$BENCH_DATA/cdnow" cdnow 2357
        rm -r "$BENCH_DATA/cdnow"
        ;;
    fits)
        sh bench/ltv.sh $((10000 / scale)) "$rounds"
        sh bench/ltv.sh $((100000 / scale)) "$rounds"
        BENCH_MOST_SECONDS=30 BENCH_MOST_MB=2147 sh bench/ltv.sh $((1000000 / scale)) 1
        ;;
    growth)
        sh bench/ltv_growth.sh "$rounds" $((100000 / scale)) $((200000 / scale)) \
            $((500000 / scale)) $((1000000 / scale))
        ;;
    *)
        echo "ltv_all.sh: no case $name" >&2
        exit 64
        ;;
    esac
done
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=bench /usr/bin/python3 bench/ltv_report.py render \
    "$figures" "${figures%.csv}.md"
echo "figures in $figures, table in ${figures%.csv}.md"
