# Under a --memory-limit that has no room for the table and its matrix, both lie in files and are
# streamed: the same bytes in every table, and memory that stays below the limit. What cannot work so
# is refused with the figures.
set -eu
limit=98
"$BUYERMAP" generate buyers --buyers 200000 --columns 32 --segments 4 --out t.h5 --quiet >/dev/null
common="--exclude region,role,company_size --truth segment --k 3 --restarts 2 --max-iterations 4
        --quality none"

# run NAME FLAGS: both ways.
both() {
    name=$1
    shift
    "$BUYERMAP" cluster t.h5 $common "$@" --out "$name" --quiet >/dev/null 2>&1
    "$BUYERMAP" cluster t.h5 $common "$@" --out "$name-streamed" --memory-limit ${limit}M \
        --progress none >/dev/null 2>told
    grep -q 'kept in a file and streamed' told
    for table in "$name"/*.csv "$name/result.h5"; do
        cmp "$table" "$name-streamed/${table##*/}"
    done
    peak=$(sed -n 's/.*"peak_memory_bytes": \([0-9]*\).*/\1/p' "$name-streamed/run.json")
    held=$(sed -n 's/.*"peak_memory_bytes": \([0-9]*\).*/\1/p' "$name/run.json")
    # A sanitizer's own memory says nothing.
    case ${ASAN_OPTIONS:-}${TSAN_OPTIONS:-} in ?*) peak=0 ;; esac
    # The worker that reads HDF5 takes some 20 MiB of its own, and is gone before the clustering.
    echo "$name: below the limit: $([ "$peak" -lt $((limit * 1048576)) ] && echo yes || echo "$peak")," \
        "below the other: $([ "$peak" -lt "$held" ] && echo yes || echo "$held")"
    rm -r "$name" "$name-streamed"
}
both yeojohnson --normalize yeojohnson --threads 1
both random --normalize none --init random --weight c1 --threads 3
[ -z "$(ls -A | grep -v '^t.h5$\|^told$' || true)" ] || ls -A

# What needs the rows at once, or does not fit at all.
fails() {
    code=0
    "$BUYERMAP" cluster t.h5 --exclude region,role,company_size,segment --out refused --quiet --threads 2 "$@" \
        >out 2>&1 || code=$?
    echo "exit $code: $(sed -n 's/.*"message":"\(.*\)"}/\1/p' out | tail -n 1)"
    [ ! -e refused ]
}
fails --method ward --memory-limit 100M
for limit in 1G 4G; do
    fails --method average --memory-limit $limit | sed 's/at most [0-9]* fit/at most … fit/'
done
fails --k 3 --memory-limit 70M
# No room for the file: as on a full disk.
(
    ulimit -f 10000
    fails --k 3 --memory-limit ${limit}M
)
