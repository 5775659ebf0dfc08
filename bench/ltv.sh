#!/bin/sh
# nbd, bgnbd, mbgnbd, paretonbd and gamma_gamma with standard errors, and each buyer's predictions,
# by buyermap and by NumPy and SciPy, on the same table of (x, t_x, T, m_x).
# usage: bench/ltv.sh [N] [ROUNDS]        of buyermap, whose median counts; the peer runs once
# BENCH_PEER=none: buyermap alone. BENCH_MOST_SECONDS (reading apart), BENCH_MOST_MB: what it may
# take. BENCH_THREADS, BENCH_DATA, BENCH_FIGURES as in bench/kmeans.sh
set -eu
n=${1:-10000} rounds=${2:-1} threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh
. "$root/bench/ltv_data.sh"
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"

data=$(ltv_summary "$n")
round=0
while [ "$round" -lt "$rounds" ]; do
    "$root/buyermap" ltv "$data" --summary --models nbd,bgnbd,mbgnbd,paretonbd --horizon 52 \
        --threads "$threads" --quiet --out "ours$round" >/dev/null
    echo "$(sed -n 's/.*"lifetime_seconds": \([0-9.e-]*\).*/\1/p' "ours$round/run.json") ours$round"
    round=$((round + 1))
done | sort -g >times
ours=$(sed -n "$(((rounds + 1) / 2))s/.* //p" times)
if [ "${BENCH_PEER:-numpy}" = none ]; then
    /usr/bin/python3 "$root/bench/ltv_report.py" one "$ours" "$n"
    exit
fi
/usr/bin/python3 "$root/bench/peers/ltv_numpy.py" "$data" 52 >theirs.json
/usr/bin/python3 "$root/bench/ltv_report.py" beside "$ours" theirs.json "$n"
