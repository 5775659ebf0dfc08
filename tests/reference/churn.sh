# churn, revenue_movements and cohort_means by pandas, from their definitions alone: generated orders,
# Online Retail and dbt's MRR fixture (skipped without them), and drawn contracts. Skipped without
# pandas.
set -eu
python=/usr/bin/python3
"$python" -c 'import pandas' 2>/dev/null || { echo "no $python with pandas" >&2; exit 77; }
churn=$(dirname "$DATASETS")/tests/reference/churn.py

# check_orders JOB LOG PERIOD ALIAS DAYS
check_orders() {
    "$BUYERMAP" run "$1" --set "inputs.orders.path=$2" --set "cohorts.period=$3" \
        --set "lifetime.churned_after_days=$5" --set cluster.k=3 --set cluster.quality=none \
        --set output.hdf5=false --quiet --out o >/dev/null
    "$python" "$churn" orders o "$2" "$4" "$5"
}
cat >orders.yaml <<'END'
inputs:
  orders: {path: orders.csv, buyer: buyer_id, date: ordered_at, amount: amount}
features: {use: [recency_days, frequency], normalize: log1p}
END
"$BUYERMAP" generate orders --buyers 900 --segments 3 --seed 3 --quiet --out orders.csv >/dev/null
check_orders orders.yaml "$PWD/orders.csv" month M 45
check_orders orders.yaml "$PWD/orders.csv" week W-SUN 12.5
check_orders orders.yaml "$PWD/orders.csv" quarter Q 90
check_orders orders.yaml "$PWD/orders.csv" day D 20

# check_contracts TABLE
check_contracts() {
    echo "inputs: {contracts: {path: \"$1\", buyer: customer_id, start: start_date, end: end_date," \
        "amount: monthly_amount}}" >contracts.yaml
    "$BUYERMAP" run contracts.yaml --quiet --out o >/dev/null
    "$python" "$churn" contracts o "$1"
}
"$python" "$churn" draw drawn.csv
check_contracts "$PWD/drawn.csv"

log=$BUYERMAP_DATA/transactions/online_retail.csv.gz
dbt=$BUYERMAP_DATA/transactions/dbt_mrr_subscription_periods.csv
[ -e "$log" ] && [ -e "$dbt" ] || { echo "no $log or $dbt" >&2; exit 77; }
check_orders "$DATASETS/online_retail.yaml" "$log" month M 60
check_orders "$DATASETS/online_retail.yaml" "$log" week W-SUN 30
check_contracts "$dbt"
