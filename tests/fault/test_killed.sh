# kill -9 at any moment leaves the previous results whole; the next run clears what was staged. Two
# jobs take turns, every table of which differs, so that a mixture of old and new would show; the
# kills are spread over the time that a run takes here, half of them over its last third, where the
# results are written and exchanged.
set -u
kills=40
run() {
    "$BUYERMAP" run "$DATASETS/weekly.yaml" --set "cluster.k=$1" --out "$2" --quiet
}
nanoseconds() {
    date +%s%N
}
for k in 4 5; do
    run $k $k >/dev/null || exit 1
done
for table in assignments segments segment_profile quality iterations concentration \
    cohort_retention; do
    ! cmp -s 4/$table.csv 5/$table.csv || { echo "$table cannot tell the two apart" >&2; exit 1; }
done
began=$(nanoseconds)
for k in 4 5 4; do
    run $k o >/dev/null || exit 1
done
duration=$((($(nanoseconds) - began) / 3000)) # microseconds; o is of 4 now

# state_of FOLDER: 4 or 5, all of whose files it has, or nothing. Beside the same tables, run.json
# must be of the result.h5 it stands with.
state_of() {
    for k in 4 5; do
        if diff -r -q -x run.json "$1" $k >/dev/null &&
            grep -q "$(sha256sum "$1/result.h5" | cut -d ' ' -f 1)" "$1/run.json"; then
            echo $k
            return
        fi
    done
}
[ "$(state_of o)" = 4 ] || { echo "two runs of one job differ" >&2; exit 1; }
current=4 killed=0 replaced=0 i=0
while [ $i -lt $kills ]; do
    next=$((9 - current))
    # 0 … 66 % in the even rounds, 66 … 105 % in the odd ones.
    if [ $((i % 2)) -eq 0 ]; then
        moment=$((duration * 66 * i / kills / 100))
    else
        moment=$((duration * 66 / 100 + duration * 39 * i / kills / 100))
    fi
    # Not run(): the kill would only hit the shell around it.
    "$BUYERMAP" run "$DATASETS/weekly.yaml" --set "cluster.k=$next" --out o --quiet \
        >/dev/null 2>&1 &
    pid=$!
    sleep "$((moment / 1000000)).$(printf '%06d' $((moment % 1000000)))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -ne 137 ] || killed=$((killed + 1))
    found=$(state_of o)
    if [ "$found" != $current ] && [ "$found" != $next ]; then
        echo "kill $i, after $moment us, left neither the old result nor the new one" >&2
        exit 2
    fi
    [ "$found" = $current ] || replaced=$((replaced + 1))
    current=$found
    i=$((i + 1))
done
# A test that kills after the fact would find nothing.
[ $killed -ge $((kills / 3)) ] || { echo "only $killed of $kills runs were killed" >&2; exit 3; }
run 4 o >/dev/null || exit 4
[ "$(state_of o)" = 4 ] || exit 5
[ -z "$(ls -A | grep -v -x -e 4 -e 5 -e o)" ] || { echo "left behind: $(ls -A)" >&2; exit 6; }
echo "$killed killed, $replaced replaced" >&2
