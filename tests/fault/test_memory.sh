# A table takes the memory of its columns and at most 64 MiB more, whatever the size of its file; and
# one that is too large is refused before it is read.
case ${ASAN_OPTIONS:-}${TSAN_OPTIONS:-} in ?*) echo "sanitizers need memory" >&2; exit 77 ;; esac
set -eu
"$BUYERMAP" generate buyers --buyers 300000 --columns 16 --out wide.csv --quiet >/dev/null
gzip -1 -k wide.csv

# Bytes beyond 8 a cell of so many columns; stated in whole MiB over the allowed 64, or "within".
beyond() {
    peak=$(sed -n 's/.*"peak_memory_bytes": \([0-9]*\).*/\1/p' "$1/run.json")
    over=$(((peak - 300000 * 8 * $2) / 1048576 - 64))
    [ "$over" -le 0 ] && echo within || echo "$over MiB over"
}
"$BUYERMAP" inspect wide.csv --out all --quiet >/dev/null
beyond all 20
"$BUYERMAP" inspect wide.csv.gz --out packed --quiet >/dev/null
beyond packed 20
# Columns that are not used are not stored.
"$BUYERMAP" cluster wide.csv --id buyer_id --columns c1,c2 --k 2 --restarts 1 --quality none \
    --out few --quiet >/dev/null
beyond few 14 # two columns, ids, features and labels

for table in wide.csv wide.csv.gz; do
    code=0
    "$BUYERMAP" inspect "$table" --memory-limit 24M --quiet >out 2>&1 || code=$?
    sed -n 's/^buyermap: error: \(the table of about\) [0-9]* \(rows that .* holds needs\) [0-9.]* \(MiB, more.*\)/\1 N \2 N \3/p' out
    echo "exit $code"
done
