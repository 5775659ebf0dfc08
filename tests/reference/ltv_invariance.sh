# What must not depend on how a table is written: buyers of BG/NBD, one of them with 100,000 orders,
# in units a million times as short and as long, by days and by weeks, weighted and repeated,
# shuffled, over one thread and three; and the estimates beside ltv_oracle.py. Skipped without SciPy.
set -eu
python=/usr/bin/python3
"$python" -c 'import scipy' 2>/dev/null || { echo "no $python with scipy" >&2; exit 77; }
export PYTHONDONTWRITEBYTECODE=1
check=$(dirname "$DATASETS")/tests/reference/ltv_invariance.py
"$python" "$check" write
while read -r name flags; do
    # shellcheck disable=SC2086
    "$BUYERMAP" ltv "${name%%-*}.csv" --summary $flags --quiet --out "$name.out" >/dev/null
done <runs
for table in models buyers segments; do
    cmp "plain.out/ltv_$table.csv" "plain-threads.out/ltv_$table.csv"
done
cmp plain.out/ltv_models.csv shuffled.out/ltv_models.csv
timeout 200 "$python" "$check" compare
