# inspect shows what a table holds, and --job prints a job file that runs.
set -eu
printf 'id;price;when;city\n1;12,5;2024-01-02;Tbilisi\n2;;2024-02-03;თბილისი\n3;7;2024-03-04;Tbilisi\n4;9;2024-03-04;Gori\n5;400;2024-03-05;Gori\n' >t.csv
"$BUYERMAP" inspect t.csv --delimiter ';' --decimal ,
"$BUYERMAP" inspect t.csv --delimiter ';' --decimal , --job >buyers.yaml
"$BUYERMAP" run buyers.yaml --set cluster.k=2 --out o --quiet >/dev/null
[ -e o/assignments.csv ]
printf 'customer,date,total\nA,25/12/2011,5\nA,11/11/2011,6\n,11/10/2011,7\nB,11/10/2011,70\nC,01/02/2011,3\nC,13/02/2011,9\n' >orders.csv
"$BUYERMAP" inspect orders.csv --job 2>/dev/null >orders.yaml
sed 1,3d orders.yaml
"$BUYERMAP" run orders.yaml --set cluster.k=2 --out p --quiet | sed 's/"out".*//'
[ -e p/rfm.csv ]
"$BUYERMAP" inspect t.csv --delimiter ';' --decimal , --out q >/dev/null
cat q/inspect.csv
# What it took stands in run.json.
for seconds in read hash statistics write total; do
    grep -Eq "\"${seconds}_seconds\": ([1-9]|0\.0*[1-9])" q/run.json || { echo "no $seconds" >&2; exit 1; }
done
