# Ctrl-C and SIGTERM: 130 and 143, at once, nothing written. The work is endless (restarts) or long
# (centroid linkage); a signal comes as soon as the run has begun, or a moment later.
set -u
printf 'id,a\n' >t.csv
awk 'BEGIN { srand(7); for (i = 0; i < 9000; i++) print i "," rand() }' >>t.csv

# interrupt SIGNAL CODE MOMENT ARGUMENTS…
interrupt() {
    signal=$1 code=$2 moment=$3
    shift 3
    "$BUYERMAP" cluster t.csv "$@" --out o >out 2>err &
    pid=$!
    tries=0
    while [ ! -e .o.buyermap.staging ]; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] && kill -0 $pid 2>/dev/null ||
            { echo "the run never began" >&2; kill -9 $pid 2>/dev/null; exit 1; }
        sleep 0.01
    done
    sleep "$moment"
    kill -"$signal" $pid || { echo "the run was over before SIG$signal" >&2; exit 2; }
    wait $pid
    got=$?
    [ $got -eq "$code" ] || { echo "SIG$signal: exit $got, not $code" >&2; exit 3; }
    [ ! -e o ] && [ -z "$(ls -A | grep -v -e '^t.csv$' -e '^out$' -e '^err$')" ] ||
        { echo "SIG$signal left $(ls -A)" >&2; exit 4; }
    grep -q "\"code\":$code" out || exit 5
}
for stop in INT:130 TERM:143; do
    interrupt "${stop%:*}" "${stop#*:}" 0 --method centroid --k 3 --threads 1
    for threads in 1 2; do
        interrupt "${stop%:*}" "${stop#*:}" 0.3 --k 12 --restarts 100000 --threads $threads
    done
done
