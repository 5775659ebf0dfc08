# What the system does to an input, or to a stream: message and exit code each, nothing left behind.
set -u
printf 'id,a,b\n1,1,2\n2,3,4\n3,5,7\n4,9,9\n' >t.csv
awk 'BEGIN { print "id,x"; for (i = 0; i < 150000; i++) print i "," i % 977 }' >big.csv
gzip -c big.csv >big.csv.gz
mkdir folder
ln -s nowhere dangling
ln -s loop loop
gzip -c t.csv >t.csv.gz
{ cat t.csv.gz; echo tail; } >tail.gz
gzip -c t.csv.gz >twice.gz
{ cat t.csv.gz; head -c 40 t.csv.gz; } >member.gz
head -c 5000 big.csv.gz >short.gz
gzip </dev/null >empty.gz
: >before
ls -A >before

# fails CODE WORDS ARGUMENTS…: inspect of these says the words and leaves nothing.
fails() {
    code=$1 words=$2
    shift 2
    "$BUYERMAP" inspect "$@" --out o >out 2>err
    got=$?
    [ $got -eq "$code" ] && grep -q "$words" err && grep -q "\"code\":$code" out ||
        { echo "$*: exit $got, not $code with $words: $(cat err)" >&2; exit 1; }
    [ ! -e o ] || { echo "$*: results were written" >&2; exit 2; }
}
fails 66 'nowhere.csv: No such file or directory' nowhere.csv
fails 66 'dangling: No such file or directory' dangling
fails 66 'loop: Too many levels of symbolic links' loop
fails 66 't.csv/x: Not a directory' t.csv/x
fails 66 'folder: is a directory' folder
fails 65 '/dev/null: the file is empty' /dev/null
fails 65 'empty.gz: the file is empty' empty.gz
fails 65 'short.gz: truncated or damaged gzip' short.gz
fails 65 'tail.gz: truncated or damaged gzip' tail.gz
fails 65 'member.gz: truncated or damaged gzip' member.gz
fails 65 'twice.gz: is packed twice' twice.gz
if python=/usr/bin/python3 && "$python" -c 1 2>/dev/null; then
    "$python" -c 'import socket; socket.socket(socket.AF_UNIX).bind("door")'
    fails 66 'door: No such device or address' door
    rm door
fi

# Pipes: one that closes early, and no room for its copy. ThreadSanitizer cannot start with a limit.
head -c 5000 big.csv.gz | fails 65 'truncated or damaged gzip' /dev/stdin || exit 3
: | fails 65 'the file is empty' /dev/stdin || exit 4
if [ -z "${TSAN_OPTIONS:-}" ]; then
    for input in big.csv big.csv.gz; do
        cat $input | (ulimit -f 200; fails 74 'no room for a copy of what the pipe gives' /dev/stdin) || exit 5
    done
fi

# Who may not read, or write here. Root may do everything, and becomes nobody first.
nobody=
if [ "$(id -u)" -eq 0 ]; then
    nobody="setpriv --reuid=65534 --regid=65534 --clear-groups"
    chmod 755 .
fi
cp t.csv secret.csv
chmod 0 secret.csv
if [ -z "$nobody" ] || $nobody "$BUYERMAP" --version >/dev/null 2>&1; then
    $nobody "$BUYERMAP" inspect "$PWD/secret.csv" >out 2>err
    [ $? -eq 66 ] && grep -q 'secret.csv: Permission denied' err || { cat err >&2; exit 6; }
    mkdir locked
    chmod 555 locked
    $nobody "$BUYERMAP" cluster "$PWD/t.csv" --k 2 --out "$PWD/locked/o" >out 2>err
    [ $? -eq 73 ] && grep -q 'locked/o": Permission denied' err || { cat err >&2; exit 7; }
    chmod 755 locked
    rmdir locked || exit 8
fi
rm secret.csv

# stdout that is full, closed, or a pipe that nobody reads: an I/O error, also of what only tells.
for words in 'inspect t.csv' 'cluster t.csv --k 2 --out o' 'cluster t.csv --dry-run' 'inspect t.csv --job' '--version' 'help'; do
    for stdout in /dev/full - gone; do
        case $stdout in
        -) "$BUYERMAP" $words --quiet >&- 2>err ;;
        gone) { sleep 0.05; "$BUYERMAP" $words; echo $? >code; } 2>err | : ;;
        *) "$BUYERMAP" $words >$stdout 2>err ;;
        esac
        got=$?
        [ $stdout != gone ] || { while [ ! -s code ]; do sleep 0.02; done; got=$(cat code); rm code; }
        [ $got -eq 74 ] && grep -q 'cannot write to stdout' err ||
            { echo "$words >$stdout: exit $got: $(cat err)" >&2; exit 9; }
    done
done
# Results were written whole before; closed streams never become one of their files.
"$BUYERMAP" cluster t.csv --k 2 --out whole >/dev/null 2>&1 || exit 10
"$BUYERMAP" cluster t.csv --k 2 --out o >&- 2>&- <&-
[ $? -eq 74 ] && diff -r -x run.json whole o || exit 11
"$BUYERMAP" cluster t.csv --k 2 --out o 2>&- >out && grep -q '"status":"ok"' out && diff -r -x run.json whole o || exit 12

# A disk that fills while results are written. Only root can have such a small one.
if [ "$(id -u)" -eq 0 ] && mkdir disk && mount -t tmpfs -o size=4m tmpfs disk 2>/dev/null; then
    trap 'umount disk' EXIT
    "$BUYERMAP" run "$DATASETS/weekly.yaml" --out disk/o --quiet >/dev/null || exit 13
    cp -r disk/o kept
    for rest in 20 100; do
        # There is room for some of the files beside the first results.
        rm -f disk/ballast
        free=$(df -k --output=avail disk | tail -n 1)
        head -c $(((free - rest) * 1024)) /dev/zero >disk/ballast 2>/dev/null
        "$BUYERMAP" run "$DATASETS/weekly.yaml" --out disk/o --quiet >out 2>err
        got=$?
        [ $got -eq 74 ] && grep -q 'No space left on device; free some space' err ||
            { echo "full disk: exit $got: $(cat err)" >&2; exit 14; }
        diff -r disk/o kept && [ "$(ls -A disk)" = "$(printf 'ballast\no')" ] ||
            { echo "full disk left $(ls -A disk)" >&2; exit 15; }
    done
    umount disk
    trap - EXIT
    rm -r kept
fi
rm -rf disk o whole out err
ls -A | diff before - || { echo "left behind" >&2; exit 16; }
