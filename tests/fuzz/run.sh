#!/bin/sh
# Runs every fuzzer of a build for some seconds. usage: tests/fuzz/run.sh BUILD SECONDS
# Seeds are tests/fuzz/corpus/NAME and, for csv and csv_cells, $BUYERMAP_DATA/csv-torture; what a run finds is
# kept in BUILD/corpus/NAME, inputs that crash in BUILD/crashes.
set -eu
build=$1
seconds=$2
mkdir -p "$build/crashes"
status=0
for fuzzer in "$build"/tests/fuzz/fuzz_*; do
    [ -f "$fuzzer" ] && [ -x "$fuzzer" ] || continue
    name=${fuzzer##*/fuzz_}
    found=$build/corpus/$name
    mkdir -p "$found"
    set -- "tests/fuzz/corpus/$name"
    torture=${BUYERMAP_DATA:-../shared/data}/csv-torture
    case $name in
    csv*) [ ! -d "$torture" ] || set -- "$@" "$torture" ;;
    esac
    log=$build/fuzz_$name.log
    if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
        -print_final_stats=1 -artifact_prefix="$build/crashes/$name-" "$found" "$@" \
        >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "fuzz $name: $runs inputs in $seconds s, nothing found"
    else
        status=1
        echo "fuzz $name: FOUND, see $log and $build/crashes"
        grep -e 'ERROR' -e 'runtime error' -e 'does not hold' -e 'Test unit written' "$log" || :
    fi
done
exit $status
