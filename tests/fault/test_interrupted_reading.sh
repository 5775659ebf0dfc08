# Ctrl-C and SIGTERM while an input is read: 130 and 143 within half a second, nothing written, no
# file and no process left. The signal goes to the whole process group, as from a terminal.
set -u
limit=500 # milliseconds
case ${ASAN_OPTIONS:-}${TSAN_OPTIONS:-} in ?*) limit=10000 ;; esac
yes 12345,1.5,2.5 | head -c 100000000 >plain.csv
# 1 GB of rows in many members of a few KB each.
yes 1,2,3 | head -c 1200000 | gzip -1 >member.gz
for i in 1 2 3 4 5 6 7 8 9 10; do cat member.gz; done >ten.gz
for i in 1 2 3 4 5 6 7 8 9; do cat ten.gz ten.gz ten.gz ten.gz ten.gz ten.gz ten.gz ten.gz ten.gz ten.gz; done >packed.csv.gz
rm member.gz ten.gz
"$BUYERMAP" generate buyers --buyers 100000 --columns 8 --out table.h5 --quiet >/dev/null || exit 1
mkfifo stalled nobody
ls -A >names
ls -A >names

now() {
    date +%s%N
}

# group_of PID: the processes of its group that live, but for those that only wait to be counted.
group_of() {
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^.*) //' | awk -v group="$1" '$3 == group && $1 != "Z"'
}

# interrupt SIGNAL CODE MOMENT INPUT: interrupted that many seconds after the run has begun.
interrupt() {
    setsid "$BUYERMAP" cluster $4 --header no --k 2 --out o >out 2>err &
    pid=$!
    tries=0
    while [ ! -e .o.buyermap.staging ]; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] && kill -0 $pid 2>/dev/null || { echo "$4: the run never began: $(cat err)" >&2; exit 1; }
        sleep 0.005
    done
    sleep "$3"
    since=$(now)
    kill -"$1" -$pid || { echo "$4: the run was over before SIG$1" >&2; exit 2; }
    wait $pid
    code=$?
    took=$((($(now) - since) / 1000000))
    [ $code -eq "$2" ] && grep -q "\"code\":$2" out && grep -q 'nothing was written' err ||
        { echo "$4: SIG$1: exit $code: $(cat err)" >&2; exit 3; }
    [ $took -le $limit ] || return 1
    # The reader of HDF5 ends with the program, a moment later at most.
    tries=0
    while [ -n "$(group_of $pid)" ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo "$4: SIG$1 left a process: $(group_of $pid)" >&2; exit 4; }
        sleep 0.01
    done
    rm out err
    ls -A | diff names - >&2 || { echo "$4: SIG$1 left files" >&2; exit 5; }
}

# On a busy machine something else may have had the processors: three tries.
for stop in INT:130:0 TERM:143:0.05 INT:130:0.15; do
    signal=${stop%%:*} moment=${stop##*:} code=${stop#*:}
    for input in plain.csv packed.csv.gz table.h5 stalled nobody; do
        # A pipe that gives a little, and then nothing more; and one that nobody ever writes to.
        sleeper=
        [ $input != stalled ] || { { echo 1,2,3; exec sleep 100; } >stalled & sleeper=$!; }
        interrupt $signal ${code%%:*} $moment $input || interrupt $signal ${code%%:*} $moment $input ||
            interrupt $signal ${code%%:*} $moment $input ||
            { echo "$input: SIG$signal took $took ms" >&2; exit 6; }
        [ -z "$sleeper" ] || kill $sleeper
    done
done
