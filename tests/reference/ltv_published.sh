# Lifetime models against published figures and against ltv_oracle.py, which was written from the
# papers' formulas: CDNOW (39 and 78 weeks), donations, the customers of Fader & Hardie 2007, Online
# Retail, each buyer's P(alive), expected orders and value. Skipped without the data or mpmath.
set -eu
python=/usr/bin/python3
clv=$BUYERMAP_DATA/clv
[ -e "$clv" ] || { echo "no $clv" >&2; exit 77; }
"$python" -c 'import mpmath, scipy' 2>/dev/null ||
    { echo "no $python with scipy and mpmath" >&2; exit 77; }
here=$(dirname "$DATASETS")/tests/reference
export PYTHONDONTWRITEBYTECODE=1
timeout 200 "$python" "$here/ltv_oracle.py" check "$clv" >&2
"$python" "$here/ltv_published.py" write "$clv" "$BUYERMAP_DATA/transactions"

ltv() { # OUT TABLE FLAGS…
    out=$1
    shift
    "$BUYERMAP" ltv "$@" --quiet --out "$out" >/dev/null
}
orders=$clv/cdnow_sample_orders.csv
all=nbd,bgnbd,mbgnbd,paretonbd
ltv cdnow39 "$orders" --until 1997-09-30 --holdout-until 1998-06-30 --models "$all"
ltv cdnow78 "$orders" --until 1998-06-30 --models "$all"
for model in nbd bgnbd mbgnbd paretonbd; do
    ltv "cdnow39-$model" "$orders" --until 1997-09-30 --models "$model" --horizon 39 \
        --discount 0.15 --margin 0.35
    ltv "cdnow39-$model-half" "$orders" --until 1997-09-30 --models "$model" --horizon 2.5
    ltv "cdnow39-$model-inf" "$orders" --until 1997-09-30 --models "$model" --horizon inf
done
ltv cdnow39-month "$orders" --until 1997-09-30 --models paretonbd --unit month --horizon 12
ltv cdnow39-day "$orders" --until 1997-09-30 --models bgnbd --unit day --horizon 30
ltv cdnow39-summary summary.csv --summary --models bgnbd --horizon 39
ltv donations donations.csv --summary --models bgbb --horizon 10
ltv donations5 donations.csv --summary --models bgbb --horizon 5
for group in HighEnd Regular; do
    for years in 4 5 7; do
        ltv "$group$years" "$group$years.csv" --survivors --models sbg,bdw
    done
done
ltv groups groups.csv --survivors --models sbg,bdw
for model in sbg bdw; do
    ltv "contracts-$model" contracts.csv --buyer buyer_id --start started --end ended --unit day \
        --until 2024-01-08 --models "$model" --horizon 12
done
ltv cdnow39-weights weights.csv --summary --models "$all"
[ ! -e retail.csv ] || ltv retail retail.csv --until 2011-12-09 --models "$all"
timeout 300 "$python" "$here/ltv_published.py" compare "$clv"
