# Categories beside numbers: by NumPy, from the table and result.h5, each category column varies as
# much as the numbers do on average; and known segments are found that plain indicators of 0 and 1
# miss. Skipped without NumPy, pandas and h5py.
set -eu
python=/usr/bin/python3
"$python" -c 'import numpy, pandas, h5py' 2>/dev/null ||
    { echo "no $python with numpy, pandas and h5py" >&2; exit 77; }
mixed=$(dirname "$DATASETS")/tests/reference/mixed_data.py
"$python" "$mixed" write
for normalize in zscore none minmax robust; do
    "$BUYERMAP" cluster mixed.csv --weight w --truth truth --k 4 --normalize $normalize --quality none \
        --quiet --out $normalize >/dev/null
    "$python" "$mixed" check $normalize
done
# The indicators as numbers, which minmax leaves as they are.
ari() {
    "$BUYERMAP" cluster "$1" --exclude w --truth truth --k 4 --normalize minmax --quiet --out o >/dev/null
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "adjusted_rand") c = i }
        NR == 2 { print $c }' o/quality.csv
}
columns=$(ari mixed.csv)
indicators=$(ari indicators.csv)
awk -v a="$columns" -v b="$indicators" 'BEGIN {
    if (!(a > 0.75 && a > b + 0.2)) { print "adjusted Rand", a, "as columns,", b, "as 0 and 1"; exit 1 } }' >&2
