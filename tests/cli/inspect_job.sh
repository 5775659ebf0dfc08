# Whatever the table, the job that inspect --job prints runs, or says why nothing can be clustered.
set -eu
n=0
runs() { # TABLE FLAGS…
    n=$((n + 1))
    "$BUYERMAP" inspect "$@" --job >"$n.yaml" 2>"$n.err" || { cat "$n.err" >&2; exit 1; }
    if grep 'cannot be clustered' "$n.yaml" >&2; then exit 1; fi
    "$BUYERMAP" run "$n.yaml" --out "o$n" --quiet >"$n.out" || { cat "$n.yaml" "$n.out" >&2; exit 1; }
}
says() { # TABLE FLAGS…
    n=$((n + 1))
    "$BUYERMAP" inspect "$@" --job >"$n.yaml"
    sed -n 's/^# This table/this table/p' "$n.yaml"
    code=0
    "$BUYERMAP" run "$n.yaml" --out "o$n" --quiet >"$n.out" 2>"$n.err" || code=$?
    case $code in 65 | 69) ;; *) echo "exit $code" >&2; exit 1 ;; esac
}
reading() { sed -n '/^reading:/,$p' "$n.yaml"; }

# How the table was read stands in the job.
printf '# made by hand\nkey|a;b|c d\n1|1.000,5|-\n2|2,25|7\n2|9|x\n' >marks.csv
runs marks.csv --delimiter pipe --decimal , --thousands . --comment '#' --quote none --na '-,;x:'
reading
printf '5\t6\n7\t8\n5\t9\n' >bare.csv
runs bare.csv --delimiter tab --header no --na ''
reading
# Bad rows are let through, as many as there are, or as the flag allows.
printf 'a,b\n1,2\n1,x\n3,4\n5,6,7\n6,9\n8,9\n' >bad.csv
runs bad.csv
reading
runs bad.csv --max-bad-rows 50%
reading
# Names that mean something in YAML, or on a terminal.
printf '"a: b # {c}, ""d""",\303\251\342\200\250,~, true ,-\n1,2,3,4,x\n1,3,5,4,y\n2,3,4,5,x\n' >names.csv
runs names.csv
printf 'k\001\tn,"two\nlines",\342\200\256turned\n1,2,3\n2,3,4\n5,1,2\n' >controls.csv
runs controls.csv
sed -n '/id:/p' "$n.yaml"
# What has no spread that could be reckoned with is left out.
printf 'k,far,near\nA,1e308,1\nB,-1e308,2\nC,5,3\n' >far.csv
runs far.csv
sed -n '/ignore/p' "$n.yaml"
printf 'k,a\nA,1\n' >one.csv
runs one.csv
# Order logs: dates as they are written, rows without a buyer left out, ids of their own.
printf 'customer,date,total\nA,25/12/2011,5\nA,11/11/2011,6\n,11/10/2011,7\nB,11/10/2011,70\n' >dmy.csv
runs dmy.csv
sed -n '4,$p' "$n.yaml"
printf 'customer,date,total\nA,05/12/2011,5\nA,11/11/2011,6\nB,11/10/2011,70\n' >open.csv
runs open.csv
sed -n '/date_format/,/#/p' "$n.yaml"
printf 'invoice,customer,day,amount,Quantity,quantity\n1,A,20111210,5,1,2\n2,A,20111211,,1,2\n3,B,20111212,9,,2\n4,B,20111212,9,1,2\n' >own.csv
runs own.csv
sed -n '4,$p' "$n.yaml"
"$BUYERMAP" inspect own.csv --quiet --out roles >/dev/null
sed 's/.*,\(.*\),.*/\1/' roles/inspect.csv
# What cannot be.
printf 'k\n1\n2\n3\n' >ids.csv
says ids.csv
printf 'k,when,same\n1,2024-01-01,7\n2,2024-01-02,7\n' >nothing.csv
says nothing.csv
printf 'a,b\n1,x,2\n' >rejected.csv
says rejected.csv
printf 'customer,date,total\nA,2011-01-01,5\nB,2011-01-01,5\nB,2011-01-01,5\nA,2011-01-01,5\n' >alike.csv
says alike.csv
