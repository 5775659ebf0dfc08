# Input may come from a pipe, gzip-packed or not.
set -eu
gzip -dc "$DATASETS/orders.csv.gz" | "$BUYERMAP" rfm /dev/stdin --buyer buyer_id --date ordered_at \
    --amount amount --order order --out a --quiet >/dev/null
"$BUYERMAP" rfm "$DATASETS/orders.csv.gz" --out b --quiet >/dev/null
cmp a/rfm.csv b/rfm.csv
# A look at the names would use it up: they are to be given, and are not asked for twice.
gzip -dc "$DATASETS/orders.csv.gz" | "$BUYERMAP" ltv /dev/stdin --buyer buyer_id --date ordered_at \
    --amount amount --models nbd --out c --quiet >/dev/null
"$BUYERMAP" ltv "$DATASETS/orders.csv.gz" --models nbd --out d --quiet >/dev/null
cmp c/ltv_buyers.csv d/ltv_buyers.csv
code=0
gzip -dc "$DATASETS/orders.csv.gz" | "$BUYERMAP" cohorts /dev/stdin --out e >out 2>/dev/null || code=$?
[ "$code" -eq 64 ]
grep -q 'is a pipe, of which columns are not guessed' out
"$BUYERMAP" generate buyers --buyers 5 --out /dev/stdout --quiet | head -n 1 |
    grep -q '^buyer_id,c1,c2,c3,c4,region,role,company_size,segment$'
