# Input may come from a pipe, gzip-packed or not.
set -eu
gzip -dc "$DATASETS/orders.csv.gz" | "$BUYERMAP" rfm /dev/stdin --buyer buyer_id --date ordered_at \
    --amount amount --order order --out a --quiet >/dev/null
"$BUYERMAP" rfm "$DATASETS/orders.csv.gz" --out b --quiet >/dev/null
cmp a/rfm.csv b/rfm.csv
"$BUYERMAP" generate buyers --buyers 5 --out /dev/stdout --quiet | head -n 1 |
    grep -q '^buyer_id,c1,c2,c3,c4,region,role,company_size,segment$'
