# What ltv --summary reads, from a log of `generate orders`, whose lines stand buyer by buyer, day by
# day: x, t_x and T in weeks, and the mean value of the repeat days. No table in memory.
# usage: awk -v until=YYYY-MM-DD -f ltv_summary.awk ORDERS.csv
function days(text,  y, m, d) { # since 1970, as if years began in March
    y = substr(text, 1, 4) + 0
    m = substr(text, 6, 2) + 0
    d = substr(text, 9, 2) + 0
    if (m < 3) { y--; m += 12 }
    return 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * m - 457) / 5) + d - 719469
}
function flush() {
    if (buyer != "")
        printf "%s,%d,%.17g,%.17g,%s\n", buyer, x, (last - first) / 7, (end - first) / 7,
            x ? sprintf("%.17g", repeats / x) : ""
}
BEGIN { FS = ","; end = days(until); print "buyer_id,x,t_x,T,m_x" }
NR == 1 { next }
$1 != buyer { flush(); buyer = $1; x = 0; repeats = 0; date = $2; first = last = days(date) }
$2 != date { date = $2; last = days(date); x++ }
x { repeats += $4 }
END { flush() }
