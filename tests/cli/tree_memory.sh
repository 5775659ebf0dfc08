# Trees that do not fit are refused before they start, with the bytes, how many buyers would fit and
# what else would do; nine tenths of as many do fit.
set -u
awk 'BEGIN {
    srand(3)
    print "id,a,b"
    for (i = 0; i < 140000; i++)
        printf "B%d,%.6f,%.6f\n", i, rand(), rand()
}' >t.csv
head -n 2001 t.csv >small.csv
"$BUYERMAP" cluster small.csv --k 2 --out o --quiet >/dev/null || exit 1
cp -r o before

# refused LIMIT METHOD: 71 in no time, old results whole.
refused() {
    timeout 20 "$BUYERMAP" cluster t.csv --method "$2" --k 5 --memory-limit "$1" --threads 2 --out o \
        --quiet >out 2>err
    code=$?
    [ $code -eq 71 ] && grep -q '"code":71' out || { echo "$2 in $1: exit $code" >&2; exit 2; }
    diff -r o before >&2 && [ -z "$(ls -A | grep staging)" ] || exit 3
    message=$(cat err)
    case $message in
    *"$2"*--memory-limit* | *clustering*--memory-limit*) ;;
    *) echo "$2 in $1: no word of the method or the flag: $message" >&2; exit 4 ;;
    esac
}
for method in complete average weighted; do
    refused 100M $method
    # 140,000 buyers are 9.8 thousand million pairs: 73 GiB of doubles.
    for word in '140000 buyers' 'at most [0-9]' '[0-9] GiB' kmeans; do
        echo "$message" | grep -q "$word" || { echo "$method: no $word: $message" >&2; exit 5; }
    done
    fits=$(echo "$message" | sed -n 's/.*at most \([0-9]*\) .*/\1/p')
    [ "$fits" -gt 1000 ] && [ "$fits" -lt 10000 ] || { echo "$method: $fits would fit?" >&2; exit 6; }
    # The figure is of the tree alone; the rest of a run needs a little, too.
    fits=$((fits * 9 / 10))
    head -n $((fits + 1)) t.csv >fits.csv
    "$BUYERMAP" cluster fits.csv --method $method --k 5 --memory-limit 100M --quality none \
        --threads 2 --out fits --quiet >/dev/null || { echo "$method of $fits" >&2; exit 7; }
    rm -r fits fits.csv
done
# Where only the square of a small table does not fit, its tree is grown without one.
head -n 4001 t.csv >fits.csv
for limit in 20M 400M; do
    "$BUYERMAP" cluster fits.csv --method ward --k 5 --memory-limit $limit --quality none \
        --threads 2 --out fits-$limit >/dev/null 2>err || { cat err >&2; exit 10; }
    grep -c 'no room for' err >said-$limit
done
[ "$(cat said-20M)" = 1 ] && [ "$(cat said-400M)" = 0 ] || exit 11
cmp fits-20M/assignments.csv fits-400M/assignments.csv >&2 || exit 12
rm -r fits-* fits.csv
# Trees without a matrix need some hundred bytes a buyer.
for method in ward single centroid median; do
    refused 24M $method
done
"$BUYERMAP" cluster t.csv --method complete --k 5 --memory-limit 100M --dry-run >plan 2>&1 || exit 8
grep -q 'memory: .* GiB' plan || { cat plan >&2; exit 9; }
