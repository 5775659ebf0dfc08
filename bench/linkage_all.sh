#!/bin/sh
# The trees' benchmarks that have a goal. usage: bench/linkage_all.sh [quick|full] [CASE…]
# no CASE: all of them
#   ward20 ward100       Ward at 20,000 and 100,000 × 16 beside SciPy and fastcluster; 100,000 × 8
#   ward1m8 ward1m16     Ward from 100,000 to 1,000,000 buyers: time, memory, growth (no peer gets there)
#   single20             single linkage at 20,000 × 16 beside its peers
#   single1m             single linkage from 100,000 to 1,000,000 × 8
#   complete40 average40 40,000 × 16 beside fastcluster, memory beside one matrix
#   others20             weighted, centroid and median at 20,000 × 16
#   coarse               --coarse 5000 at 10,000,000 × 16; its cut beside the exact tree's
#   medoids              k-medoids beside R's cluster::pam
# full: medians of 3, into bench/linkage.csv and the table of bench/linkage.md; some two hours, of
# which the peers take half. quick: a tenth of the buyers, into build/bench/: goals are of the full
# size, so quick only shows that all works.
# BENCH_SCALE (buyers are divided by it), BENCH_ROUNDS, BENCH_KINDS ("g l"), BENCH_FIGURES,
# BENCH_THREADS, BENCH_DATA override. A case's rows replace those it had.
set -eu
size=${1:-quick}
[ $# -gt 0 ] && shift
cd "$(dirname "$0")/.."
case $size in
full) scale=1 rounds=3 figures=bench/linkage.csv ;;
quick) scale=10 rounds=1 figures=build/bench/linkage.csv ;;
*)
    echo "linkage_all.sh: quick or full, not $size" >&2
    exit 64
    ;;
esac
scale=${BENCH_SCALE:-$scale} rounds=${BENCH_ROUNDS:-$rounds} kinds=${BENCH_KINDS:-g l}
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

# Sets what holds for the next benchmark: goals beside peers, seconds, MB (500 MiB are 524 MB).
goals() {
    export BENCH_GOALS="$1" BENCH_MOST_SECONDS="${2:-}" BENCH_MOST_MB="${3:-}" BENCH_MATRIX="${4:-}"
}
tree() { # METHOD N D PEERS PEER_ROUNDS
    for kind in $kinds; do
        sh bench/linkage.sh "$1" $(($2 / scale)) "$3" "$kind" "$rounds" "$4" "$5"
    done
}
growth() { # METHOD D
    for kind in $kinds; do
        sh bench/linkage_growth.sh "$1" "$2" "$kind" "$rounds" $((100000 / scale)) \
            $((200000 / scale)) $((500000 / scale)) $((1000000 / scale))
    done
}
run() {
    export BENCH_CASE="$1"
    goals ""
    case $1 in
    ward20)
        goals scipy=30,vector=10
        tree ward 20000 16 scipy,fastcluster,vector "$rounds"
        ;;
    ward100)
        goals vector=15 "" 524
        tree ward 100000 16 vector 1
        goals "" 11.6 # a third of ParChain's 35 s
        tree ward 100000 8 none 0
        ;;
    ward1m8)
        goals "" 1200 2147
        growth ward 8
        ;;
    ward1m16)
        goals "" 1200 2147
        growth ward 16
        ;;
    single20)
        goals fastcluster=10
        tree single 20000 16 scipy,fastcluster,vector "$rounds"
        ;;
    single1m)
        goals "" 120 1073
        growth single 8
        ;;
    complete40 | average40)
        goals fastcluster=3 "" 314 1
        tree "${1%40}" 40000 16 fastcluster 1
        ;;
    others20)
        goals scipy=1,fastcluster=1
        tree weighted 20000 16 scipy,fastcluster 1
        goals scipy=1,fastcluster=1,vector=1
        tree centroid 20000 16 scipy,fastcluster,vector 1
        tree median 20000 16 scipy,fastcluster,vector 1
        ;;
    coarse)
        goals "" 120
        for kind in $kinds; do
            sh bench/linkage_coarse.sh $((5000 / scale)) $((10000000 / scale)) 16 "$kind" 8 \
                $((20000 / scale)) $((100000 / scale))
        done
        ;;
    medoids)
        goals pam=1
        for kind in $kinds; do
            sh bench/linkage_medoids.sh $((5000 / scale)) 16 "$kind" 10 "$rounds"
        done
        ;;
    *)
        echo "linkage_all.sh: no case $1" >&2
        exit 64
        ;;
    esac
}

[ $# -gt 0 ] || set -- ward20 ward100 ward1m8 ward1m16 single20 single1m complete40 average40 \
    others20 coarse medoids
read -r load _ </proc/loadavg
echo "load of the machine before: $load"
for name; do
    run "$name"
done
page=${figures%.csv}.md
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=bench /usr/bin/python3 bench/linkage_report.py render \
    "$figures" "$page"
echo "figures in $figures, table in $page"
