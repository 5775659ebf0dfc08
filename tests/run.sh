#!/bin/sh
# Runs every test of a build and sums up. usage: tests/run.sh BUILD [PATTERN] [--update]
# Unit tests are cmocka binaries; a CLI test is tests/cli/NAME.sh, run in a folder of its own with
# $BUYERMAP, $DATASETS and $BUYERMAP_DATA set, whose stdout, stderr and exit code must equal
# NAME.stdout, NAME.stderr (each where it exists) and NAME.exit (0 without one).
set -u
build=$1
pattern=${2:-}
update=${3:-}
cd "$(dirname "$0")/.." || exit 1
root=$PWD
case $build in /*) ;; *) build=$root/$build ;; esac
case ${BUYERMAP_DATA:-../shared/data} in
/*) BUYERMAP_DATA=${BUYERMAP_DATA:-} ;;
*) BUYERMAP_DATA=$root/${BUYERMAP_DATA:-../shared/data} ;;
esac
BUYERMAP=$build/buyermap
DATASETS=$root/datasets
LC_ALL=C.UTF-8
export BUYERMAP_DATA BUYERMAP DATASETS LC_ALL
[ -d "$BUYERMAP_DATA" ] || echo "note: no data at BUYERMAP_DATA; tests that need it are skipped"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0 skipped=0

# The number before or after a word of cmocka's report.
count() {
    sed -n "s/^\[ *$1 *\].* \([0-9][0-9]*\) test(s).*/\1/p" "$scratch/log" | tail -n 1
}

run_unit() {
    name=${1#"$build"/tests/}
    if ! timeout 600 "$1" >"$scratch/log" 2>&1; then
        # A binary that dies has no report: it counts as one failure.
        f=$(count FAILED)
        p=$(count PASSED)
        [ -n "$f" ] || f=1
        failed=$((failed + f))
        passed=$((passed + ${p:-0}))
        echo "FAIL $name"
        grep -v '^\[ *\(RUN\|OK\) *\]' "$scratch/log" | tail -n 40 | sed 's/^/    /'
    else
        p=$(count PASSED)
        passed=$((passed + ${p:-0}))
        if [ -z "$p" ]; then
            failed=$((failed + 1))
            echo "FAIL $name: no report"
        fi
    fi
    s=$(count SKIPPED)
    skipped=$((skipped + ${s:-0}))
}

compare() {
    if [ "$update" = --update ]; then
        [ ! -e "$2" ] || cp "$1" "$2"
    elif [ -e "$2" ]; then
        diff -u "$2" "$1" >>"$scratch/log" || return 1
    fi
}

run_cli() {
    name=$(basename "$1" .sh)
    shown=${1#tests/}
    expected=${1%.sh}
    mkdir -p "$scratch/$name"
    : >"$scratch/log"
    (cd "$scratch/$name" && timeout 600 sh "$root/$1" >"$scratch/out" 2>"$scratch/err")
    code=$?
    want=0
    [ ! -e "$expected.exit" ] || want=$(cat "$expected.exit")
    if [ "$code" -eq 77 ]; then
        skipped=$((skipped + 1))
        echo "SKIP ${shown%.sh}: $(tail -n 1 "$scratch/err")"
    elif [ "$code" -ne "$want" ] || ! compare "$scratch/out" "$expected.stdout" ||
        ! compare "$scratch/err" "$expected.stderr"; then
        failed=$((failed + 1))
        if [ "$code" -eq "$want" ]; then
            echo "FAIL ${shown%.sh}: the output is not the one expected"
        else
            echo "FAIL ${shown%.sh}: exit $code, wanted $want"
        fi
        cat "$scratch/log" | sed 's/^/    /'
        tail -n 20 "$scratch/err" | sed 's/^/    stderr: /'
    else
        passed=$((passed + 1))
    fi
    rm -rf "${scratch:?}/$name"
}

for binary in $(find "$build/tests" -type f -name 'test_*' ! -name '*.*' 2>/dev/null | sort); do
    # A binary whose source is gone is not a test any more.
    [ -e "${binary#"$build"/}.c" ] || continue
    case $binary in *"$pattern"*) run_unit "$binary" ;; esac
done
for script in tests/cli/*.sh tests/fault/test_*.sh tests/reference/*.sh; do
    [ -e "$script" ] || continue
    case $script in *"$pattern"*) run_cli "$script" ;; esac
done

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
