# survival: published figures of aml, lung, Gehan's leukemia trial and Telco's churn (R survival
# 3.5-3, lifelines), to the digits they are printed with. Skipped without the data.
set -eu
data=$BUYERMAP_DATA/survival
[ -e "$data/aml.csv" ] || { echo "no $data/aml.csv" >&2; exit 77; }
checked=0

# is NAME ACTUAL PRINTED: the same when rounded to the last digit that is printed; or "none".
is() {
    awk -v name="$1" -v a="$2" -v b="$3" 'BEGIN {
        if (b == "none") { if (a != "") { print name ": " a ", not empty" >"/dev/stderr"; exit 1 }; exit }
        split(tolower(b), part, "e")
        point = index(part[1], ".")
        unit = 10 ^ (point == 0 ? 0 : point - length(part[1])) * 10 ^ (part[2] + 0)
        d = a - b; if (d < 0) d = -d
        if (a == "" || d > unit * .500001 && d > 2e-15 * b) {
            print name ": " a ", not " b >"/dev/stderr"; exit 1 } }'
    checked=$((checked + 1))
}
# value TABLE COLUMN KEY: of the row that begins so; names in quotes lose them.
value() {
    awk -F, -v column="$2" -v key="$3" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) c = i }
        { gsub(/"/, "") } index($0 ",", key ",") == 1 { print $c; exit }' "out/$1.csv"
}
survival() {
    "$BUYERMAP" survival "$@" --out out --quiet >status
}
# curve GROUP TIMES FIGURES: S at each time.
curve() {
    figures=$3
    for time in $2; do
        is "S($time) of $1" "$(at "$1" "$time")" "${figures%% *}"
        figures=${figures#* }
    done
}
# at GROUP TIME: the curve there, at the last of its times that is not later.
at() {
    awk -F, -v group="$1" -v time="$2" 'NR > 1 && $1 == group && $2 <= time { s = $6 } END { print s }' out/survival.csv
}
# median GROUP MEDIAN LOW HIGH
median() {
    is "median of $1" "$(value survival_summary median "$1")" "$2"
    is "its lower limit" "$(value survival_summary median_low "$1")" "$3"
    is "its upper limit" "$(value survival_summary median_high "$1")" "$4"
}
tested() { # tested TEST STATISTIC P
    is "$1" "$(value survival_tests statistic "$1")" "$2"
    [ -z "${3:-}" ] || is "p of $1" "$(value survival_tests p_value "$1")" "$3"
}

survival "$data/aml.csv" --time time --event status --group x --interval log
tested log-rank 3.396388699 .06533932
tested fleming-harrington 2.779279545
curve Maintained "9 13 18 23 31 34 48" ".909091 .818182 .715909 .613636 .490909 .368182 .184091"
curve Nonmaintained "5 8 12 23 27 30 33 43 45" \
    ".833333 .666667 .583333 .486111 .388889 .291667 .194444 .097222 0"
median Maintained 31 18 none
median Nonmaintained 23 8 none
is "standard error" "$(value survival std_err Maintained,9)" .0866784

survival "$data/lung.csv" --time time --event status=2 --interval log
curve all "100 200 365 500 700" ".863969 .680273 .409242 .293269 .142392"
median all 310 285 363
is n "$(value survival_summary buyers all)" 228
is events "$(value survival_summary events all)" 165
[ "$(wc -l <out/survival_tests.csv)" -eq 1 ]
survival "$data/lung.csv" --time time --event status=2 --group sex --restricted-to 365
tested log-rank 10.32674195 .00131116452
tested fleming-harrington 12.7141514
is "median of 1" "$(value survival_summary median 1)" 270
is "median of 2" "$(value survival_summary median 2)" 426
is "mean of 1" "$(value survival_summary restricted_mean 1)" 241.495
is "mean of 2" "$(value survival_summary restricted_mean 2)" 297.465

# Peto's 14.084139 weighs by another curve, S of n + 1 at risk, and is no test here.
survival "$data/anderson.csv" --delimiter space --time t --event status --group Rx
tested log-rank 16.79294099 4.168809e-05
tested wilcoxon 13.457852
tested tarone-ware 15.123575
tested fleming-harrington 14.45715082
is "median of 0" "$(value survival_summary median 0)" 23
is "median of 1" "$(value survival_summary median 1)" 8

printf 't,g,all,some\n10,a,1,1\n20,a,1,0\n30,a,1,1\n10,b,1,1\n20,b,1,0\n50,b,1,1\n' >tiny.csv
survival tiny.csv --time t --event all --group g
tested log-rank .254237 .614107
survival tiny.csv --time t --event some --group g
tested log-rank .384615 .535143

telco=$BUYERMAP_DATA/attributes/telco_customer_churn.csv
survival "$telco" --time tenure --event Churn --restricted-to 72
is n "$(value survival_summary buyers all)" 7043
is events "$(value survival_summary events all)" 1869
curve all "12 24 36 48 60 72" ".843200 .788736 .748545 .708840 .664404 .592790"
is "mean up to 72" "$(value survival_summary restricted_mean all)" 54.4924
is "median" "$(value survival_summary median all)" none
survival "$telco" --time tenure --event Churn=Yes --group Contract
tested log-rank 2352.872538
is df "$(value survival_tests df log-rank)" 2
survival "$telco" --time tenure --event Churn=Yes --group gender
tested log-rank .5257069722
[ "$checked" -eq 67 ] || { echo "$checked figures were checked" >&2; exit 1; }
