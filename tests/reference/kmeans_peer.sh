# The same start gives the same segments as scikit-learn's Lloyd: 50 settings of buyers, columns,
# segments and weights drawn at random, some clustered and some not, some with duplicates; labels
# equal, inertia to 1e-9. Skipped without scikit-learn.
set -eu
python=/usr/bin/python3
"$python" -c 'import sklearn, pandas' 2>/dev/null ||
    { echo "no $python with scikit-learn and pandas" >&2; exit 77; }
peer=$(dirname "$DATASETS")/tests/reference/kmeans_peer.py
"$python" "$peer" write
while read -r name k weight; do
    "$BUYERMAP" cluster "$name.csv" --columns "$(cut -d' ' -f"2-" "$name.columns")" $weight --k "$k" \
        --init "$name.init.csv" --normalize none --quality none --max-iterations 100000 \
        --tolerance 0 --quiet --out "$name" >/dev/null
done <settings
timeout 120 "$python" "$peer" compare
