# DIR is replaced as a whole, only when buyermap wrote it, and by one run at a time.
set -u
printf 'id,a,b\n1,1,2\n2,3,4\n3,5,7\n4,9,9\n' >t.csv
"$BUYERMAP" rfm "$DATASETS/orders.csv.gz" --out o --quiet >/dev/null || exit 1
"$BUYERMAP" cluster t.csv --k 2 --out o --quiet >/dev/null || exit 2
[ ! -e o/rfm.csv ] && [ -e o/assignments.csv ] || exit 3
# A failed run leaves it whole.
cp -r o before
"$BUYERMAP" cluster t.csv --k 9 --out o --quiet >/dev/null 2>&1
[ $? -eq 69 ] && diff -r o before || exit 4
# So does a disk that is too small: files may have 1 KiB at most. ThreadSanitizer cannot start so.
if [ -z "${TSAN_OPTIONS:-}" ]; then
    (ulimit -f 2; "$BUYERMAP" run "$DATASETS/weekly.yaml" --out o --quiet >/dev/null 2>err)
    [ $? -eq 74 ] && diff -r o before || exit 5
fi
# Foreign files are not touched.
echo mine >o/mine.txt
"$BUYERMAP" cluster t.csv --k 2 --out o --quiet >/dev/null 2>err
[ $? -eq 73 ] && grep -q mine.txt err && [ -e o/mine.txt ] || exit 6
[ -z "$(ls -A | grep staging)" ] || exit 7
# A second run on the same DIR.
mkfifo slow
"$BUYERMAP" cluster slow --k 2 --out p --quiet >/dev/null 2>&1 &
first=$!
exec 3>slow
sleep 0.3
"$BUYERMAP" cluster t.csv --k 2 --out p --quiet >/dev/null 2>err
[ $? -eq 73 ] && grep -q another err || exit 8
cat t.csv >&3
exec 3>&-
wait $first || exit 9
[ -e p/assignments.csv ] || exit 10
# So do two inspects that write.
"$BUYERMAP" inspect slow --out q >/dev/null 2>&1 &
first=$!
exec 3>slow
sleep 0.3
"$BUYERMAP" inspect t.csv --out q >out 2>err
[ $? -eq 73 ] && grep -q another err && grep -q '"code":73' out || exit 11
cat t.csv >&3
exec 3>&-
wait $first && [ -e q/inspect.csv ] || exit 12
