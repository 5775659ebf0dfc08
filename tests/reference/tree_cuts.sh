# Cuts by height and by inconsistency give SciPy's segments (fcluster), and the cophenetic
# correlation is SciPy's: 28 sets of buyers, all linkages, some with duplicates or Gower's distance.
# Skipped without SciPy.
set -eu
python=/usr/bin/python3
"$python" -c 'import scipy, pandas, h5py' 2>/dev/null ||
    { echo "no $python with scipy, pandas and h5py" >&2; exit 77; }
peer=$(dirname "$DATASETS")/tests/reference/tree_cuts.py
"$python" "$peer" write
row=0
while read -r number method columns cut; do
    # shellcheck disable=SC2086 # the cut is flags and values
    "$BUYERMAP" cluster "$number.csv" --columns "$columns" --method "$method" $cut \
        --normalize none --quiet --out "out$row" >/dev/null
    row=$((row + 1))
done <settings
timeout 120 "$python" "$peer" compare
