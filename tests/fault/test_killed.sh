# kill -9 at any moment leaves the previous results whole; the next run clears what was staged.
set -u
printf 'id,a,b\n1,1,2\n2,3,4\n3,5,7\n4,9,9\n' >t.csv
"$BUYERMAP" cluster t.csv --k 2 --out o --quiet >/dev/null || exit 1
cp -r o small
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out big --quiet >/dev/null || exit 1
rm small/run.json big/run.json
i=0
while [ $i -lt 40 ]; do
    "$BUYERMAP" run "$DATASETS/weekly.yaml" --out o --quiet >/dev/null 2>&1 &
    pid=$!
    sleep "0.$(printf '%03d' $((i * 11)))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    rm -rf seen
    cp -r o seen
    [ -e seen/run.json ] || { echo "kill $i left no run.json" >&2; exit 2; }
    rm seen/run.json
    diff -r seen small >/dev/null || diff -r seen big >/dev/null ||
        { echo "kill $i left half a result" >&2; exit 3; }
    i=$((i + 1))
done
"$BUYERMAP" run "$DATASETS/weekly.yaml" --out o --quiet >/dev/null || exit 4
ls -A | grep -q 'o.buyermap' && exit 5
exit 0
