# shellcheck shell=sh disable=SC2154  # root is set by the script that reads this
# To be read by `.` after bench/data.sh: ltv_summary N, the path of a table for ltv --summary, of N
# buyers over 78 weeks who follow the BG/NBD of CDNOW.
ltv_summary() {
    table=${BENCH_DATA:-$scratch}/ltv-$1.csv
    if [ ! -e "$table" ]; then
        "$root/buyermap" generate orders --buyers "$1" --segments 1 --params .243,4.414,.793,2.426 \
            --from 2024-01-01 --to 2025-06-30 --seed 1 --quiet --out "$scratch/orders.csv" >/dev/null
        awk -v until=2025-06-30 -f "$root/bench/ltv_summary.awk" "$scratch/orders.csv" >"$table.part"
        rm "$scratch/orders.csv"
        mv "$table.part" "$table"
    fi
    echo "$table"
}
