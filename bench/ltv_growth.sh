#!/bin/sh
# How the time of all models and predictions grows with buyers: lifetime_seconds at each N, in
# turns, and the power of n that fits the medians by least squares of the logarithms.
# usage: bench/ltv_growth.sh ROUNDS N…
# BENCH_THREADS, BENCH_DATA, BENCH_FIGURES as in bench/kmeans.sh
set -eu
rounds=$1
shift
threads=${BENCH_THREADS:-2}
cd "$(dirname "$0")/.."
root=$PWD
. bench/data.sh
. "$root/bench/ltv_data.sh"

round=0
while [ "$round" -lt "$rounds" ]; do
    for n; do
        "$root/buyermap" ltv "$(ltv_summary "$n")" --summary --threads "$threads" \
            --models nbd,bgnbd,mbgnbd,paretonbd --quiet --out map >/dev/null
        /usr/bin/python3 "$root/bench/ltv_report.py" one map "$n" >>rounds
    done
    round=$((round + 1))
done
/usr/bin/python3 "$root/bench/ltv_report.py" growth rounds
