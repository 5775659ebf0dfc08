# A run that is killed at any moment and goes on from its checkpoint ends in the same bytes;
# checkpoints that are damaged, or of another run, are refused and left alone.
set -u
fail() {
    echo "$*" >&2
    [ ! -s err ] || cat err >&2
    exit 1
}
cluster() {
    "$BUYERMAP" cluster b.csv --exclude segment --k 6:9 --restarts 20 "$@" >out 2>err
}
same() {
    for file in plain/*; do
        [ "$file" = plain/run.json ] || cmp "$file" "$1/${file#plain/}" || fail "$1: other bytes"
    done
    [ ! -e "$1.checkpoint" ] || fail "$1.checkpoint was not removed"
}
"$BUYERMAP" generate buyers --buyers 21000 --columns 4 --out b.csv --quiet >/dev/null
cluster --out plain || fail "the plain run"
cluster --out plain2 --checkpoint 0.001 || fail "a run with checkpoints"
same plain2
cluster --out plain2 --resume || fail "--resume without a checkpoint"
grep -q 'no checkpoint "plain2.checkpoint": k-means begins anew' err || fail "it does not say so"
same plain2

# begin_killed DIR MOMENT ARGUMENTS…: kills the run a moment after its first checkpoint.
begin_killed() {
    dir=$1 moment=$2
    shift 2
    cluster --out "$dir" --checkpoint 0.001 "$@" &
    shell=$!
    tries=0
    while [ ! -e "$dir.checkpoint" ] || [ -n "$(find old -newer "$dir.checkpoint")" ]; do
        tries=$((tries + 1))
        [ $tries -lt 3000 ] && kill -0 $shell 2>/dev/null || return 0
        sleep 0.01
    done
    sleep "$moment"
    # The job's shell and the program in it.
    kill -9 $(ps -o pid= --ppid $shell) $shell 2>/dev/null
    wait $shell 2>/dev/null
    return 0
}
resumed=0
touch old
for moment in 0 0.1 0.03 0.2 0.37 0.011; do
    [ ! -e killed/run.json ] || break
    begin_killed killed $moment --resume --threads $((resumed % 2 + 1))
    ! grep -q refused err && ! grep -q '"code":65' out || fail "a checkpoint was not whole"
    resumed=$((resumed + $(grep -c 'goes on from "killed.checkpoint"' err)))
    sleep 0.01
    touch old
done
cluster --out killed --resume --threads 3 || fail "the run to the end"
[ $resumed -gt 0 ] || grep -q 'goes on from "killed.checkpoint"' err || fail "never went on"
same killed

# Damaged, foreign and other ones.
rm -rf killed
begin_killed killed 0.05
[ -s killed.checkpoint ] || fail "no checkpoint to damage"
cp killed.checkpoint good
refused() {
    code=$1 what=$2
    shift 2
    cp killed.checkpoint before
    cluster --out killed "$@"
    got=$?
    [ $got -eq "$code" ] || fail "$what: exit $got, not $code"
    grep -q "$what" err || fail "it does not say \"$what\""
    cmp killed.checkpoint before || fail "$what: the checkpoint was touched"
    [ ! -e killed ] || fail "$what: results"
}
refused 65 "of a run with other settings" --resume --seed 2
refused 65 "of a run with other settings" --resume --checkpoint 1 --normalize robust
sed '2d' b.csv >less.csv
mv b.csv all.csv && mv less.csv b.csv
refused 65 "of other inputs" --resume
mv all.csv b.csv
size=$(wc -c <good)
for length in 30 100 300 $((size - 1)); do
    head -c "$length" good >killed.checkpoint
    refused 65 "a damaged checkpoint" --resume
done
for place in 60 150 400 $((size - 70)) $((size - 1)); do
    cp good killed.checkpoint
    printf '\377' | dd of=killed.checkpoint bs=1 seek="$place" conv=notrunc 2>/dev/null
    refused 65 "a damaged checkpoint" --resume
done
echo "my notes" >killed.checkpoint
refused 65 "no checkpoint" --resume
refused 73 "no checkpoint" --checkpoint 1
ln -sf good killed.checkpoint
refused 73 "no checkpoint" --checkpoint 1
rm killed.checkpoint
cp good killed.checkpoint
cluster --out killed --resume || fail "the whole one"
same killed

# Only k-means has them; of two runs on one folder the second touches nothing.
cluster --out killed --method ward --checkpoint 1
[ $? -eq 64 ] || fail "ward takes checkpoints"
rm -rf killed
begin_killed killed 0
cp killed.checkpoint good
flock .killed.buyermap.lock "$BUYERMAP" cluster b.csv --out killed --resume --checkpoint 0.001 \
    >out 2>err
[ $? -eq 73 ] || fail "two runs at once"
cmp killed.checkpoint good || fail "the second run touched the checkpoint"
rm killed.checkpoint

# A checkpoint that cannot be written is a warning: here a folder takes its place.
cluster --out killed --checkpoint 0.001 &
pid=$!
while [ ! -e killed.checkpoint ] && kill -0 $pid 2>/dev/null; do sleep 0.01; done
until mkdir .killed.buyermap.checkpoint 2>/dev/null; do :; done
wait $pid || fail "the run did not outlive its checkpoint"
grep -q 'warning: no checkpoint: cannot create "killed.checkpoint"' err || fail "no warning"
same killed
